using System.Text;

namespace Cx.Application.FollowUps.Templates;

/// <summary>Makes one line of what a customer, a shop or a catalogue wrote: it may not end a line, hide itself, or turn the text around it.</summary>
internal static class PlainLine
{
    public static string Of(string value)
    {
        var line = new StringBuilder(value.Length);
        foreach (var rune in value.EnumerateRunes())            // a lone surrogate becomes U+FFFD here
        {
            if (Rune.IsControl(rune) || Rune.IsWhiteSpace(rune))
            {
                if (line.Length > 0 && line[^1] != ' ') line.Append(' ');
            }
            else if (!TurnsText(rune))
            {
                line.Append(rune.ToString());
            }
        }

        return line.ToString().TrimEnd(' ');
    }

    // Bidirectional embeddings, overrides and isolates. The joiners stay: emoji and several scripts need them.
    private static bool TurnsText(Rune rune) => rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
