using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Cx.Application;
using Cx.Application.FollowUps.Unsubscribing;
using Cx.Application.Intake;
using Cx.Tests.EndToEnd;
using Cx.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>What a function answers is what the Standalone host answers.</summary>
public sealed class AnswerTests(TwoHosts hosts) : IClassFixture<TwoHosts>
{
    [Fact]
    public async Task Both_hosts_give_the_same_answers()
    {
        using var shop = await hosts.Standalone.Open("answers", sending: "off");
        using var same = new Shop(hosts.Worker.Address, shop.Name);
        await shop.Shopify("orders/create", "d-1", Payloads.Order(1, "ada@example.com", await shop.Now()));
        var customer = await shop.PathOf("ada@example.com");

        foreach (var (opened, method, path, body) in new (bool, HttpMethod, string, Func<HttpContent>?)[]
        {
            (false, HttpMethod.Get, "health/live", null),
            (false, HttpMethod.Get, "health/ready", null),
            (false, HttpMethod.Get, "api/schemas/touchpoint.json", null),
            (false, HttpMethod.Get, $"{shop.Path}/customers", null),
            (true, HttpMethod.Get, $"{shop.Path}/customers", null),
            (true, HttpMethod.Get, $"{shop.Path}/customers?limit=0", null),
            (true, HttpMethod.Get, $"{shop.Path}/customers?limit=many", null),
            (true, HttpMethod.Get, $"{shop.Path}{customer}", null),
            (true, HttpMethod.Get, $"{shop.Path}/customers/nobody", null),
            (true, HttpMethod.Get, "api/shops/nobodys/customers", null),
            (true, HttpMethod.Get, shop.Path, null),
            (true, HttpMethod.Post, $"{shop.Path}/customers/lookup", () => JsonContent.Create(new { email = "ada@example.com" })),
            (true, HttpMethod.Post, $"{shop.Path}/customers/lookup", () => new StringContent("{", Encoding.UTF8, "application/json")),
            (true, HttpMethod.Post, $"{shop.Path}/customers/lookup", () => new FormUrlEncodedContent([new("email", "ada@example.com")])),
            (true, HttpMethod.Post, $"{shop.Path}/touchpoints", () => JsonContent.Create(new { })),
            (false, HttpMethod.Post, $"{shop.Path}/webhooks/shopify", () => new StringContent("{}", Encoding.UTF8, "application/json")),
            (false, HttpMethod.Post, $"{shop.Path}/webhooks/myspace", () => new StringContent("{}", Encoding.UTF8, "application/json")),
            (false, HttpMethod.Get, "u/not-a-token", null),
            (false, HttpMethod.Delete, "u/not-a-token", null),
            (false, HttpMethod.Head, "health/live", null),
            (false, HttpMethod.Options, $"{shop.Path}/customers", null),
            (true, HttpMethod.Get, $"{shop.Path}/webhooks/shopify", null),
            (false, HttpMethod.Get, "docs/scalar.aspnetcore.js", null),
            (false, HttpMethod.Get, "openapi/v2.json", null),
        })
        {
            var one = await Seen(opened ? shop.Api : shop.Stranger, method, path, body);
            var other = await Seen(opened ? same.Api : same.Stranger, method, path, body);
            Assert.Equal((path, one), (path, other));
        }
    }

    [Fact]
    public async Task What_the_functions_host_would_answer_itself_is_answered_by_our_endpoints()
    {
        foreach (var address in new[] { hosts.Standalone.Address, hosts.Worker.Address })
        {
            using var stranger = new HttpClient { BaseAddress = address };
            foreach (var (method, path, status, code, allow) in new (HttpMethod, string, HttpStatusCode, string, string[])[]
            {
                (HttpMethod.Get, "", HttpStatusCode.NotFound, "unknown-route", []),
                (HttpMethod.Post, "no/such/route", HttpStatusCode.NotFound, "unknown-route", []),
                (HttpMethod.Get, "api/shops/x/touchpoints", HttpStatusCode.MethodNotAllowed, "method-not-allowed", ["POST"]),
                (HttpMethod.Delete, "health/ready", HttpStatusCode.MethodNotAllowed, "method-not-allowed", ["GET", "HEAD"]),
            })
            {
                using var answer = await stranger.SendAsync(new(method, path));
                Assert.Equal((path, status, "application/problem+json", code), (path, answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Code()));
                Assert.Equal(allow, answer.Content.Headers.Allow.Order(StringComparer.Ordinal));
            }

            using var head = await stranger.SendAsync(new(HttpMethod.Head, "health/ready"));
            Assert.Equal((HttpStatusCode.OK, ""), (head.StatusCode, await head.Content.ReadAsStringAsync()));
            using var docs = await stranger.GetAsync("docs/");
            Assert.Equal((HttpStatusCode.OK, "text/html"), (docs.StatusCode, docs.Content.Headers.ContentType?.MediaType));
        }
    }

