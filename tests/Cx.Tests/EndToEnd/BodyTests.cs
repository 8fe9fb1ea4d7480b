using System.Net;
using System.Net.Sockets;
using System.Text;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>The limits of a body: complete JSON, at most 64 levels and 1 MiB, within 10 s.</summary>
public sealed class BodyTests(Running running) : IClassFixture<Running>
{
    [Theory, InlineData(""), InlineData("   "), InlineData("not json"), InlineData("{\"id\":1"), InlineData("{} {}")]
    public async Task What_is_authentic_and_no_JSON_is_kept_as_failed(string body)
    {
        using var shop = await running.Open($"not-json-{Guid.NewGuid():N}", sending: "off");

        Assert.Equal(HttpStatusCode.Accepted, (await shop.Shopify("orders/create", "d-1", body)).StatusCode);

        Assert.Contains("PHP", (string)Assert.Single(await shop.All("/failed-deliveries"))["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_is_64_deep_at_most()
    {
        using var shop = await running.Open("deep");
        Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("themes/update", "d-64", new string('[', 64) + new string(']', 64))).StatusCode);
        await AssertRefused("deep-65", new string('[', 65) + new string(']', 65), HttpStatusCode.BadRequest, "invalid-json");
    }

    [Fact]
    public async Task A_body_is_1_MiB_at_most()
    {
        using var shop = await running.Open("long");
        Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("themes/update", "d-1", $"\"{new string('x', (1024 * 1024) - 2)}\"")).StatusCode);
        await AssertRefused("longer", $"\"{new string('x', (1024 * 1024) - 1)}\"", HttpStatusCode.RequestEntityTooLarge, "body-too-large");
    }

    [Fact]
    public async Task A_body_without_a_length_is_read_whole()
    {
        using var shop = await running.Open("chunked", sending: "off");
        var now = await shop.Now();
        var contacts = Enumerable.Range(0, 15).Select(i =>
            Payloads.Touchpoint($"c-{i}", "contact", now, "ada@example.com", new { text = new string((char)('a' + i), 19_000) }).ToJsonString());

        // Not JsonContent: its pooled buffers would hold the same text at the same place as the host's, and hide what was not copied.
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{shop.Path}/touchpoints")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes($"[{string.Join(',', contacts)}]")),
            Headers = { { "Idempotency-Key", "k-1" } },
        };
        request.Headers.TransferEncodingChunked = true;
        var answer = await shop.Api.SendAsync(request);

        Assert.Equal(15, (await answer.Json())["items"]!.AsArray().Count(i => (string)i!["status"]! == "applied"));
    }

    [Fact]
    public async Task An_incomplete_body_stores_nothing()
    {
        using var shop = await running.Open("broken-off");
        var before = await running.Tables.Rows(shop.Name);

        using (var connection = await Begin(shop))
        {
            connection.Close();
        }

        // An answer to a later request shows that the host has finished with the broken connection.
        Assert.Equal(HttpStatusCode.OK, (await shop.Api.GetAsync("health/ready")).StatusCode);
        Assert.Equal(before, await running.Tables.Rows(shop.Name));
    }

    [Fact]
    public async Task A_body_that_does_not_arrive_times_out()
    {
        using var shop = await running.Open("slow");
        var before = await running.Tables.Rows(shop.Name);

        using var connection = await Begin(shop);
        using var reader = new StreamReader(connection.GetStream());

        Assert.StartsWith("HTTP/1.1 408", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(before, await running.Tables.Rows(shop.Name));
    }

    private async Task AssertRefused(string name, string body, HttpStatusCode status, string code)
    {
        using var shop = await running.Open(name);
        var before = await running.Tables.Rows(shop.Name);
        var answer = await shop.Shopify("orders/create", "d-1", body);
        Assert.Equal((status, code), (answer.StatusCode, await answer.Code()));
        Assert.Equal(before, await running.Tables.Rows(shop.Name));
    }

    /// <summary>A delivery of a thousand bytes whose first ten arrive.</summary>
    private static async Task<TcpClient> Begin(Shop shop)
    {
        var body = Payloads.Order(1, "ada@example.com", await shop.Now(), title: new string('x', 1000));
        var connection = new TcpClient();
        await connection.ConnectAsync("127.0.0.1", shop.Api.BaseAddress!.Port);
        var head = $"""
            POST /{shop.Path}/webhooks/shopify HTTP/1.1
            Host: 127.0.0.1
            Content-Length: {body.Length}
            X-Shopify-Topic: orders/create
            X-Shopify-Webhook-Id: d-1
            X-Shopify-Shop-Domain: bottega.myshopify.com
            X-Shopify-Hmac-SHA256: {Shop.Sign(Encoding.UTF8.GetBytes(Shop.ShopifySecret), body)}


            """.ReplaceLineEndings("\r\n");
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + body[..10]));
        return connection;
    }
}
