using System.Text;
using System.Text.RegularExpressions;

namespace Cx.Tests.Infra;

/// <summary>As much of Bicep's grammar as it takes to tell code from texts and comments, and one declaration from the next.</summary>
internal static partial class BicepText
{
    /// <summary>The same length as <paramref name="text"/>, with comments and the letters of strings blanked. What a string interpolates stays.</summary>
    public static string Code(string text)
    {
        var code = new StringBuilder(text.Length);
        Expression(text, 0, code, interpolated: false);
        return code.ToString();
    }

    /// <summary>The first bracket that is closed wrongly or not at all, as its line; null when all are in order.</summary>
    public static int? Unbalanced(string code)
    {
        var open = new Stack<int>();
        for (var at = 0; at < code.Length; at++)
        {
            if (code[at] is '(' or '[' or '{')
                open.Push(at);
            else if (code[at] is ')' or ']' or '}' && !(open.TryPop(out var start) && code[at] - code[start] is 1 or 2))
                return Line(code, at);
        }

        return open.TryPop(out var left) ? Line(code, left) : null;
    }

    /// <summary>Where declarations begin: words and decorators at the left margin, outside all brackets.</summary>
    public static IEnumerable<int> Beginnings(string code)
    {
        for (int at = 0, depth = 0; at < code.Length; at++)
        {
            if (depth == 0 && (at == 0 || code[at - 1] == '\n') && (char.IsLetter(code[at]) || code[at] == '@'))
                yield return at;
            depth += Step(code[at]);
        }
    }

    /// <summary>Names and values of an object's own properties; <paramref name="brace"/> is where it opens.</summary>
    public static IReadOnlyDictionary<string, string> Properties(string text, string code, int brace)
    {
        var starts = new List<(string Name, int Name0, int Value)>();
        var end = brace + 1;
        var expecting = true;
        for (var depth = 1; end < code.Length; end++)
        {
            if (depth == 1 && code[end] is '\n' or ',')
                expecting = true;
            else if (depth == 1 && expecting && PropertyName().Match(code, end) is { Success: true } name)
            {
                starts.Add((name.Groups[1].Value, end, end + name.Length));
                expecting = false;
            }

            if ((depth += Step(code[end])) == 0)
                break;
        }

        return starts.Zip([.. starts.Skip(1).Select(s => s.Name0), end]).ToDictionary(p => p.First.Name, p => text[p.First.Value..p.Second].Trim(' ', '\n', ','));
    }

    private static int Step(char c) => c switch { '(' or '[' or '{' => 1, ')' or ']' or '}' => -1, _ => 0 };

    private static int Line(string code, int at) => code.AsSpan(0, at).Count('\n') + 1;

    private static int Expression(string text, int at, StringBuilder code, bool interpolated)
    {
        for (var depth = 0; at < text.Length;)
        {
            if (interpolated && depth == 0 && text[at] == '}')
                break;
            if (Starts(text, at, "//"))
                at = Blank(text, at, End(text, at, "\n", including: false), code);
            else if (Starts(text, at, "/*"))
                at = Blank(text, at, End(text, at, "*/", including: true), code);
            else if (Starts(text, at, "'''"))
                at = Blank(text, at, End(text, at + 3, "'''", including: true), code);
            else if (text[at] == '\'')
                at = Literal(text, at, code);
            else
            {
                depth += text[at] switch { '{' => 1, '}' => -1, _ => 0 };
                code.Append(text[at++]);
            }
        }

        return at;
    }

    private static int Literal(string text, int at, StringBuilder code)
    {
        code.Append(text[at++]);
        while (at < text.Length && text[at] is not ('\'' or '\n'))
        {
            if (Starts(text, at, "${"))
            {
                code.Append(" {");
                at = Expression(text, at + 2, code, interpolated: true);
                at = Closing(text, at, code);
            }
            else
                at = Blank(text, at, at + (text[at] == '\\' ? 2 : 1), code);
        }

        return Closing(text, at, code);
    }

    private static int Closing(string text, int at, StringBuilder code)
    {
        if (at < text.Length)
            code.Append(text[at++]);
        return at;
    }

    private static bool Starts(string text, int at, string with) => string.CompareOrdinal(text, at, with, 0, with.Length) == 0;

    private static int End(string text, int at, string mark, bool including) =>
        text.IndexOf(mark, at, StringComparison.Ordinal) is var end and >= 0 ? end + (including ? mark.Length : 0) : text.Length;

    private static int Blank(string text, int from, int to, StringBuilder code)
    {
        to = Math.Min(to, text.Length);
        foreach (var c in text.AsSpan(from, to - from))
            code.Append(c == '\n' ? '\n' : ' ');
        return to;
    }

    [GeneratedRegex(@"\G([A-Za-z_]\w*) *:")]
    private static partial Regex PropertyName();
}
