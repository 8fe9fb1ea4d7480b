namespace Cx.Application.FollowUps.Templates;

/// <summary>What the paths and helpers of a tag give.</summary>
internal sealed partial class PartLint
{
    // Of a path, or of what a helper gives; none where that is not known, and reported.
    private FieldType? Type(IReadOnlyList<TagWord> words)
    {
        var first = words[0];
        if (first.Inner is { } inner)
            return inner.Count > 0 ? Type(inner) : null;

        if (TemplateHelpers.All.FirstOrDefault(h => h.Name == first.Text) is { } helper)
            return Helper(helper, words);

        if (words.Count > 1)
            Report(first.At, $"there is no helper '{first.Text}'", $"one of {string.Join(", ", TemplateHelpers.All.Select(h => h.Name))}");
        else if (!first.IsLiteral)
            return first.Text is "@index" or "@first" or "@last" && blocks.Any(b => b.IsList) ? FieldType.Number : Field(first)?.Type;
        return null;
    }

    private FieldType? Helper(TemplateHelper helper, IReadOnlyList<TagWord> words)
    {
        if (words.Skip(1).Where(w => w.Option is null).ToList() is not [var about])
            Report(words[0].At, $"'{helper.Name}' takes one value", helper.Example);
        else if (about.IsLiteral || (Type([about]) is { } type && type != helper.Takes))
            Report(about.At, $"'{helper.Name}' does not take '{about.Text}'", $"a field of the type {helper.Takes.ToString().ToLowerInvariant()}");

        foreach (var given in words.Where(w => w.Option is not null))
        {
            if (!helper.Options.TryGetValue(given.Option!, out var values))
                Report(given.At, $"'{helper.Name}' has no option '{given.Option}'", helper.Options.Count == 0 ? "none" : $"one of {string.Join(", ", helper.Options.Keys)}");
            else if (values.Count > 0 && !(given.IsLiteral && values.Contains(given.Text)))
                Report(given.At, $"'{given.Option}' cannot be this", $"one of {string.Join(", ", values)}");
            else if (!given.IsLiteral)
                Type([given with { Option = null }]);
        }

        if (helper.Name == "plural" && words.All(w => w.Option != "other"))
            Report(words[0].At, "'plural' needs other", helper.Example);
        return FieldType.Text;
    }

    private TemplateField? Field(TagWord path)
    {
        var scopes = blocks.ToList();
        var rest = path.Text;
        var level = 0;
        if (rest.StartsWith("@root.", StringComparison.Ordinal))
            (level, rest) = (scopes.Count - 1, rest["@root.".Length..]);
        for (; rest.StartsWith("../", StringComparison.Ordinal); rest = rest[3..])
        {
            // The next list or object around it.
            while (level < scopes.Count - 1 && scopes[level].Open.Name is not ("each" or "with"))
                level++;
            level++;
        }

        rest = rest.StartsWith("./", StringComparison.Ordinal) ? rest[2..] : rest.StartsWith("this.", StringComparison.Ordinal) ? rest[5..] : rest;
        if (level >= scopes.Count)
            return Unknown("leads out of the template", "fewer ../");

        var fields = scopes[level].Fields;
        var names = rest.Split('.', '/');
        TemplateField? found = null;
        for (var i = 0; i < names.Length; i++)
        {
            found = fields.FirstOrDefault(f => f.Name == names[i]);
            if (found is null)
                return Unknown("is no field here", fields.Count == 0 ? "this has no fields" : $"one of {string.Join(", ", fields.Select(f => f.Name))}");

            var whole = string.Join('.', names[..(i + 1)]);
            if (found.IsOptional && i < names.Length - 1 && !scopes.SelectMany(s => s.Known).Any(k => k == whole || k == $"@root.{whole}" || k.EndsWith($"/{whole}", StringComparison.Ordinal)))
                return Unknown($"fails where '{whole}' is not known", $"{{{{#if {whole}}}}}…{{{{/if}}}} around it");
            fields = found.Of ?? [];
        }

        return found;

        TemplateField? Unknown(string why, string hint)
        {
            Report(path.At, $"'{path.Text}' {why}", hint);
            return null;
        }
    }
}
