using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Cx.Tests.Support;

/// <summary>
/// A message as a server got it, decoded by code of the tests' own. <paramref name="Raw"/> holds one character an octet (Latin-1).
/// </summary>
/// <param name="User">Who signed in, as <c>user:password</c>.</param>
public sealed partial record ReceivedMail(
    string From, IReadOnlyList<string> To, string Raw, IReadOnlyDictionary<string, string> Headers, IReadOnlyDictionary<string, string> Parts, bool Encrypted, string? User)
{
    public string Subject => Headers["Subject"];

    public string Text => Parts["text/plain"];

    public string Html => Parts["text/html"];

    public string MessageId => Headers["Message-ID"];

    public static ReceivedMail Parse(string from, IReadOnlyList<string> to, string raw, bool encrypted = false, string? user = null)
    {
        var (headers, body) = Split(raw);
        var parts = new Dictionary<string, string>();
        if (headers.TryGetValue("Content-Type", out var type) && Boundary().Match(type) is { Success: true } boundary)
        {
            var pieces = ("\r\n" + body).Split("\r\n--" + boundary.Groups[1].Value);
            if (!pieces[^1].StartsWith("--", StringComparison.Ordinal)) throw new FormatException("The last boundary is missing.");
            foreach (var piece in pieces[1..^1])
            {
                var (partHeaders, content) = Split(piece[2..]);
                parts.Add(partHeaders["Content-Type"].Split(';')[0], Decode(content, partHeaders["Content-Transfer-Encoding"]));
            }
        }

        return new(from, to, raw, headers, parts, encrypted, user);
    }

    private static (Dictionary<string, string> Headers, string Body) Split(string raw)
    {
        var end = raw.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in Fold().Replace(raw[..end], "$1").Split("\r\n"))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers.Add(line[..colon], Words(line[(colon + 1)..].Trim(' ')));       // twice the same header throws
        }

        return (headers, raw[(end + 4)..]);
    }

    // RFC 2047: white space between two encoded-words is not shown.
    private static string Words(string value)
    {
        value = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value));
        return EncodedWord().Replace(BetweenWords().Replace(value, "?="), match => Encoding.UTF8.GetString(Convert.FromBase64String(match.Groups[1].Value)));
    }

    private static string Decode(string content, string encoding)
    {
        if (encoding == "base64") return Encoding.UTF8.GetString(Convert.FromBase64String(content));
        if (encoding != "quoted-printable") throw new FormatException($"{encoding} was not expected.");
        var bytes = new List<byte>();
        content = content.Replace("=\r\n", "", StringComparison.Ordinal);
        for (var i = 0; i < content.Length; i++)
        {
            if (content[i] != '=') bytes.Add((byte)content[i]);
            else
            {
                bytes.Add(byte.Parse(content.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 2;
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    [GeneratedRegex("boundary=\"([^\"]+)\"")]
    private static partial Regex Boundary();

    [GeneratedRegex("\r\n([ \t])")]
    private static partial Regex Fold();

    [GeneratedRegex(@"\?=\s+(?==\?)")]
    private static partial Regex BetweenWords();

    [GeneratedRegex(@"=\?utf-8\?B\?([^?]*)\?=", RegexOptions.IgnoreCase)]
    private static partial Regex EncodedWord();
}
