using System.Text.RegularExpressions;

namespace Cx.Application.FollowUps.Templates;

/// <summary>One thing wrong with a template, or worth a second look.</summary>
/// <param name="Pointer">The part: <c>/subject</c>, <c>/text</c> or <c>/html</c>; empty: the template as a whole.</param>
/// <param name="Line">Counts from 1; none where it is about no place.</param>
/// <param name="Column">Counts from 1, in UTF-16 units.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Hint">What would be right.</param>
public sealed record TemplateIssue(string Pointer, int? Line, int? Column, string Message, string Hint);

/// <summary>What a tag is.</summary>
internal enum TagKind { Value, Open, Close, Else, Partial, PartialBlock, Comment }

/// <summary>A word of a tag, with the words in parentheses or after an equals sign.</summary>
/// <param name="Text">A path, a helper's name, or a literal without its quotes.</param>
/// <param name="Option">The option that it is the value of; none: it is a value by its place.</param>
/// <param name="Inner">The words of an expression in parentheses; none of anything else.</param>
internal sealed record TagWord(string Text, int At, bool IsLiteral = false, string? Option = null, IReadOnlyList<TagWord>? Inner = null);

/// <summary>A tag of a template.</summary>
/// <param name="At">Where it begins, from 0.</param>
/// <param name="IsRaw">Whether it has three braces, and shows its value without escaping.</param>
/// <param name="Names">The names that a block gives to its items: <c>as |item|</c>.</param>
internal sealed record Tag(TagKind Kind, int At, int Length, bool IsRaw, IReadOnlyList<TagWord> Words, IReadOnlyList<string> Names)
{
    /// <summary>The first word: a path, or the name of a helper, block or partial; empty where it cannot be read.</summary>
    public string Name => Words.Count == 0 ? "" : Words[0].Text;
}

/// <summary>
/// Finds the tags of a Handlebars template with their places, as far as templates may use the language. Handlebars.Net, which renders it, names the place
/// of few errors, and of each template the first one alone.
/// </summary>
internal sealed partial class TemplateParser(string source, Action<int, string, string> report)
{
    private const int DeepestParentheses = 5;

    public IReadOnlyList<Tag> Tags()
    {
        var tags = new List<Tag>();
        for (var at = source.IndexOf("{{", StringComparison.Ordinal); at >= 0;)
        {
            if (source.AsSpan(at).StartsWith("{{{{"))
            {
                report(at, "raw blocks cannot be used", "two braces, or three");
                return tags;
            }

            if (at > 0 && source[at - 1] == '\\')
                report(at - 1, "braces cannot be escaped", "write &#123;&#123; in html; there is no other way");

            var tag = Read(at);
            if (tag is null)
                return tags;

            tags.Add(tag);
            at = source.IndexOf("{{", at + tag.Length, StringComparison.Ordinal);
        }

        return tags;
    }

    // None where it does not end: what follows cannot be told from it.
    private Tag? Read(int at)
    {
        if (Comment().Match(source, at) is { Success: true } comment)
            return new(TagKind.Comment, at, comment.Length, IsRaw: false, [], []);

        var isRaw = source.AsSpan(at).StartsWith("{{{");
        var start = at + (isRaw ? 3 : 2);
        if (End(start) is not { } end)
        {
            report(at, "a tag is not closed", isRaw ? "}}}" : "}}");
            return null;
        }

        var closes = source.AsSpan(end).StartsWith("}}}") ? 3 : 2;
        if (closes != (isRaw ? 3 : 2))
            report(at, "a tag opens and closes with different braces", "{{…}}, or {{{…}}}");

        var length = end + closes - at;
        var from = start < end && source[start] == '~' ? start + 1 : start;
        var to = end > from && source[end - 1] == '~' ? end - 1 : end;
        var (kind, skipped) = Kind(source.AsSpan(from, to - from));
        var names = Array.Empty<string>();
        if (kind == TagKind.Open && BlockNames().Match(source, from, to - from) is { Success: true } given)
        {
            names = given.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            to = given.Index;
        }

        var position = from + skipped;
        if (kind != TagKind.Else && source.AsSpan(position, to - position).IsWhiteSpace())
            report(at, "a tag is empty", "the name of a field");
        return new(kind, at, length, isRaw, Words(ref position, to, depth: 0), names);
    }

    // The first closing braces that are not within quotes.
    private int? End(int from)
    {
        for (char? quote = null; from < source.Length; from++)
        {
            if (quote is not null)
                quote = source[from] == quote ? null : quote;
            else if (source[from] is '"' or '\'')
                quote = source[from];
            else if (source.AsSpan(from).StartsWith("}}"))
                return from;
        }

        return null;
    }

    private static (TagKind, int Skipped) Kind(ReadOnlySpan<char> inner) => inner.TrimStart() switch
    {
        ['#', '>', ..] => (TagKind.PartialBlock, inner.IndexOf('>') + 1),
        ['#', ..] => (TagKind.Open, inner.IndexOf('#') + 1),
        ['/', ..] => (TagKind.Close, inner.IndexOf('/') + 1),
        ['>', ..] => (TagKind.Partial, inner.IndexOf('>') + 1),
        ['^', ..] => (TagKind.Else, inner.IndexOf('^') + 1),
        var text when text.StartsWith("else") && (text.Length == 4 || char.IsWhiteSpace(text[4])) => (TagKind.Else, inner.IndexOf("else") + 4),
        _ => (TagKind.Value, 0),
    };

    private List<TagWord> Words(ref int position, int to, int depth)
    {
        var words = new List<TagWord>();
        while (true)
        {
            while (position < to && char.IsWhiteSpace(source[position]))
                position++;
            if (position >= to)
                return words;

            if (source[position] == ')')
            {
                if (depth == 0)
                    report(position, "a parenthesis closes that was not opened", "");
                position++;
                return words;
            }

            if (Word().Match(source, position, to - position) is not { Success: true } match)
            {
                report(position, $"'{source[position]}' cannot stand here", "the name of a field, a text in quotes, or a number");
                position = to;
                return words;
            }

            var option = match.Groups["option"] is { Success: true } o ? o.Value : null;
            if (match.Groups["open"].Success)
            {
                var at = position;
                position = match.Index + match.Length;
                if (depth >= DeepestParentheses)
                {
                    report(at, $"parentheses are nested more than {DeepestParentheses} deep", "");
                    position = to;
                    return words;
                }

                words.Add(new("", at, Option: option, Inner: Words(ref position, to, depth + 1)));
            }
            else
            {
                var literal = match.Groups["text"].Success || match.Groups["number"].Success || match.Groups["path"].Value is "true" or "false" or "null" or "undefined";
                words.Add(new(match.Groups["text"] is { Success: true } t ? t.Value[1..^1] : match.Groups["number"] is { Success: true } n ? n.Value : match.Groups["path"].Value, position, literal, option));
                position = match.Index + match.Length;
            }
        }
    }

    [GeneratedRegex(@"\G\{\{~?!(?:--[\s\S]*?--~?\}\}|(?!--)[^}]*\}\})")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bas\s+\|([\w ]+)\|\s*$")]
    private static partial Regex BlockNames();

    [GeneratedRegex("""\G(?:(?<option>[\w-]+)=)?(?:(?<open>\()|(?<text>"[^"]*"|'[^']*')|(?<number>-?\d+(?:\.\d+)?)(?![\w.])|(?<path>[^\s()=|"'{}~^&#!*>]+))""")]
    private static partial Regex Word();
}
