using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Cx.Domain.Customers;

/// <summary>
/// Names as people type them and systems pass them on: made plain text when they arrive, and judged before anybody is greeted by one, since sign-up
/// forms are abused to mail advertisements in the name field.
/// </summary>
public static partial class PersonNames
{
    /// <summary>Longer names are cut, in UTF-16 code units.</summary>
    public const int MaxLength = 300;

    private const int LongestGreeting = 40;

    /// <summary>
    /// One line of plain text of at most <see cref="MaxLength"/>: HTML entities decoded, invisible characters left out, cut between two characters as
    /// people count them. Null when nothing is left; never throws.
    /// </summary>
    public static string? Plain(string? written)
    {
        var line = new StringBuilder();
        foreach (var (rune, isHidden) in Read(written ?? ""))
        {
            if (!Rune.IsControl(rune) && !Rune.IsWhiteSpace(rune))
            {
                line.Append(isHidden ? "" : rune.ToString());
            }
            else if (line.Length > 0 && line[^1] != ' ')
            {
                line.Append(' ');
            }
        }

        return Cut(line.ToString()).TrimEnd(' ') is { Length: > 0 } plain ? plain : null;
    }

    /// <summary>Whether a name holds characters that nobody sees, or that turn the text around them.</summary>
    public static bool HidesText(string? written) => Read((written ?? "").Trim()).Any(r => r.IsHidden || Rune.IsControl(r.Rune));

    /// <summary>
    /// The first name to greet by; null where the greeting does without: there is none, or it hides text, or it may be an advertisement. Only what
    /// names are made of passes, so no link, e-mail address, number or amount does.
    /// </summary>
    public static string? Greeting(string? firstName)
    {
        var name = Plain(firstName);
        return name is null or { Length: > LongestGreeting } || HidesText(firstName) || !name.EnumerateRunes().All(IsOfAName) || Advertisement().IsMatch(name) ? null : name;
    }

    // Twice: shop systems encode what plug-ins have encoded before.
    private static IEnumerable<(Rune Rune, bool IsHidden)> Read(string written)
    {
        var runes = WebUtility.HtmlDecode(WebUtility.HtmlDecode(written)).EnumerateRunes().ToArray();      // half a surrogate pair becomes U+FFFD
        return runes.Select((rune, i) => (rune, IsHidden(rune, i > 0 ? runes[i - 1] : default, i + 1 < runes.Length ? runes[i + 1] : default)));
    }

    private static bool IsHidden(Rune rune, Rune before, Rune after) => rune.Value switch
    {
        // Several scripts (Persian, Hindi) and emoji are written with joiners; between European letters they are only invisible.
        0x200C or 0x200D => !IsJoined(before) || !IsJoined(after),
        0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x2800 or 0x3164 or 0xFFA0 => true,       // letters and marks that show nothing
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format,
    };

    // The scripts before are Latin, Greek, Cyrillic and Armenian.
    private static bool IsJoined(Rune rune) => rune.Value >= 0x0590 && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.SpaceSeparator);

    private static bool IsOfAName(Rune rune) => Rune.IsLetter(rune) || rune.Value is 0x200C or 0x200D
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DashPunctuation
        || (rune.IsBmp && (char)rune.Value is ' ' or '\'' or '’' or '‘' or '`' or '´' or '.' or '·' or ',' or '&' or '(' or ')');

    // What is written in letters alone: a host name ("bottega.example", "bottega dot com") or a currency.
    [GeneratedRegex(
        @"\.\p{L}{2}|\s\.|\b(dot|punto|punkt|point)\s+(com|net|org|it|de|fr|es|uk|eu|ru|info|shop)\b|\b(euros?|eur|usd|gbp|dollars?|dollari|bitcoins?|btc|crypto)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Advertisement();

    private static string Cut(string line)
    {
        if (line.Length <= MaxLength)
        {
            return line;
        }

        var length = 0;
        while (StringInfo.GetNextTextElementLength(line.AsSpan(length)) is var next && length + next <= MaxLength)
        {
            length += next;
        }

        // One character of hundreds of combining marks is cut between two of them.
        return line[..(length > 0 ? length : char.IsHighSurrogate(line[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
    }
}
