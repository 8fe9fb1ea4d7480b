using Cx.Domain.Customers;
using Cx.Domain.Privacy;

namespace Cx.Application.Intake.Sources;

/// <summary>
/// Shopify: HMAC-SHA256 of the raw body under the app's client secret, in base64. The topic, the shop and the delivery's id come as
/// headers; the same event on two topics is two deliveries.
/// </summary>
public sealed class ShopifySource : ISource
{
    public const string SourceName = "shopify";

    public string Name => SourceName;

    public Verdict Verify(Incoming incoming, IReadOnlyList<string> secrets)
    {
        if (incoming.Header("X-Shopify-Hmac-SHA256") is not { Length: > 0 } header)
            return Verdict.Forged;

        if (Signatures.FromBase64(header) is not { } signature)
            return Verdict.Malformed;

        if (!Signatures.IsSigned(Signatures.AsWritten(secrets), default, incoming.Body.Span, signature))
            return Verdict.Forged;

        return IsKeyed(incoming) ? Verdict.Authentic : Verdict.Malformed;
    }

    public string DeliveryKey(Incoming incoming) => $"{incoming.Header("X-Shopify-Shop-Domain")}/{Topic(incoming)}/{incoming.Header("X-Shopify-Webhook-Id")}";

    public string Topic(Incoming incoming) => incoming.Header("X-Shopify-Topic") ?? "";

    public string? RefuseSecret(string secret) => Signatures.RefuseWritten(secret);

    public Translation Translate(Incoming incoming) => Topic(incoming) switch
    {
        "orders/paid" => ShopifyOrders.Read(Payload(incoming), isPaid: true),
        "orders/create" or "orders/updated" or "orders/fulfilled" or "orders/partially_fulfilled" or "orders/cancelled" => ShopifyOrders.Read(Payload(incoming), isPaid: false),
        "fulfillments/create" or "fulfillments/update" => ShopifyParcels.ReadFulfilment(Payload(incoming)),
        "fulfillment_events/create" => ShopifyParcels.ReadEvent(Payload(incoming)),
        "refunds/create" => ShopifyRefunds.Read(Payload(incoming)),
        "checkouts/create" => ShopifyOrders.ReadCheckout(Payload(incoming)),
        "customers/create" or "customers/update" => ShopifyCustomers.Read(Payload(incoming)),
        "customers_email_marketing_consent/update" => ShopifyConsents.Read(Payload(incoming), SaidAt(incoming)),
        "customers/redact" => new Translation.Erase(WhomPrivacyConcerns(Payload(incoming), "orders_to_redact")),
        "customers/data_request" => new Translation.Reports([new Report(WhomPrivacyConcerns(Payload(incoming), "orders_requested"), [new DataRequested(SourceName, SaidAt(incoming))])]),
        _ => new Translation.Nothing(), // shop/redact among them: acknowledged, and done by whoever closes the shop
    };

    private static bool IsKeyed(Incoming incoming) =>
        !string.IsNullOrWhiteSpace(incoming.Header("X-Shopify-Webhook-Id")) && !string.IsNullOrWhiteSpace(incoming.Header("X-Shopify-Topic")) && !string.IsNullOrWhiteSpace(incoming.Header("X-Shopify-Shop-Domain"));

    private static JsonFields Payload(Incoming incoming) => JsonFields.Of(incoming.Json);

    /// <summary>When Shopify raised the event, for payloads that bear no date: by its header, else when it arrived.</summary>
    private static DateTimeOffset SaidAt(Incoming incoming) => ExactInstant.Parse(incoming.Header("X-Shopify-Triggered-At") ?? "") ?? incoming.ReceivedAt;

    private static List<RawIdentifier> WhomPrivacyConcerns(JsonFields payload, string orders)
    {
        var identifiers = new List<RawIdentifier>();
        ShopifyCustomers.AddIdentifiers(identifiers, payload.Child("customer"));
        foreach (var order in payload.Ids(orders))
            identifiers.Add(new(IdentifierKind.Order, order));

        return identifiers;
    }
}
