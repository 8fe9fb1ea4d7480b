using System.Text;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.Touchpoints;

namespace Cx.Application.FollowUps.Templates;

/// <summary>What a template may say. Every value is plain text of one line; the renderer escapes it for the part it goes into.</summary>
/// <param name="ShopName">The shop's name as customers know it.</param>
/// <param name="ShopLanguage">The shop's first language, taken when the customer's has no template.</param>
/// <param name="CustomerFirstName">Null when not known: the greeting then does without.</param>
/// <param name="OrderNumber">The number the customer was told.</param>
/// <param name="Lines">What was bought.</param>
/// <param name="Offers">Related products; only the offer's template shows them.</param>
/// <param name="ReviewUrl">Where a review is written; null asks for a reply instead. Only http and https are shown.</param>
/// <param name="UnsubscribeUrl">Null for transactional messages.</param>
/// <param name="IsForPickUp">Whether the customer picks the order up in the shop; of several, all.</param>
/// <param name="IsPartlyForPickUp">Of several orders: some, but not all.</param>
/// <param name="Why">Why it is written, which the footer says.</param>
/// <param name="ServiceContact">Who signs an apology; none: the shop's customer service.</param>
/// <param name="Website">The shop's site; none: no link. Only http and https are shown.</param>
/// <param name="Alert">What an alert to the shop is about; none in any other message.</param>
public sealed record MessageModel(
    string ShopName,
    string ShopLanguage,
    string? CustomerFirstName,
    string OrderNumber,
    IReadOnlyList<MessageLine> Lines,
    IReadOnlyList<MessageOffer> Offers,
    string? ReviewUrl,
    string? UnsubscribeUrl,
    bool IsForPickUp = false,
    bool IsPartlyForPickUp = false,
    MessageReason Why = MessageReason.Bought,
    string? ServiceContact = null,
    string? Website = null,
    MessageAlert? Alert = null)
{
    /// <summary>When the order was placed, local to the recipient; none where it is about no order, or several.</summary>
    public DateTimeOffset? OrderedAt { get; init; }

    /// <summary>What the order came to; none where that is not known, or there are several.</summary>
    public Money? Total { get; init; }

    /// <summary>The shop's, which the footer shows; none: it does without.</summary>
    public string? PostalAddress { get; init; }
}

/// <summary>Why somebody is written to: they bought, they told the shop something, or they agreed to it.</summary>
public enum MessageReason { Bought, Told, Agreed }

/// <summary>A question that the shop has not answered. Holds ids, and nothing else about the person.</summary>
/// <param name="AskedAt">Local to the shop.</param>
/// <param name="AnswerBy">When its target passes; local to the shop.</param>
/// <param name="Url">Of the customer's record.</param>
public sealed record MessageAlert(Channel Channel, DateTimeOffset AskedAt, DateTimeOffset AnswerBy, CustomerId Customer, ConversationId Conversation, string Url);

/// <summary>One line of the order.</summary>
/// <param name="Price">Of one; none where its currency is not known.</param>
public sealed record MessageLine(string Title, decimal Quantity, Money? Price = null);

/// <summary>A related product with its reason, which templates say in the customer's language.</summary>
/// <param name="Of">The title of the product it is related to; without one, only a best-seller has a reason to tell.</param>
public sealed record MessageOffer(string Title, string? Url, OfferKind Kind, string? Of = null);

/// <summary>A message ready for a sender.</summary>
/// <param name="Subject">One line.</param>
/// <param name="Text">The text/plain part, lines ended by LF.</param>
/// <param name="Html">The text/html part, lines ended by LF.</param>
/// <param name="Language">The language that was found, for example <c>it</c> when it-CH was asked for.</param>
/// <param name="TemplateVersion">A stable hash over all sources that took part: the same text gives the same version on every machine.</param>
public sealed record Rendered(string Subject, string Text, string Html, string Language, string TemplateVersion)
{
    /// <summary>The version of the shop's own template; 0: it is the shipped one.</summary>
    public int Number { get; init; }
}

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

    /// <summary>A line of at most so many characters, cut after a word, with an ellipsis; only a single longer word is cut within.</summary>
    public static string Shortened(string line, int most)
    {
        if (line.Length <= most)
            return line;

        var end = line.LastIndexOf(' ', most - 1);
        if (end <= 0)
            end = char.IsHighSurrogate(line[most - 2]) ? most - 2 : most - 1;

        return $"{line[..end].TrimEnd(' ')}…";
    }

    // Bidirectional embeddings, overrides and isolates. The joiners stay: emoji and several scripts need them.
    private static bool TurnsText(Rune rune) => rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
