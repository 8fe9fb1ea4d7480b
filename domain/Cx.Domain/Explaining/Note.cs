using System.Globalization;
using System.Text.RegularExpressions;

namespace Cx.Domain.Explaining;

/// <summary>A text with values in it, such as <c>refunded after {n} days</c>; what stands in brackets may be missing.</summary>
internal sealed class Note(string template)
{
    private readonly Regex pattern = Pattern(template);

    /// <summary>The values in a text: instants, numbers or texts; none where the text is another.</summary>
    public IReadOnlyList<(string Name, object? Value)>? Read(string text) => pattern.Match(text) is { Success: true } match
        ? [.. match.Groups.Values.Where(g => g.Success && g.Name != "0").Select(g => (g.Name, Value(g.Value)))]
        : null;

    private static object? Value(string text) =>
        text.EndsWith('Z') && DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? instant
        : decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : text;

    private static Regex Pattern(string template)
    {
        var escaped = Regex.Escape(template).Replace(@"\[", "(?:", StringComparison.Ordinal).Replace("]", ")?", StringComparison.Ordinal);
        return new($"^{Regex.Replace(escaped, @"\\\{(\w+)}", "(?<$1>.+?)")}$", RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }
}