    [Fact]
    public async Task A_signed_webhook_is_stored_and_a_copy_to_the_other_host_is_a_duplicate()
    {
        using var shop = await hosts.Standalone.Open("webhooks", sending: "off");
        using var same = new Shop(hosts.Worker.Address, shop.Name);
        var order = Payloads.Order(1, "grace@example.com", await shop.Now());

        var stored = await same.Shopify("orders/create", "d-1", order);
        var copy = await shop.Shopify("orders/create", "d-1", order);
        var forged = await same.Shopify("orders/create", "d-2", order, "another-secret");

        Assert.Equal((HttpStatusCode.OK, "applied"), (stored.StatusCode, (string)(await stored.Json())["status"]!));
        Assert.Equal((HttpStatusCode.OK, "duplicate"), (copy.StatusCode, (string)(await copy.Json())["status"]!));
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid-signature"), (forged.StatusCode, await forged.Code()));
        Assert.Equal((1L, 1L), await hosts.Standalone.Tables.Events(shop.Name, "order-placed.v1"));
    }

    [Fact]
    public async Task A_link_to_unsubscribe_shows_the_page_and_one_click_unsubscribes()
    {
        using var shop = await hosts.Standalone.Open("leaving", sending: "off");
        using var same = new Shop(hosts.Worker.Address, shop.Name);
        await shop.Shopify("orders/create", "d-1", Payloads.Order(1, "ada@example.com", await shop.Now()));
        var id = (await shop.Find("ada@example.com"))["id"]!.ToString();
        var path = "u/" + hosts.Worker.Services.GetRequiredService<UnsubscribeLinks>().Token(new(shop.Name, id, "email", "marketing"));

        Assert.Equal(await Seen(shop.Stranger, HttpMethod.Get, path, null), await Seen(same.Stranger, HttpMethod.Get, path, null));
        Assert.Equal((0L, 0L), await hosts.Standalone.Tables.Events(shop.Name, "consent-withdrawn.v1"));
        var click = await same.Stranger.PostAsync(path, new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]));
        Assert.Equal(HttpStatusCode.OK, click.StatusCode);
        Assert.Equal((1L, 1L), await hosts.Standalone.Tables.Events(shop.Name, "consent-withdrawn.v1"));
    }

    [Fact]
    public async Task The_description_lists_every_endpoint()
    {
        using var stranger = new HttpClient { BaseAddress = hosts.Worker.Address };
        var paths = JsonNode.Parse(await stranger.GetStringAsync("openapi/v1.json"))!["paths"]!.AsObject();

        var described = from path in paths from operation in path.Value!.AsObject() select ((string?)operation.Value!["operationId"], operation.Key.ToUpperInvariant(), path.Key.TrimStart('/'));
        Assert.Equal(ApiEndpoints.All.Select(e => ((string?)e.Name, e.Method, e.Route)).Order(), described.Order());
    }

    [Fact]
    public async Task A_body_is_bounded_and_the_server_does_not_name_itself()
    {
        using var shop = await hosts.Standalone.Open("bounded", sending: "off");
        using var same = new Shop(hosts.Worker.Address, shop.Name);

        var large = await same.Send("shopify", new byte[Incoming.MaxLength + 1]);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "body-too-large"), (large.StatusCode, await large.Code()));
        Assert.Empty(large.Headers.Server);
    }

    private static async Task<string> Seen(HttpClient client, HttpMethod method, string path, Func<HttpContent>? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body?.Invoke() };
        using var response = await client.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers).Where(h => h.Key is not ("Date" or "Transfer-Encoding" or "Content-Length")).OrderBy(h => h.Key);
        return $"""
            {(int)response.StatusCode}
            {string.Join('\n', headers.Select(h => $"{h.Key}: {string.Join(", ", h.Value)}"))}

            {await response.Content.ReadAsStringAsync()}
            """;
    }
}
