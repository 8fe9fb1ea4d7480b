using System.Security.Cryptography;

namespace Cx.Application.Intake.Sources;

/// <summary>
/// WooCommerce: HMAC-SHA256 of the raw body under the webhook's secret, in base64. Its delivery id is a hash of webhook and second, so
/// two orders of one second share it: what was delivered is told by its content instead.
/// </summary>
public sealed class WooCommerceSource : ISource
{
    public const string SourceName = "woocommerce";

    public string Name => SourceName;

    public Verdict Verify(Incoming incoming, IReadOnlyList<string> secrets)
    {
        if (!incoming.Headers.ContainsKey("X-WC-Webhook-Signature"))
            return IsPing(incoming) ? Verdict.Ping : Verdict.Forged;

        if (incoming.Header("X-WC-Webhook-Signature") is not { } header || Signatures.FromBase64(header) is not { } signature)
            return Verdict.Malformed;

        if (!Signatures.IsSigned(Signatures.AsWritten(secrets), default, incoming.Body.Span, signature))
            return Verdict.Forged;

        return string.IsNullOrWhiteSpace(Topic(incoming)) ? Verdict.Malformed : Verdict.Authentic;
    }

    public string DeliveryKey(Incoming incoming)
    {
        var id = ExactJson.Property(incoming.Json, "id") is { } number ? ExactJson.Id(number) : null;
        var modified = ExactJson.Property(incoming.Json, "date_modified_gmt") is { } date ? ExactJson.Text(date) : null;
        return $"{Topic(incoming)}/{id}/{modified}/{Convert.ToHexStringLower(SHA256.HashData(incoming.Body.Span))}";
    }

    public string Topic(Incoming incoming) => incoming.Header("X-WC-Webhook-Topic") ?? "";

    public string? RefuseSecret(string secret) => Signatures.RefuseWritten(secret);

    public Translation Translate(Incoming incoming) => Topic(incoming) switch
    {
        "order.created" or "order.updated" or "order.restored" => WooCommerceOrders.Read(JsonFields.Of(incoming.Json)),
        "customer.created" or "customer.updated" => WooCommerceCustomers.Read(JsonFields.Of(incoming.Json)),
        // Among them order.deleted, which says that somebody tidied up the shop's records and not that anything happened to a customer.
        _ => new Translation.Nothing(),
    };

    /// <summary>The hello that WooCommerce posts when a webhook is saved, before it signs anything: <c>webhook_id=N</c> and nothing else.</summary>
    private static bool IsPing(Incoming incoming) =>
        incoming.Header("Content-Type")?.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) is true
        && incoming.Body.Span is var body && body.StartsWith("webhook_id="u8)
        && body["webhook_id=".Length..] is { Length: > 0 and <= 20 } number && !number.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
