using System.Globalization;
using System.Text;

namespace Cx.Application.FollowUps.Email;

/// <summary>Writes header fields: plain where ASCII allows, RFC 2047 encoded-words where not, folded at 78 (RFC 5322 §2.2.3).</summary>
internal static class HeaderText
{
    private const int PreferredLine = 78;

    // "=?utf-8?B?" + 52 base64 characters + "?=" = 64: with "Subject: " before it within RFC 2047's line of 76.
    private const int BytesInEncodedWord = 39;
    private const string PhraseSpecials = "()<>[]:;@\\,.\"";

    /// <summary>An unstructured value such as a subject.</summary>
    public static string Unstructured(string name, string value) => Fold(name, CanStayPlain(value) ? value.Split(' ') : EncodedWords(value));

    /// <summary>A structured value of printable ASCII, folded only where it has spaces.</summary>
    public static string Structured(string name, string value) => Fold(name, value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>An optional display name and an address.</summary>
    public static string Mailbox(string name, string? displayName, MailAddressLine address)
    {
        if (string.IsNullOrWhiteSpace(displayName)) return Fold(name, [address.ToString()]);
        return Fold(name, [.. Phrase(displayName), $"<{address}>"]);
    }

    private static IEnumerable<string> Phrase(string value)
    {
        if (!CanStayPlain(value) || value.Length > 60) return EncodedWords(value);
        return value.Any(c => PhraseSpecials.Contains(c, StringComparison.Ordinal))
            ? [$"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""]
            : value.Split(' ');
    }

    // Runs of spaces and outer spaces do not survive folding everywhere, and "=?" would be decoded by the reader.
    private static bool CanStayPlain(string value) =>
        Ascii.IsValid(value) && !value.Contains("=?", StringComparison.Ordinal)
        && (value.Length == 0 || value.Split(' ').All(word => word.Length is > 0 and < 70));

    private static List<string> EncodedWords(string value)
    {
        var words = new List<string>();
        var word = new List<byte>(BytesInEncodedWord);
        // A character may not be split between words (RFC 2047 §5), and an accent should stay with its letter.
        foreach (var element in Elements(value))
        {
            var bytes = Encoding.UTF8.GetBytes(element);
            if (word.Count + bytes.Length > BytesInEncodedWord) Flush();
            word.AddRange(bytes);
        }

        Flush();
        return words;

        void Flush()
        {
            if (word.Count > 0) words.Add($"=?utf-8?B?{Convert.ToBase64String([.. word])}?=");
            word.Clear();
        }
    }

    // Text elements; an endless one (stacked accents) falls apart into its characters.
    private static IEnumerable<string> Elements(string value)
    {
        for (var elements = StringInfo.GetTextElementEnumerator(value); elements.MoveNext();)
        {
            var element = elements.GetTextElement();
            if (Encoding.UTF8.GetByteCount(element) <= BytesInEncodedWord) yield return element;
            else foreach (var rune in element.EnumerateRunes()) yield return rune.ToString();
        }
    }

    private static string Fold(string name, IEnumerable<string> words)
    {
        var text = new StringBuilder(name).Append(':');
        var column = text.Length;
        var first = true;
        foreach (var word in words)
        {
            // The first word stays on the field's line: readers exist that take a bare "Name:" for an empty value.
            if (!first && column + 1 + word.Length > PreferredLine)
            {
                text.Append("\r\n");
                column = 0;
            }

            text.Append(' ').Append(word);
            column += 1 + word.Length;
            first = false;
        }

        return text.Append("\r\n").ToString();
    }
}
