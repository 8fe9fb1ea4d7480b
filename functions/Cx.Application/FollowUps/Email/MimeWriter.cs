using System.Security.Cryptography;
using System.Text;
using MimeKit;

namespace Cx.Application.FollowUps.Email;

/// <summary>
/// Writes an e-mail as MIME: multipart/alternative, text first, 7-bit but for an address that needs SMTPUTF8. The same e-mail and date give the
/// same bytes. <see cref="DkimSigning"/> signs them on their way out; without a key of ours that is the relay's work, and for one-click unsubscribe its
/// signature must cover List-Unsubscribe and List-Unsubscribe-Post (RFC 8058 §4).
/// </summary>
internal static class MimeWriter
{
    // With 9 characters of at most 4 bytes an encoded-word has at most 60 columns; RFC 2047 §2 allows 75.
    private const int CharactersInEncodedWord = 9;
    private const int LongestPlainWord = 60;

    /// <exception cref="ArgumentException">The e-mail breaks a rule, such as a line end in its subject.</exception>
    public static MimeMessage Write(EmailMessage email, DateTimeOffset date)
    {
        if (EmailRules.Problem(email) is { } problem) throw new ArgumentException(problem, nameof(email));
        var from = MailAddressLine.Parse(email.FromAddress);
        var message = new MimeMessage
        {
            Date = date.ToUniversalTime(),
            MessageId = $"{email.MessageId}@{from.Domain}",
            Subject = HeaderText(email.Subject),
            Body = new MultipartAlternative(Part("plain", email.Text), Part("html", email.Html)) { Boundary = Boundary(email) },
        };
        message.From.Add(new MailboxAddress(HeaderText(email.FromName ?? ""), from.ToString()));
        message.To.Add(new MailboxAddress(HeaderText(email.ToName ?? ""), MailAddressLine.Parse(email.To).ToString()));
        foreach (var (name, value) in email.Headers)
        {
            // On one line: readers exist that take a bare "List-Unsubscribe:" for an empty value, and MimeKit folds before a long link.
            var header = new Header(name, "");
            header.SetRawValue(Encoding.ASCII.GetBytes($" {value}\r\n"));
            message.Headers.Add(header);
        }

        return message;
    }

    private static TextPart Part(string subtype, string content)
    {
        var octets = Encoding.UTF8.GetBytes(content.ReplaceLineEndings("\r\n"));
        // The shorter: quoted-printable takes three columns for an octet above 127, base64 four for any three.
        var encoding = octets.Count(o => o > 127) * 6 > octets.Length ? ContentEncoding.Base64 : ContentEncoding.QuotedPrintable;
        return new TextPart(subtype)
        {
            ContentType = { Charset = "utf-8" },
            Content = new MimeContent(new MemoryStream(octets)),
            ContentTransferEncoding = encoding,
        };
    }

    // MimeKit writes all ASCII as it is: what looks like an encoded-word would be decoded by the reader, and spaces that fold would be lost.
    // Its own encoded-words are longer than RFC 2047 allows.
    private static string HeaderText(string value) =>
        value.Length == 0 || CanStayPlain(value) ? value : string.Join(' ', value.EnumerateRunes().Chunk(CharactersInEncodedWord).Select(EncodedWord));

    private static bool CanStayPlain(string value) =>
        Ascii.IsValid(value) && !value.Contains("=?", StringComparison.Ordinal) && value.Split(' ').All(word => word.Length is > 0 and <= LongestPlainWord);

    private static string EncodedWord(Rune[] characters) => $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Concat(characters)))}?=";

    // "=_" cannot occur in quoted-printable or base64 output, so no body can hold its own boundary.
    private static string Boundary(EmailMessage email) =>
        "=_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(email.MessageId)).AsSpan(0, 12));
}
