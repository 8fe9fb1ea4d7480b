using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Cx.Standalone.Demo;

/// <summary>Everything outside the system: shops, a carrier, a help desk, a mail client and time. It knows nothing but HTTP.</summary>
internal sealed class OutsideWorld(Uri address, string adminKey, Signing signing, Ledger ledger) : IDisposable
{
    public const string Shop = "demo";
    public const string Path = $"api/shops/{Shop}";

    private readonly HttpClient http = new() { BaseAddress = address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", adminKey) } };

    private DateTimeOffset now;

    public async Task<JsonElement> Get(string path) => await http.GetFromJsonAsync<JsonElement>(path);

    /// <summary>Sends a request that must succeed.</summary>
    public async Task<JsonElement> Send(HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonSerializer.Deserialize<JsonElement>(text) : throw new IOException($"{method} {path} was answered {(int)response.StatusCode}: {text}");
    }

    /// <summary>Lets time pass up to an instant.</summary>
    public async Task MoveTo(DateTimeOffset at)
    {
        if (at > now)
        {
            var read = (await Get("api/dev/clock")).GetProperty("now").GetDateTimeOffset();
            now = at > read ? (await Send(HttpMethod.Post, "api/dev/clock", new { advance = Duration(at - read) })).GetProperty("now").GetDateTimeOffset() : read;
        }
    }

    public Task Post(Posting posting) => Post(posting, signing);

    /// <summary>Posts with a signature under secrets that are not the shop's.</summary>
    public Task Forge(Posting posting) => Post(posting, new Signing());

    /// <summary>Does what a mail client's unsubscribe button does (RFC 8058): posts to the link in the latest message's header.</summary>
    public async Task Unsubscribe(Person who)
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
                ledger.BookUnsubscribe((int)response.StatusCode);
                return;
            }
        }

        ledger.Complain($"{who.Name} got no message with an unsubscribe link");
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

    private async Task Post(Posting posting, Signing signed)
    {
        var body = Encoding.UTF8.GetBytes(posting.Body);
        var headers = signed.Headers(posting, body, now).ToList();
        var answers = await Task.WhenAll(Enumerable.Range(0, posting.Copies).Select(_ => Post(posting.Door, body, headers)));
        ledger.Book(posting, answers);
    }

    private async Task<(int Status, string Answer)> Post(Door door, byte[] body, List<(string Name, string Value)> headers)
    {
        var path = door == Door.Api ? $"{Path}/touchpoints" : $"{Path}/webhooks/{door.ToString().ToLowerInvariant()}";
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
