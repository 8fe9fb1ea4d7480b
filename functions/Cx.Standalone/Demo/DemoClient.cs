using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Cx.Standalone.Demo;

/// <summary>Everything outside the system: shops, a carrier, a help desk, a mail client and the passing of time. It uses HTTP alone.</summary>
internal sealed class DemoClient(Uri address, string adminKey, WebhookSigner signer, DeliveryLog log) : IDisposable
{
    public const string Shop = "demo";
    public const string Path = $"api/shops/{Shop}";

    private readonly HttpClient http = new() { BaseAddress = address, DefaultRequestHeaders = { Authorization = new("Bearer", adminKey), AcceptLanguage = { new("en") } } };

    private DateTimeOffset now;

    public async Task<JsonElement> Get(string path) => await http.GetFromJsonAsync<JsonElement>(path);

    /// <summary>Sends a request that must succeed.</summary>
    public async Task<JsonElement> Send(HttpMethod method, string path, object body) => await Answer(method, path, body) is var (succeeded, answer) && succeeded
        ? answer
        : throw new IOException($"{method} {path} was refused: {answer}");

    /// <summary>Asks for a simulation, and waits until it has ended.</summary>
    public async Task<JsonElement> Simulated(string path)
    {
        var id = (await Send(HttpMethod.Post, path, new { })).GetProperty("id").GetString();
        while (true)
        {
            var simulation = await Get($"{path}/{id}");
            if (simulation.GetProperty("endedAt").ValueKind != JsonValueKind.Null)
            {
                return simulation;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>Sends a request that must be refused.</summary>
    /// <returns>What is wrong with it, one line each.</returns>
    public async Task<IReadOnlyList<string>> Refused(HttpMethod method, string path, object body)
    {
        var (succeeded, problem) = await Answer(method, path, body);
        if (succeeded)
        {
            log.RecordError($"{method} {path} was accepted");
            return [];
        }

        return [.. problem.GetProperty("errors").EnumerateArray().Select(e => $"{e.GetProperty("pointer")} {e.GetProperty("message")}: {e.GetProperty("hint")}")];
    }

    /// <summary>Moves the clock of the host forward to an instant.</summary>
    public async Task MoveTo(DateTimeOffset at)
    {
        if (at > now)
        {
            var read = (await Get("api/dev/clock")).GetProperty("now").GetDateTimeOffset();
            now = at > read ? (await Send(HttpMethod.Post, "api/dev/clock", new { advance = Duration(at - read) })).GetProperty("now").GetDateTimeOffset() : read;
        }
    }

    public Task Post(DemoDelivery delivery) => Post(delivery, signer);

    /// <summary>Posts with a signature made with other secrets than the shop's.</summary>
    public Task Forge(DemoDelivery delivery) => Post(delivery, new WebhookSigner());

    /// <summary>Does what a mail client's unsubscribe button does (RFC 8058): posts to the link in the latest message's header.</summary>
    public async Task Unsubscribe(DemoCustomer who)
    {
        var customer = (await Send(HttpMethod.Post, $"{Path}/customers/lookup", new { email = who.Email })).GetProperty("id").GetString()!;
        var sent = (await All($"{Path}/messages?state=accepted")).Where(m => m.GetProperty("customer").GetString() == customer);
        foreach (var message in sent)
        {
            var written = (await Get($"{Path}/messages/{message.GetProperty("id").GetString()}")).GetProperty("written");
            if (written.GetProperty("headers").TryGetProperty("List-Unsubscribe", out var link))
            {
                using var form = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
                using var anonymous = new HttpClient { BaseAddress = address };
                using var response = await anonymous.PostAsync(new Uri(new Uri(link.GetString()!.Trim('<', '>')).AbsolutePath, UriKind.Relative), form);
                log.RecordUnsubscribe((int)response.StatusCode);
                return;
            }
        }

        log.RecordError($"{who.Name} has no message with an unsubscribe link");
    }

    /// <summary>All items of a list, page after page.</summary>
    public async Task<IReadOnlyList<JsonElement>> All(string path)
    {
        var items = new List<JsonElement>();
        for (var cursor = ""; cursor is not null;)
        {
            var page = await Get($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=200{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        }

        return items;
    }

    public void Dispose() => http.Dispose();

    private async Task<(bool Succeeded, JsonElement Body)> Answer(HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        using var response = await http.SendAsync(request);
        return (response.IsSuccessStatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    private async Task Post(DemoDelivery delivery, WebhookSigner signed)
    {
        var body = Encoding.UTF8.GetBytes(delivery.Body);
        var headers = signed.Headers(delivery, body, now).ToList();
        var answers = await Task.WhenAll(Enumerable.Range(0, delivery.Copies).Select(_ => Post(delivery.Route, body, headers)));
        log.Record(delivery, answers);
    }

    private async Task<(int Status, string Answer)> Post(IntakeRoute route, byte[] body, List<(string Name, string Value)> headers)
    {
        var path = route == IntakeRoute.Api ? $"{Path}/touchpoints" : $"{Path}/webhooks/{route.ToString().ToLowerInvariant()}";
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        headers.ForEach(h => request.Headers.TryAddWithoutValidation(h.Name, h.Value));
        using var response = await http.SendAsync(request);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        var item = answer.TryGetProperty("items", out var items) ? items[0] : answer;
        return ((int)response.StatusCode, item.TryGetProperty("code", out var code) ? code.GetString()! : item.GetProperty("status").ToString());
    }

    private static string Duration(TimeSpan by) => string.Create(CultureInfo.InvariantCulture, $"PT{Math.Ceiling(by.TotalSeconds):0}S");
}

/// <summary>Signs webhooks as the platforms do, with secrets made for this run.</summary>
internal sealed class WebhookSigner
{
    private readonly byte[] standardKey = RandomNumberGenerator.GetBytes(32);

    public string ShopifySecret { get; } = "shpss_" + RandomNumberGenerator.GetHexString(32, lowercase: true);

    public string WooCommerceSecret { get; } = RandomNumberGenerator.GetHexString(40, lowercase: true);

    public string StandardSecret => "whsec_" + Convert.ToBase64String(standardKey);

    /// <summary>The headers that the source sends with the delivery.</summary>
    public IEnumerable<(string Name, string Value)> Headers(DemoDelivery delivery, byte[] body, DateTimeOffset now) => delivery.Route switch
    {
        IntakeRoute.Shopify =>
        [
            ("X-Shopify-Topic", delivery.Topic), ("X-Shopify-Shop-Domain", "terra-e-fuoco.myshopify.com"), ("X-Shopify-Webhook-Id", delivery.Key),
            ("X-Shopify-Triggered-At", now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)), ("X-Shopify-Hmac-SHA256", Hmac(Encoding.UTF8.GetBytes(ShopifySecret), body)),
        ],
        IntakeRoute.WooCommerce =>
        [
            ("X-WC-Webhook-Topic", delivery.Topic), ("X-WC-Webhook-Delivery-ID", delivery.Key), ("X-WC-Webhook-Signature", Hmac(Encoding.UTF8.GetBytes(WooCommerceSecret), body)),
        ],
        IntakeRoute.Standard when now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) is var seconds =>
        [
            ("webhook-id", delivery.Key), ("webhook-timestamp", seconds),
            ("webhook-signature", "v1," + Hmac(standardKey, [.. Encoding.UTF8.GetBytes($"{delivery.Key}.{seconds}."), .. body])),
        ],
        _ => [("Idempotency-Key", delivery.Key)],
    };

    private static string Hmac(byte[] key, byte[] content) => Convert.ToBase64String(HMACSHA256.HashData(key, content));
}

/// <summary>Creates the demo shop as its owner would: settings, sources, API keys, sending on.</summary>
internal static class ShopSetup
{
    private static readonly string[] Languages = ["it", "en"];
    private static readonly string[] Weekday = ["09:00-13:00", "14:30-18:30"];
    private static readonly string[] Saturday = ["09:00-13:00"];
    private static readonly string[] ReadScope = ["read"];
    private static readonly string[] IngestScope = ["ingest"];

    /// <returns>An API key that reads, and one that posts touchpoints.</returns>
    public static async Task<(string Read, string Ingest)> Run(DemoClient client, WebhookSigner signer)
    {
        await client.Send(HttpMethod.Put, DemoClient.Path, new
        {
            name = "Terra e Fuoco",
            timeZone = "Europe/Rome",
            languages = Languages,
            businessHours = new { week = new { monday = Weekday, tuesday = Weekday, wednesday = Weekday, thursday = Weekday, friday = Weekday, saturday = Saturday } },
            deliveryPromiseDays = Season.PromiseDays,
            softOptIn = true,
            reviewUrl = "https://terraefuoco.example/recensioni",
            website = "https://terraefuoco.example",
        });
        await Connect("shopify", signer.ShopifySecret);
        await Connect("woocommerce", signer.WooCommerceSecret);
        await Connect("standard", signer.StandardSecret);
        await client.Send(HttpMethod.Put, $"{DemoClient.Path}/sending", new { sending = "on" });
        return (await Key("to explore the demo", ReadScope), await Key("help desk of the demo", IngestScope));

        Task Connect(string source, string secret) => client.Send(HttpMethod.Put, $"{DemoClient.Path}/sources/{source}", new { secret });

        async Task<string> Key(string name, string[] scopes) =>
            (await client.Send(HttpMethod.Post, $"{DemoClient.Path}/keys", new { name, scopes })).GetProperty("key").GetString()!;
    }
}
