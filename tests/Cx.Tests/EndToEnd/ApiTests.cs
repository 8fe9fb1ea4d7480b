using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cx.Application.Api;
using Cx.Application.Customers;
using Cx.Application.FollowUps;
using Cx.Application.Intake;
using Cx.Application.Shops;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>The rules that every part of the API follows.</summary>
public sealed partial class ApiTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task Paged_lists_neither_lose_nor_repeat_items()
    {
        using var shop = await running.Open("paging", sending: "off");
        var now = await shop.Now();
        for (var i = 0; i < 11; i++)
        {
            await shop.Touchpoints($"k-{i}", Payloads.Touchpoint($"v-{i}", "visit", now.AddMinutes(-i), $"visitor-{i}@example.com"));
            await shop.Touchpoints($"m-{i}", Payloads.Touchpoint($"w-{i}", "visit", now.AddMinutes(-i), "visitor-0@example.com"));
        }

        var path = await shop.PathOf("visitor-0@example.com");
        foreach (var list in new[] { "/customers", $"{path}/touchpoints", $"{path}/touchpoints?order=desc" })
        {
            var whole = (await shop.Get(list))["items"]!.AsArray().Select(i => i!.ToJsonString()).ToList();
            Assert.True(whole.Count > 10);
            Assert.Equal(whole.Select(Key), (await shop.All(list, limit: 3)).Select(i => Key(i.ToJsonString())));
        }

        Assert.Equal("invalid-limit", await (await shop.Api.GetAsync($"{shop.Path}/customers?limit=0")).Code());
        Assert.Equal("invalid-cursor", await (await shop.Api.GetAsync($"{shop.Path}/customers?cursor=%00")).Code());

        static string Key(string item) => JsonNode.Parse(item) is var node && node!["sequence"] is { } sequence ? sequence.ToString() : node!["id"]!.ToString();
    }

    [Fact]
    public async Task A_key_gives_access_to_its_scope_of_its_shop_and_nothing_else()
    {
        using var shop = await running.Open("scopes");
        using var other = await running.Open("scopes-other");
        var made = await shop.Post("/keys", new { name = "till", scopes = new[] { "read" } });
        using var reader = Contract.Client(shop.Api.BaseAddress!, (string)made["key"]!);

        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync($"{shop.Path}/customers")).StatusCode);
        foreach (var closed in new[]
        {
            await reader.GetAsync($"{other.Path}/customers"), await reader.GetAsync($"{shop.Path}/keys"), await reader.GetAsync("api/shops"),
            await reader.PostAsJsonAsync($"{shop.Path}/touchpoints", new { }), await reader.DeleteAsync($"{shop.Path}/customers/x"),
        })
        {
            Assert.Equal((HttpStatusCode.Forbidden, "missing-scope"), (closed.StatusCode, await closed.Code()));
        }

        foreach (var endpoint in Endpoints.Where(e => e.Access != Access.Public))
        {
            var address = Parameter().Replace(endpoint.Route.Replace("{shop}", shop.Name, StringComparison.Ordinal), "x");
            var answer = await shop.Stranger.SendAsync(new(new HttpMethod(endpoint.Method), address) { Content = endpoint.Method is "GET" or "DELETE" ? null : JsonContent.Create(new { }) });
            Assert.Equal((endpoint.Name, HttpStatusCode.Unauthorized), (endpoint.Name, answer.StatusCode));
        }

        Assert.DoesNotContain((string)made["key"]!, (await shop.Get("/keys")).ToJsonString(), StringComparison.Ordinal);
        await shop.Api.DeleteAsync($"{shop.Path}/keys/{made["id"]}");
        Assert.Equal(HttpStatusCode.Unauthorized, (await reader.GetAsync($"{shop.Path}/customers")).StatusCode);
    }

    [Fact]
    public async Task A_change_with_an_outdated_ETag_is_refused()
    {
        using var shop = await running.Open("etags");
        var read = await shop.Api.GetAsync(shop.Path);
        var settings = new { name = "Bottega nuova", timeZone = "Europe/Rome", languages = new[] { "it" } };

        Assert.Equal(HttpStatusCode.OK, (await Change(read.Headers.ETag!)).StatusCode);
        var late = await Change(read.Headers.ETag!);
        Assert.Equal((HttpStatusCode.PreconditionFailed, "version-changed"), (late.StatusCode, await late.Code()));

        Task<HttpResponseMessage> Change(EntityTagHeaderValue seen) =>
            shop.Api.SendAsync(new(HttpMethod.Put, shop.Path) { Content = JsonContent.Create(settings), Headers = { IfMatch = { seen } } });
    }

    [Fact]
    public async Task The_description_lists_every_route()
    {
        using var shop = await running.Open("described");
        var description = JsonNode.Parse(await shop.Stranger.GetStringAsync("openapi/v1.json"))!;
        foreach (var endpoint in Endpoints)
        {
            var operation = description["paths"]![$"/{endpoint.Route}"]?[endpoint.Method.ToLowerInvariant()];
            Assert.Equal((endpoint.Name, endpoint.Summary), ((string?)operation?["operationId"], (string?)operation?["summary"]));
        }

        Assert.Equal(Endpoints.Count, Endpoints.Select(e => e.Name).Distinct().Count());
        var schema = JsonNode.Parse(await shop.Stranger.GetStringAsync("api/schemas/touchpoint.json"))!;
        Assert.Equal("/api/schemas/touchpoint.json", (string)schema["$id"]!);
    }

    [Fact]
    public async Task Health_and_unknown_addresses_are_answered_as_documented()
    {
        using var shop = await running.Open("health");
        Assert.Equal("live", (string)JsonNode.Parse(await shop.Stranger.GetStringAsync("health/live"))!["status"]!);
        Assert.Equal("ready", (string)JsonNode.Parse(await shop.Stranger.GetStringAsync("health/ready"))!["status"]!);
        foreach (var (path, status, code) in new[]
        {
            ("no/such/route", HttpStatusCode.NotFound, "unknown-route"), ("api/shops/nobodys/customers", HttpStatusCode.NotFound, "unknown-shop"),
            ($"{shop.Path}/customers/nobody", HttpStatusCode.NotFound, "unknown-customer"), ($"{shop.Path}/messages/none", HttpStatusCode.NotFound, "unknown-message"),
        })
        {
            var answer = await shop.Api.GetAsync(path);
            Assert.Equal((status, "application/problem+json", code), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType, await answer.Code()));
        }

        var get = await shop.Api.GetAsync($"{shop.Path}/touchpoints");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "method-not-allowed"), (get.StatusCode, await get.Code()));
        var form = await shop.Api.PostAsync($"{shop.Path}/customers/lookup", new FormUrlEncodedContent([new("email", "ada@example.com")]));
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupported-media-type"), (form.StatusCode, await form.Code()));
    }

    [Fact]
    public async Task Instants_are_UTC_and_amounts_are_decimal_strings()
    {
        using var shop = await running.Open("shapes");
        await FollowUpTests.Deliver(shop, "ada@shapes.example", 31);
        await shop.Advance("P8D");
        var path = await shop.PathOf("ada@shapes.example");
        var followUp = (await shop.Get($"{path}/follow-ups"))["items"]![0]!["id"];
        var message = (await shop.Get("/messages"))["items"]![0]!["id"];
        foreach (var list in new[] { "/customers", $"{path}/touchpoints", $"{path}/follow-ups", "/messages", "/failed-deliveries", "/sources", "/keys" })
        {
            var page = (await shop.Get(list)).AsObject();
            Assert.Equal((list, "items,next"), (list, string.Join(',', page.Select(p => p.Key))));
            AssertShape(page, list);
        }

        foreach (var item in new[] { path, $"{path}/experience", $"{path}/export", $"/follow-ups/{followUp}/steps/review-request/why", $"/messages/{message}", "", "/sending" })
        {
            AssertShape(await shop.Get(item), item);
        }

        var order = (await shop.Get(path))["orders"]![0]!;
        Assert.Equal("""{"amount":"129.90","currency":"EUR"}""", order["total"]!.ToJsonString());
        var placed = Assert.Single(await shop.All($"{path}/touchpoints"), t => (string)t["type"]! == "order-placed.v1");
        Assert.Equal("shopify", (string)placed["source"]!);
        Assert.True((long)placed["sequence"]! > 0);
    }

    private static IReadOnlyList<Endpoint> Endpoints { get; } = [.. IntakeEndpoints.All, .. CustomerEndpoints.All, .. FollowUpEndpoints.All, .. ShopEndpoints.All];

    private static void AssertShape(JsonNode? node, string at)
    {
        switch (node)
        {
            case JsonObject o:
                foreach (var (name, value) in o.Where(p => p.Key is not "payloads"))     // those are as they were posted
                {
                    Assert.True(char.IsLower(name[0]) || at.EndsWith("/headers", StringComparison.Ordinal), $"{at}/{name}");
                    Assert.False(value?.GetValueKind() == JsonValueKind.Number && name is "amount" or "price" or "total", $"{at}/{name}");
                    AssertShape(value, $"{at}/{name}");
                }

                break;
            case JsonArray a:
                foreach (var item in a)
                {
                    AssertShape(item, at);
                }

                break;
            case JsonValue v when v.GetValueKind() == JsonValueKind.String && Moment().IsMatch(v.GetValue<string>()):
                Assert.True(v.GetValue<string>().EndsWith('Z'), $"{at}: {v}");
                break;
        }
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT")]
    private static partial Regex Moment();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
