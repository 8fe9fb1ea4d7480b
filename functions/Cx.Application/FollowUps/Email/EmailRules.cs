using System.Text;

namespace Cx.Application.FollowUps.Email;

/// <summary>What an e-mail must satisfy before a byte of it leaves: above all, no value may start a header or a command of its own.</summary>
internal static class EmailRules
{
    /// <summary>RFC 5322 §2.1.1, without the line end.</summary>
    public const int LongestLine = 998;

    private static readonly HashSet<string> Owned = new(StringComparer.OrdinalIgnoreCase)
    {
        "From", "Sender", "To", "Cc", "Bcc", "Subject", "Date", "Message-ID", "MIME-Version", "Return-Path", "Received", "DKIM-Signature",
    };

    /// <summary>Why this e-mail cannot be sent, naming the field and never its value; null when it can.</summary>
    public static string? Problem(EmailMessage email)
    {
        if (email.MessageId.Length is 0 or > 100 || !email.MessageId.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            || email.MessageId.Split('.').Contains("")) return "The message id is not a valid left side of a Message-ID.";
        if (!MailAddressLine.TryParse(email.FromAddress, out _)) return "The From address is not a valid address.";
        if (!MailAddressLine.TryParse(email.To, out _)) return "The To address is not a valid address.";
        if (BreaksLine(email.FromName)) return "The From name holds a line end or control character.";
        if (BreaksLine(email.ToName)) return "The To name holds a line end or control character.";
        if (BreaksLine(email.Subject)) return "The subject holds a line end or control character.";

        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in email.Headers)
        {
            if (!IsFieldName(name)) return "A header's name is not a valid field name.";
            if (Owned.Contains(name) || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)) return $"The header {name} is written by the sender itself.";
            if (!seen.Add(name)) return $"The header {name} is given twice.";
            if (value.Any(c => c is < ' ' or > '~')) return $"The header {name} holds a line end, control or non-ASCII character.";
            if (string.IsNullOrWhiteSpace(value)) return $"The header {name} is empty.";
            if (name.Length + 2 + value.Length > LongestLine) return $"The header {name} is too long for a line.";
        }

        return null;
    }

    // Any control character, and Unicode's own line ends, which some readers take for one.
    private static bool BreaksLine(string? value) => value is not null && value.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029');

    private static bool IsFieldName(string name) => name.Length is > 0 and <= 70 && Ascii.IsValid(name) && name.All(c => c is > ' ' and <= '~' and not ':');
}
