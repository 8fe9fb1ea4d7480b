using System.Security.Cryptography;
using System.Text;
using Cx.Application.Intake;
using Cx.Domain;
using Microsoft.AspNetCore.Http;

namespace Cx.Tests.Intake.Sources;

/// <summary>Requests as the platforms send them, signed by hand.</summary>
internal static class Arriving
{
    public const string ShopifySecret = "shpss_our-own-test-secret";

    public const string WooSecret = "ck our own test secret";

    public static readonly DateTimeOffset Now = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    public static Incoming Request(string body, params (string Name, string Value)[] headers) => Request(Encoding.UTF8.GetBytes(body), headers);

    public static Incoming Request(byte[] body, params (string Name, string Value)[] headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
            dictionary[name] = value;

        return new(dictionary, body, Now);
    }

    public static Incoming Shopify(string topic, string body, string webhookId = "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043") => Request(
        body,
        ("X-Shopify-Hmac-SHA256", Base64Hmac(Encoding.UTF8.GetBytes(ShopifySecret), body)), ("X-Shopify-Topic", topic),
        ("X-Shopify-Shop-Domain", "lumen.myshopify.example"), ("X-Shopify-Webhook-Id", webhookId));

    public static Incoming Woo(string topic, string body) => Request(
        body, ("X-WC-Webhook-Signature", Base64Hmac(Encoding.UTF8.GetBytes(WooSecret), body)), ("X-WC-Webhook-Topic", topic), ("X-WC-Webhook-Delivery-ID", "11aa22"));

    public static string Base64Hmac(byte[] key, string text) => Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));

    public static string Fixture(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Intake", "Sources", "Fixtures", name));

    /// <summary>The only report of a delivery.</summary>
    public static Report Only(this Translation translation) => Assert.Single(Assert.IsType<Translation.Reports>(translation).Items);

    public static T Fact<T>(this Report report) where T : ICustomerEvent => Assert.Single(report.Facts.OfType<T>());

    public static bool Has<T>(this Report report) where T : ICustomerEvent => report.Facts.Any(f => f is T);
}
