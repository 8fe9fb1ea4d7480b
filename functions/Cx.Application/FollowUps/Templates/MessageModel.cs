using Cx.Domain.FollowUps;

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
public sealed record MessageModel(
    string ShopName,
    string ShopLanguage,
    string? CustomerFirstName,
    string OrderNumber,
    IReadOnlyList<OrderLine> Lines,
    IReadOnlyList<OfferedProduct> Offers,
    string? ReviewUrl,
    string? UnsubscribeUrl);

/// <summary>One line of the order.</summary>
public sealed record OrderLine(string Title, int Quantity);

/// <summary>A related product with its reason, which templates say in the customer's language.</summary>
/// <param name="Of">The title of the product it is related to; without one, only a best-seller has a reason to tell.</param>
public sealed record OfferedProduct(string Title, string? Url, OfferKind Kind, string? Of = null);

/// <summary>A message ready for a sender.</summary>
/// <param name="Subject">One line.</param>
/// <param name="Text">The text/plain part, lines ended by LF.</param>
/// <param name="Html">The text/html part, lines ended by LF.</param>
/// <param name="Language">The language that was found, for example <c>it</c> when it-CH was asked for.</param>
/// <param name="TemplateVersion">A stable hash over all sources that took part: the same text gives the same version on every machine.</param>
public sealed record Rendered(string Subject, string Text, string Html, string Language, string TemplateVersion);
