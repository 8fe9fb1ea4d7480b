using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>A delivery is applied once, however often it is sent.</summary>
public sealed class DeliveryKeyTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task Fifty_concurrent_copies_are_stored_once()
    {
        using var shop = await running.Open("fifty", sending: "off");
        var order = Payloads.Order(1, "ada@example.com", (await shop.Now()).AddHours(-1));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => shop.Shopify("orders/create", "d-1", order)));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        var statuses = await Task.WhenAll(answers.Select(async a => (string)(await a.Json())["status"]!));
        Assert.Equal((1, 49), (statuses.Count(s => s == "applied"), statuses.Count(s => s == "duplicate")));
        Assert.Equal((1L, 1L), await running.Tables.Events(shop.Name, "order-placed.v1"));
        Assert.Equal((1L, 1L), await running.Tables.Events(shop.Name, "customer-details-learned.v1"));
        Assert.Equal((1L, 1L), await running.Tables.Events(shop.Name, "consent-given.v2"));
        Assert.Equal((1L, 1L), (await running.Tables.Count("cx_deliveries", shop.Name), await running.Tables.Count("cx_customers", shop.Name)));
    }

    [Fact]
    public async Task The_same_order_under_fifty_concurrent_keys_is_one_order_of_one_customer()
    {
        using var shop = await running.Open("fifty-keys", sending: "off");
        var order = Payloads.Order(1, "ada@example.com", (await shop.Now()).AddHours(-1));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => shop.Shopify("orders/create", $"d-{i}", order)));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        Assert.Equal((1L, 1L), await running.Tables.Events(shop.Name, "order-placed.v1"));
        Assert.Single(await shop.All("/customers"));
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_recorded_as_a_conflict()
    {
        using var shop = await running.Open("conflict", sending: "off");
        var now = await shop.Now();
        await shop.Shopify("orders/create", "d-1", Payloads.Order(1, "ada@example.com", now));

        var webhook = await shop.Shopify("orders/create", "d-1", Payloads.Order(2, "grace@example.com", now));
        Assert.Equal((HttpStatusCode.OK, "conflict"), (webhook.StatusCode, (string)(await webhook.Json())["status"]!));
        Assert.Equal(1, await running.Tables.Count("cx_delivery_conflicts", shop.Name));

        await shop.Touchpoints("k-1", Payloads.Touchpoint("v-1", "visit", now, "ada@example.com"));
        var api = await shop.Touchpoints("k-1", Payloads.Touchpoint("v-2", "visit", now, "ada@example.com"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency-key-reused"), (api.StatusCode, await api.Code()));
        Assert.Equal(2, await running.Tables.Count("cx_delivery_conflicts", shop.Name));
        Assert.Single(await shop.All("/customers"));
        Assert.Equal((1L, 1L), await running.Tables.Events(shop.Name, "visit-made.v1"));
    }

    [Fact]
    public async Task A_key_repeated_with_other_items_is_a_conflict_and_none_of_them_is_applied()
    {
        using var shop = await running.Open("conflict-of-many", sending: "off");
        var now = await shop.Now();
        var first = Payloads.Touchpoint("v-1", "visit", now, "ada@example.com").ToJsonString();
        var second = Payloads.Touchpoint("v-2", "visit", now, "grace@example.com").ToJsonString();
        await shop.Standard("d-1", first);
        await shop.Standard("d-2", $"[{first},{second}]");

        string[] again = [$"[{first},{second}]", first, $"[{second},{first}]"];
        var keys = new[] { "d-1", "d-2", "d-2" };
        foreach (var (key, body) in keys.Zip(again))
        {
            var answer = await shop.Standard(key, body);
            Assert.Equal((HttpStatusCode.OK, "conflict"), (answer.StatusCode, (string)(await answer.Json())["status"]!));
        }

        var copy = await shop.Standard("d-2", $"[{first},{second}]");
        Assert.Equal("duplicate", (string)(await copy.Json())["status"]!);
        Assert.Equal(3, await running.Tables.Count("cx_delivery_conflicts", shop.Name));
        Assert.Equal(3, await running.Tables.Count("cx_deliveries", shop.Name));
    }

    [Theory]
    [InlineData("msg", "msg#1")]
    [InlineData("msg#1", "msg#1#1")]
    [InlineData("msg#1#1", "msg#1")]
    [InlineData("msg#1", "msg")]
    public async Task A_key_that_reads_as_that_of_an_item_is_another_key(string ofTwo, string ofOne)
    {
        using var shop = await running.Open($"keys-{ofTwo.Length}-{ofOne.Length}", sending: "off");
        var now = await shop.Now();
        var (two, one) = (new[] { Visit("v-1"), Visit("v-2") }, new[] { Visit("v-3") });
        foreach (var (key, body) in new[] { (ofTwo, two), (ofOne, one) })
        {
            Assert.Equal("applied", (string)(await (await shop.Standard(key, JsonSerializer.Serialize(body))).Json())["status"]!);
            Assert.Equal("duplicate", (string)(await (await shop.Standard(key, JsonSerializer.Serialize(body))).Json())["status"]!);
            Assert.All(await Statuses(await shop.Touchpoints(key, body)), status => Assert.NotEqual("conflict", status));
            Assert.All(await Statuses(await shop.Touchpoints(key, body)), status => Assert.Equal("duplicate", status));
        }

        Assert.Equal((6L, 1L), await running.Tables.Events(shop.Name, "visit-made.v1"));      // three by each way in
        Assert.Equal(0, await running.Tables.Count("cx_delivery_conflicts", shop.Name));

        JsonObject Visit(string id) => Payloads.Touchpoint(id, "visit", now, "ada@example.com");
    }

    [Fact]
    public async Task A_webhook_carries_as_many_touchpoints_as_a_request()
    {
        using var shop = await running.Open("limit", sending: "off");
        var visit = Payloads.Touchpoint("v-1", "visit", await shop.Now(), "ada@example.com").ToJsonString();
        var tooMany = $"[{string.Join(',', Enumerable.Repeat(visit, 501))}]";

        foreach (var answer in new[] { await shop.Standard("d-1", tooMany), await shop.Standard("d-2", $$"""{"touchpoints":{{tooMany}}}"""), await shop.Touchpoints("k-1", JsonNode.Parse(tooMany)!) })
        {
            Assert.Equal((HttpStatusCode.UnprocessableEntity, "invalid-item-count"), (answer.StatusCode, await answer.Code()));
            Assert.Contains("1 to 500 touchpoints; this one has 501", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Empty((await shop.Get("/failed-deliveries"))["items"]!.AsArray());
        Assert.Equal(0, await running.Tables.Count("cx_deliveries", shop.Name));
        Assert.Equal(HttpStatusCode.OK, (await shop.Standard("d-1", $"[{string.Join(',', Enumerable.Repeat(visit, 500))}]")).StatusCode);
    }

    [Fact]
    public async Task An_unknown_topic_is_acknowledged_and_archived()
    {
        using var shop = await running.Open("unknown-topic");
        var events = await running.Tables.Count("mt_events", shop.Name);
        var answer = await shop.Shopify("themes/publish", "d-1", "{\"id\":1}");
        Assert.Equal((HttpStatusCode.OK, "acknowledged"), (answer.StatusCode, (string)(await answer.Json())["status"]!));
        Assert.Equal((1L, events), (await running.Tables.Count("cx_archive", shop.Name), await running.Tables.Count("mt_events", shop.Name)));
    }

    [Fact]
    public async Task A_touchpoint_batch_has_a_result_for_each_item_and_may_be_repeated()
    {
        using var shop = await running.Open("batch", sending: "off");
        var now = await shop.Now();
        object[] batch =
        [
            Payloads.Touchpoint("v-1", "visit", now.AddHours(-2), "ada@example.com"),
            Payloads.Touchpoint("x-1", "no-such-type", now, "ada@example.com"),
            Payloads.Touchpoint("f-1", "feedback", now.AddHours(-1), "grace@example.com", new { kind = "csat", score = 6 }),
            Payloads.Touchpoint("f-2", "feedback", now.AddHours(-1), "grace@example.com", new { kind = "csat", score = 5 }),
        ];

        var first = await shop.Touchpoints("batch-1", batch);
        var rows = await running.Tables.Rows(shop.Name);
        var again = await shop.Touchpoints("batch-1", batch);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, again.StatusCode));
        Assert.Equal(["applied", "invalid", "invalid", "applied"], await Statuses(first));
        Assert.Equal(["duplicate", "invalid", "invalid", "duplicate"], await Statuses(again));
        var errors = (await first.Json())["items"]![2]!["errors"]!.AsArray();
        Assert.Equal("/data/score", (string)Assert.Single(errors)!["path"]!);
        Assert.Equal(rows, await running.Tables.Rows(shop.Name));
    }

    private static async Task<string[]> Statuses(HttpResponseMessage response) => [.. (await response.Json())["items"]!.AsArray().Select(i => (string)i!["status"]!)];
}
