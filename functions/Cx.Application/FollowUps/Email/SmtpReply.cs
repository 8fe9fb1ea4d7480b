using System.Text.RegularExpressions;

namespace Cx.Application.FollowUps.Email;

/// <summary>A whole reply, its lines joined (RFC 5321 §4.2).</summary>
internal sealed partial record SmtpReply(int Code, IReadOnlyList<string> Lines)
{
    private const int LongestReason = 300;

    public bool Positive => Code is >= 200 and < 300;

    public bool Temporary => Code is >= 400 and < 500;

    public bool Permanent => Code is >= 500 and < 600;

    /// <summary>
    /// The reply in one line, fit to be stored in the clear. Relays like to repeat the recipient, as an address or by its local part: both are left out.
    /// </summary>
    public string Shown(string recipient)
    {
        var text = Address().Replace($"{Code} {string.Join(' ', Lines)}", "<address>");
        text = Regex.Replace(text, $@"(?<!\w){Regex.Escape(recipient.Split('@')[0])}(?!\w)", "<name>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
        text = string.Concat(text.Where(c => !char.IsControl(c)));
        return text.Length <= LongestReason ? text.Trim() : text[..LongestReason];
    }

    [GeneratedRegex(@"<?[^\s<>""():;,]+@[^\s<>""'():;,]+>?", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}

/// <summary>The relay said something that is not SMTP, or closed the connection.</summary>
internal sealed class SmtpBrokenException(string message) : IOException(message);
