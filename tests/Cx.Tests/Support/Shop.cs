using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Cx.Tests.Support;

/// <summary>One shop as the systems around it see it: posts what its sources post, signed as they sign, and calls the API as its people do.</summary>
internal sealed class Shop : IDisposable
{
    public const string ShopifySecret = "shpss_5f2b0c7d9e1a", WooCommerceSecret = "wc-secret-of-the-tests", StandardSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private readonly HttpClient stranger;

    public Shop(Uri address, string name)
    {
        Name = name;
        Path = $"api/shops/{name}";
        stranger = Contract.Client(address);
        Api = Contract.Client(address, Installation.AdminKey);
    }

    public string Name { get; }

    /// <summary>Where the shop is in the API.</summary>
    public string Path { get; }

    /// <summary>Holds the installation's key.</summary>
    public HttpClient Api { get; }

    /// <summary>Holds nothing.</summary>
    public HttpClient Stranger => stranger;

    public static async Task<Shop> Open(Uri address, string name, string sending)
    {
        var shop = new Shop(address, name);
        await shop.Put("", new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "en", "it" }, reviewUrl = "https://bottega.example/review" });
        await shop.Connect("shopify", ShopifySecret);
        await shop.Connect("woocommerce", WooCommerceSecret);
        await shop.Connect("standard", StandardSecret);
        await shop.Put("/sending", new { sending });
        return shop;
    }

    public Task Connect(string source, string secret, string? secondSecret = null, int? requestsPerSecond = 10_000) =>
        Put($"/sources/{source}", new { secret, secondSecret, requestsPerSecond });

    public async Task Put(string path, object body)
    {
        var response = await Api.PutAsJsonAsync(Path + path, body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<JsonNode> Get(string path) => await Read(await Api.GetAsync(Path + path));

    public async Task<JsonNode> Post(string path, object body) => await Read(await Api.PostAsJsonAsync(Path + path, body));

    /// <summary>The customer an e-mail address leads to.</summary>
    public Task<JsonNode> Find(string email) => Post("/customers/lookup", new { email });

    /// <summary>Where a customer is below <see cref="Path"/>.</summary>
    public async Task<string> PathOf(string email) => $"/customers/{(await Find(email))["id"]}";

    /// <summary>Every item of a list, page after page.</summary>
    public async Task<List<JsonNode>> All(string path, int limit = 200)
    {
        var items = new List<JsonNode>();
        for (string? cursor = null; ;)
        {
            var page = await Get($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}");
            items.AddRange(page["items"]!.AsArray().Select(i => i!));
            if ((cursor = (string?)page["next"]) is null)
            {
                return items;
            }
        }
    }

    public async Task<DateTimeOffset> Now() => (await Read(await Api.GetAsync("api/dev/clock")))["now"]!.GetValue<DateTimeOffset>();

    /// <summary>Lets time pass, and what is due in it happen.</summary>
    public async Task Advance(string period) => await Read(await Api.PostAsJsonAsync("api/dev/clock", new { advance = period }));

    public Task<HttpResponseMessage> Shopify(string topic, string id, string body, string secret = ShopifySecret) => Send("shopify", Encoding.UTF8.GetBytes(body),
        ("X-Shopify-Topic", topic), ("X-Shopify-Webhook-Id", id), ("X-Shopify-Shop-Domain", "bottega.myshopify.com"), ("X-Shopify-Hmac-SHA256", Sign(Encoding.UTF8.GetBytes(secret), body)));

    public Task<HttpResponseMessage> WooCommerce(string topic, string body, string secret = WooCommerceSecret) => Send("woocommerce", Encoding.UTF8.GetBytes(body),
        ("X-WC-Webhook-Topic", topic), ("X-WC-Webhook-Delivery-ID", "1"), ("X-WC-Webhook-Signature", Sign(Encoding.UTF8.GetBytes(secret), body)));

    public async Task<HttpResponseMessage> Standard(string id, string body, DateTimeOffset? signedAt = null)
    {
        var stamp = (signedAt ?? await Now()).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var key = Convert.FromBase64String(StandardSecret["whsec_".Length..]);
        return await Send("standard", Encoding.UTF8.GetBytes(body), ("webhook-id", id), ("webhook-timestamp", stamp), ("webhook-signature", "v1," + Sign(key, $"{id}.{stamp}.{body}")));
    }

    /// <summary>One touchpoint, or an array of them.</summary>
    public Task<HttpResponseMessage> Touchpoints(string key, object body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"{Path}/touchpoints") { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key);
        return Api.SendAsync(request);
    }

    public Task<HttpResponseMessage> Send(string source, byte[] body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"{Path}/webhooks/{source}") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.ExpectContinue = body.Length > 1_000_000;       // what is refused by its length alone is not sent
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return stranger.SendAsync(request);
    }

    public static string Sign(byte[] secret, string body) => Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(body)));

    public void Dispose()
    {
        stranger.Dispose();
        Api.Dispose();
    }

    private static async Task<JsonNode> Read(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{response.RequestMessage!.RequestUri!.AbsolutePath}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
