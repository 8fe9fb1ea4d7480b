using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cx.Standalone.Demo;

/// <summary>Signs as the platforms do, with secrets made for this one run.</summary>
internal sealed class Signing
{
    private readonly byte[] standardKey = RandomNumberGenerator.GetBytes(32);

    public string ShopifySecret { get; } = "shpss_" + RandomNumberGenerator.GetHexString(32, lowercase: true);

    public string WooCommerceSecret { get; } = RandomNumberGenerator.GetHexString(40, lowercase: true);

    public string StandardSecret => "whsec_" + Convert.ToBase64String(standardKey);

    /// <summary>The headers that the source of the posting sends with it.</summary>
    public IEnumerable<(string Name, string Value)> Headers(Posting posting, byte[] body, DateTimeOffset now) => posting.Door switch
    {
        Door.Shopify =>
        [
            ("X-Shopify-Topic", posting.Topic), ("X-Shopify-Shop-Domain", "terra-e-fuoco.myshopify.com"), ("X-Shopify-Webhook-Id", posting.Key),
            ("X-Shopify-Triggered-At", now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)), ("X-Shopify-Hmac-SHA256", Hmac(Encoding.UTF8.GetBytes(ShopifySecret), body)),
        ],
        Door.WooCommerce =>
        [
            ("X-WC-Webhook-Topic", posting.Topic), ("X-WC-Webhook-Delivery-ID", posting.Key), ("X-WC-Webhook-Signature", Hmac(Encoding.UTF8.GetBytes(WooCommerceSecret), body)),
        ],
        Door.Standard when now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) is var seconds =>
        [
            ("webhook-id", posting.Key), ("webhook-timestamp", seconds),
            ("webhook-signature", "v1," + Hmac(standardKey, [.. Encoding.UTF8.GetBytes($"{posting.Key}.{seconds}."), .. body])),
        ],
        _ => [("Idempotency-Key", posting.Key)],
    };

    private static string Hmac(byte[] key, byte[] content) => Convert.ToBase64String(HMACSHA256.HashData(key, content));
}
