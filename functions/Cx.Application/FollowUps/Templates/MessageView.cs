using Cx.Domain.FollowUps;

namespace Cx.Application.FollowUps.Templates;

/// <summary>The model as templates see it: names in their spelling, values made safe for any part.</summary>
internal static class MessageView
{
    private const int LongestFirstName = 40;

    public static object Of(MessageModel model, string language) => new
    {
        language,
        shopName = PlainLine.Of(model.ShopName),
        firstName = FirstName(model.CustomerFirstName),
        orderNumber = PlainLine.Of(model.OrderNumber),
        lines = model.Lines.Select(line => new { title = PlainLine.Of(line.Title), quantity = line.Quantity }).ToArray(),
        offers = model.Offers.Select(Offer).ToArray(),
        reviewUrl = Link(model.ReviewUrl),
        unsubscribeUrl = Link(model.UnsubscribeUrl),
    };

    private static object Offer(OfferedProduct offer)
    {
        var of = PlainLine.Of(offer.Of ?? "");
        var (together, sameCategory, bestSeller) = (offer.Kind is OfferKind.CoPurchase && of.Length > 0, offer.Kind is OfferKind.Category && of.Length > 0, offer.Kind is OfferKind.BestSeller);
        return new { title = PlainLine.Of(offer.Title), url = Link(offer.Url), hasReason = together || sameCategory || bestSeller, together, sameCategory, bestSeller, of };
    }

    // Sign-up forms are abused to mail advertisements by way of the name: what looks like a link or an essay is nobody's first name.
    private static string? FirstName(string? value)
    {
        var name = PlainLine.Of(value ?? "");
        return name.Length is 0 or > LongestFirstName || name.Contains("://", StringComparison.Ordinal) || name.Contains("www.", StringComparison.OrdinalIgnoreCase) ? null : name;
    }

    private static string? Link(string? value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) ? uri.AbsoluteUri : null;
}
