using Cx.Domain;

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

    // The header of a test notification is not signed: with it, a delivery does not use up the key that it has without.
    public string DeliveryKey(Incoming incoming) =>
        $"{incoming.Header("X-Shopify-Shop-Domain")}/{Topic(incoming)}/{incoming.Header("X-Shopify-Webhook-Id")}{(IsTest(incoming) ? "/test" : "")}";

    public string Topic(Incoming incoming) => incoming.Header("X-Shopify-Topic") ?? "";

    public string? RefuseSecret(string secret) => Signatures.RefuseWritten(secret);

    public Translation Translate(Incoming incoming) => Topic(incoming) switch
    {
        _ when IsTest(incoming) => new Translation.Nothing(), // about nobody
        "orders/paid" => ShopifyTranslation.Order(Payload(incoming), RaisedAt(incoming), isPaid: true),
        "orders/create" or "orders/updated" or "orders/fulfilled" or "orders/partially_fulfilled" or "orders/cancelled" =>
            ShopifyTranslation.Order(Payload(incoming), RaisedAt(incoming), isPaid: false),
        "orders/delete" => ShopifyTranslation.Deleted(Payload(incoming), RaisedAt(incoming)),
        "fulfillments/create" or "fulfillments/update" => ShopifyTranslation.Fulfilment(Payload(incoming), RaisedAt(incoming)),
        "fulfillment_events/create" => ShopifyTranslation.FulfilmentEvent(Payload(incoming), RaisedAt(incoming)),
        "refunds/create" => ShopifyTranslation.Refund(Payload(incoming), RaisedAt(incoming)),
        "checkouts/create" => ShopifyTranslation.Checkout(Payload(incoming)),
        "customers/create" or "customers/update" => ShopifyPeople.Customer(Payload(incoming)),
        "customers_email_marketing_consent/update" => ShopifyPeople.MarketingConsent(Payload(incoming), RaisedAt(incoming)),
        "customers_marketing_consent/update" => ShopifyPeople.TextMessageConsent(Payload(incoming), RaisedAt(incoming)),
        "customers/merge" => ShopifyPeople.Merge(Payload(incoming), RaisedAt(incoming)),
        "customers/redact" => ShopifyPeople.Redact(Payload(incoming)),
        "customers/data_request" => ShopifyPeople.DataRequest(Payload(incoming), RaisedAt(incoming)),
        _ => new Translation.Nothing(), // shop/redact among them: whoever closes the shop deletes its data
    };

    private static bool IsTest(Incoming incoming) => incoming.Header("X-Shopify-Test") is "true";

    private static bool IsKeyed(Incoming incoming) => Array.TrueForAll(
        ["X-Shopify-Webhook-Id", "X-Shopify-Topic", "X-Shopify-Shop-Domain"], name => !string.IsNullOrWhiteSpace(incoming.Header(name)));

    private static JsonFields Payload(Incoming incoming) => JsonFields.Of(incoming);

    /// <summary>When Shopify raised the event, for payloads without a date: by its header, else when it arrived.</summary>
    private static DateTimeOffset RaisedAt(Incoming incoming) =>
        ExactInstant.Parse(incoming.Header("X-Shopify-Triggered-At") ?? "") is { } at && StatedInstant.IsInBounds(at, incoming.ReceivedAt) ? at : incoming.ReceivedAt;
}
