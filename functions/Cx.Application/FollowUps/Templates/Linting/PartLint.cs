namespace Cx.Application.FollowUps.Templates;

/// <summary>Checks the tags of one part of a template: that blocks are closed, and that each field, helper and partial exists and is used as what it is.</summary>
internal sealed partial class PartLint
{
    private const int MostTags = 1_000;
    private const int DeepestBlocks = 15;

    private static readonly string[] Blocks = ["if", "unless", "each", "with"];

    private readonly string kind, source;
    private readonly IReadOnlyList<string> partials;
    private readonly List<TemplateIssue> issues = [];
    private readonly Stack<Block> blocks = new();
    private readonly HashSet<int> links = [];
    private readonly List<(int From, int To)> mains = [], elses = [];

    /// <param name="Fields">What paths within it name.</param>
    /// <param name="Known">The optional objects that are known to be there within it.</param>
    /// <param name="ElseAt">Where its other way begins; none yet.</param>
    /// <param name="IsLast">Whether that other way is the last one: no "else if".</param>
    private sealed record Block(Tag Open, IReadOnlyList<TemplateField> Fields, IReadOnlyList<string> Known, int? ElseAt = null, bool IsLast = false)
    {
        public bool IsList => Open.Name == "each";
    }

    private PartLint(TemplateSources sources, TemplateContext context, string kind, string source)
    {
        (this.kind, this.source) = (kind, source);
        partials = [.. sources.PartialsOf(context.Language, kind).Select(p => p.Name)];
        blocks.Push(new(new(TagKind.Open, 0, 0, false, [], []), TemplateFields.All, context.IsAlert ? ["alert"] : []));
    }

    public static IReadOnlyList<TemplateIssue> Check(TemplateSources sources, TemplateContext context, string kind, string source)
    {
        var lint = new PartLint(sources, context, kind, source);
        lint.Run();
        return [.. lint.issues.DistinctBy(i => (i.Line, i.Column, i.Message)).OrderBy(i => i.Line).ThenBy(i => i.Column)];
    }

    private void Run()
    {
        var tags = new TemplateParser(source, Report).Tags();
        if (tags.Count > MostTags)
        {
            Report(tags[MostTags].At, $"has more than {MostTags:N0} tags", "a shorter text");
            return;
        }

        foreach (var tag in tags)
        {
            See(tag);
        }

        foreach (var open in blocks.SkipLast(1).Reverse().Where(b => b.Open.Name.Length > 0))
        {
            Report(open.Open.At, $"the block '{open.Open.Name}' is not closed", $"{{{{/{open.Open.Name}}}}}");
        }

        if (kind == "html" && issues.Count == 0)
        {
            // Of two ways one is taken: each is checked with what is around them.
            foreach (var hidden in elses.Count == 0 ? [elses] : new[] { elses, mains })
            {
                HtmlLint.Check(Blanked(tags, hidden), links.Contains, Report);
            }
        }
    }

    private void See(Tag tag)
    {
        switch (tag.Kind)
        {
            case TagKind.Value:
                Value(tag);
                break;
            case TagKind.Open:
                Open(tag);
                break;
            case TagKind.Partial or TagKind.PartialBlock:
                Partial(tag);
                break;
            case TagKind.Else:
                Else(tag);
                break;
            case TagKind.Close:
                Close(tag);
                break;
        }
    }

    private void Value(Tag tag)
    {
        if (tag.Words is not [var first, ..])
            return;

        if (tag.IsRaw && kind == "html")
            Report(tag.At, "three braces show a value without escaping it", "two braces");

        var type = Type(tag.Words);
        if (first.IsLiteral)
            Report(first.At, "a text needs no tag", "the text itself");
        else if (type is FieldType.Object or FieldType.List)
            Report(first.At, $"'{first.Text}' has fields, and cannot be shown itself", type == FieldType.List ? $"{{{{#each {first.Text}}}}}" : $"{{{{{first.Text}.…}}}}");
        else if (type is FieldType.Money or FieldType.Instant)
            Report(first.At, $"'{first.Text}' is shown by a helper", type == FieldType.Money ? $"{{{{money {first.Text}}}}}" : $"{{{{date {first.Text}}}}} or {{{{time {first.Text}}}}}");
        else if (type == FieldType.Link)
            links.Add(tag.At);
    }

