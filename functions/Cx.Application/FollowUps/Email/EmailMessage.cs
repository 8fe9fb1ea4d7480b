using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.Touchpoints;

namespace Cx.Application.FollowUps.Email;

/// <summary>One rendered e-mail to one person, as every sender takes it.</summary>
/// <param name="MessageId">Our id of the message. Becomes <c>Message-ID: &lt;id@host of the From address&gt;</c>: letters, digits and <c>-_.</c> only.</param>
/// <param name="FromAddress">A bare address, without name or angle brackets.</param>
/// <param name="FromName">Shown instead of the address; may be null.</param>
/// <param name="To">A bare address; exactly one recipient.</param>
/// <param name="ToName">The recipient's name; may be null.</param>
/// <param name="Subject">One line of Unicode text.</param>
/// <param name="Text">The text/plain part; any line ends.</param>
/// <param name="Html">The text/html part; any line ends.</param>
/// <param name="Headers">Further headers, printable ASCII, such as <c>List-Unsubscribe</c>. Headers that the writer owns (From, To, Subject, Content-Type…) are refused.</param>
public sealed record EmailMessage(
    string MessageId,
    string FromAddress,
    string? FromName,
    string To,
    string? ToName,
    string Subject,
    string Text,
    string Html,
    IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>What an alert to the shop is about, and where its webhook goes; none: a mail to a customer.</summary>
    public ShopAlert? Alert { get; init; }

    /// <summary>What it was rendered from; none where that was not recorded.</summary>
    public UsedTemplate? Template { get; init; }

    // A record prints every member, and this one is personal data from end to end.
    public override string ToString() => $"Email {MessageId}";
}

/// <summary>A question that waits for an answer, by ids alone.</summary>
/// <param name="Url">Where the webhook goes; none: the alert is mailed.</param>
public sealed record ShopAlert(
    string? Url, ShopId Shop, CustomerId Customer, ConversationId Conversation, Channel Channel, DateTimeOffset AskedAt, DateTimeOffset AnswerBy, string Record);
