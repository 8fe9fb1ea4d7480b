using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cx.Application.FollowUps.Email;

/// <summary>
/// Writes an e-mail as RFC 5322 and MIME: multipart/alternative, text first, CRLF everywhere, 7-bit but for an address that needs SMTPUTF8.
/// The same e-mail and date give the same bytes. DKIM is the relay's work; for one-click unsubscribe its signature must cover List-Unsubscribe and List-Unsubscribe-Post (RFC 8058 §4).
/// </summary>
public static class MimeMessage
{
    /// <exception cref="ArgumentException">The e-mail breaks a rule, such as a line end in its subject.</exception>
    public static byte[] Write(EmailMessage email, DateTimeOffset date)
    {
        if (EmailRules.Problem(email) is { } problem) throw new ArgumentException(problem, nameof(email));
        if (!MailAddressLine.TryParse(email.FromAddress, out var from) || !MailAddressLine.TryParse(email.To, out var to)) throw new ArgumentException("An address is not valid.", nameof(email));

        var boundary = Boundary(email);
        var text = new StringBuilder()
            .Append(HeaderText.Structured("Date", date.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture)))
            .Append(HeaderText.Mailbox("From", email.FromName, from))
            .Append(HeaderText.Mailbox("To", email.ToName, to))
            .Append(HeaderText.Structured("Message-ID", $"<{email.MessageId}@{from.Domain}>"))
            .Append(HeaderText.Unstructured("Subject", email.Subject));
        foreach (var (name, value) in email.Headers) text.Append(HeaderText.Structured(name, value));
        text.Append("MIME-Version: 1.0\r\n")
            .Append("Content-Type: multipart/alternative;\r\n boundary=\"").Append(boundary).Append("\"\r\n\r\n");

        AppendPart(text, boundary, "text/plain", email.Text);
        AppendPart(text, boundary, "text/html", email.Html);
        return Encoding.UTF8.GetBytes(text.Append("--").Append(boundary).Append("--\r\n").ToString());
    }

    private static void AppendPart(StringBuilder text, string boundary, string type, string content)
    {
        var (encoding, body) = BodyEncoding.Encode(content);
        text.Append("--").Append(boundary).Append("\r\n")
            .Append("Content-Type: ").Append(type).Append("; charset=utf-8\r\n")
            .Append("Content-Transfer-Encoding: ").Append(encoding).Append("\r\n\r\n")
            .Append(body).Append("\r\n");
    }

    // "=_" cannot occur in quoted-printable or base64 output, so no body can hold its own boundary.
    private static string Boundary(EmailMessage email) =>
        "=_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(email.MessageId)).AsSpan(0, 12));
}