    private void Open(Tag tag)
    {
        var scope = blocks.Peek();
        if (blocks.Count > DeepestBlocks)
            Report(tag.At, $"blocks are nested more than {DeepestBlocks} deep", "fewer levels");

        var next = new Block(tag, scope.Fields, scope.Known);
        if (!Blocks.Contains(tag.Name) && tag.Name.Length > 0)
            Report(tag.At, $"there is no block '{tag.Name}'", $"one of {string.Join(", ", Blocks)}");
        else if (tag.Name.Length > 0 && tag.Words.Where(w => w.Option is null).Skip(1).ToList() is not [_])
            Report(tag.At, $"'{tag.Name}' takes one value", $"{{{{#{tag.Name} …}}}}");
        else if (tag.Words.Where(w => w.Option is null).Skip(1).ToList() is [var about])
        {
            var field = about.Inner is null && !about.IsLiteral ? Field(about) : null;
            var type = field?.Type ?? Type([about]);
            if (about.IsLiteral)
                Report(about.At, $"'{tag.Name}' takes a field, not a text or a number", "the name of a field");
            next = tag.Name switch
            {
                "each" when type is not null and not FieldType.List => Wrong("is no list"),
                "with" when type is not null && field?.Of is null => Wrong("has no fields"),
                "each" or "with" => next with { Fields = field?.Of ?? [], Known = [] },
                "if" => next with { Known = [.. scope.Known, about.Text] },
                _ => next,
            };

            Block Wrong(string why)
            {
                Report(about.At, $"'{about.Text}' {why}", tag.Name == "each" ? "a field that is a list" : "a field that has fields");
                return next with { Fields = [] };
            }
        }

        foreach (var option in tag.Words.Where(w => w.Option is not null && !(w.Option == "includeZero" && tag.Name is "if" or "unless")))
        {
            Report(option.At, $"'{tag.Name}' has no option '{option.Option}'", "");
        }

        if (tag.Names is [var item, ..])
            next = next with { Fields = [.. next.Fields, new(item, FieldType.Object, "", Of: next.Fields), .. tag.Names.Skip(1).Select(n => new TemplateField(n, FieldType.Number, ""))] };

        blocks.Push(next);
    }

    private void Else(Tag tag)
    {
        var block = blocks.Peek();
        if (blocks.Count == 1 || !Blocks.Contains(block.Open.Name))
            Report(tag.At, "'else' stands in no block", "{{#if …}}…{{else}}…{{/if}}");
        else if (block.IsLast)
            Report(tag.At, "the block's last way has begun: nothing follows its 'else'", "'else if' before it");

        // "else if" asks again; its value is checked as that of a block.
        if (tag.Words is [{ Text: "if" or "unless" }, var about])
            Type([about]);
        else if (tag.Words.Count > 0)
            Report(tag.At, "'else' takes nothing, or 'if' and one value", "{{else if …}}");

        if (blocks.Count == 1)
            return;

        blocks.Pop();
        var outer = blocks.Peek();
        var fields = block.IsList || block.Open.Name == "with" ? outer.Fields : block.Fields;
        blocks.Push(block with { Fields = fields, Known = block.Open.Name == "unless" && block.Open.Words is [_, var asked] ? [.. outer.Known, asked.Text] : outer.Known, ElseAt = block.ElseAt ?? tag.At, IsLast = tag.Words.Count == 0 });
    }

    private void Close(Tag tag)
    {
        // What opened it cannot be read, and that is told.
        if (blocks.Count > 1 && blocks.Peek().Open.Name.Length == 0)
        {
            blocks.Pop();
            return;
        }

        if (blocks.Count == 1 || !blocks.SkipLast(1).Any(b => b.Open.Name == tag.Name))
        {
            Report(tag.At, $"'/{tag.Name}' closes nothing", blocks.Count > 1 ? $"{{{{/{blocks.Peek().Open.Name}}}}}" : "take it away");
            return;
        }

        while (blocks.Pop() is var block)
        {
            if (block.Open.Name != tag.Name)
            {
                Report(block.Open.At, $"the block '{block.Open.Name}' is not closed before '/{tag.Name}'", $"{{{{/{block.Open.Name}}}}}");
                continue;
            }

            if (block.ElseAt is { } at)
            {
                mains.Add((block.Open.At + block.Open.Length, at));
                elses.Add((at, tag.At));
            }

            return;
        }
    }

    private void Partial(Tag tag)
    {
        var first = tag.Words is [var word, ..] ? word : null;
        if (first is { Inner: not null } or { IsLiteral: true })
            Report(tag.At, "a partial is named as it is called", $"one of {string.Join(", ", partials)}");
        else if (!partials.Contains(tag.Name))
            Report(tag.At, $"there is no partial '{tag.Name}'", $"one of {string.Join(", ", partials)}");

        foreach (var given in tag.Words.Skip(1))
        {
            if (given.Option is null)
                Report(given.At, "a partial takes options, and no value", $"one of {string.Join(", ", TemplateFields.PartialOptions)}, each with =");
            else if (!TemplateFields.PartialOptions.Contains(given.Option))
                Report(given.At, $"partials have no option '{given.Option}'", $"one of {string.Join(", ", TemplateFields.PartialOptions)}");
            else if (!given.IsLiteral)
                Type([given with { Option = null }]);
        }

        if (tag.Kind == TagKind.PartialBlock)
            blocks.Push(blocks.Peek() with { Open = tag, ElseAt = null });
    }

    private void Report(int at, string message, string hint) => issues.Add(TemplateLint.At(kind, source, at, message, hint));

    // Tags that show a value leave their mark, the others and the hidden ways leave blanks.
    private string Blanked(IReadOnlyList<Tag> tags, IReadOnlyList<(int From, int To)> hidden)
    {
        var blanked = source.ToCharArray();
        foreach (var tag in tags)
        {
            Fill(tag.At, tag.At + tag.Length, tag.Kind == TagKind.Value ? HtmlLint.Shown : ' ');
        }

        foreach (var (from, to) in hidden)
        {
            Fill(from, to, ' ');
        }

        return new(blanked);

        void Fill(int from, int to, char with)
        {
            for (var i = from; i < to; i++)
            {
                if (blanked[i] is not ('\n' or '\r'))
                    blanked[i] = with;
            }
        }
    }
}
