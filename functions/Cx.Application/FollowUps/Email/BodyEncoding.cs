using System.Text;

namespace Cx.Application.FollowUps.Email;

/// <summary>Encodes a text part for 7-bit transport (RFC 2045 §6.7 and §6.8); lines of at most 76 characters.</summary>
internal static class BodyEncoding
{
    private const int LongestLine = 76;

    /// <summary>Quoted-printable or base64, whichever is shorter: readable for Latin scripts, compact for the rest.</summary>
    public static (string Name, string Content) Encode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));
        var quoted = QuotedPrintable(bytes);
        var base64Length = (bytes.Length + 2) / 3 * 4;
        return quoted.Length <= base64Length + (base64Length / 38)
            ? ("quoted-printable", quoted)
            : ("base64", Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\r\n"));
    }

    private static string QuotedPrintable(byte[] bytes)
    {
        var text = new StringBuilder(bytes.Length + (bytes.Length / 4));
        var column = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (IsLineEnd(i))
            {
                text.Append("\r\n");
                column = 0;
                i++;
                continue;
            }

            var b = bytes[i];
            var literal = b is > 32 and < 127 and not (byte)'=' || (b is 32 or 9 && i + 1 < bytes.Length && !IsLineEnd(i + 1));
            var width = literal ? 1 : 3;
            if (column + width > LongestLine - 1)               // one column is kept for the soft line break
            {
                text.Append("=\r\n");
                column = 0;
            }

            if (literal) text.Append((char)b);
            else text.Append('=').Append(Convert.ToHexString([b]));
            column += width;
        }

        return text.ToString();

        bool IsLineEnd(int at) => at + 1 < bytes.Length && bytes[at] == '\r' && bytes[at + 1] == '\n';
    }
}
