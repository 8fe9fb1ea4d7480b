using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>Nothing from outside is dated before 1970 or more than a day ahead, by whatever way it comes; an objection counts all the same.</summary>
public sealed class InstantTests(Running running) : IClassFixture<Running>
{
    [Theory]
    [InlineData("created_at", "9999-12-31T23:59:59Z")]
    [InlineData("processed_at", "9999-12-31T23:59:59Z")]
    [InlineData("updated_at", "2099-01-01T00:00:00Z")]
    [InlineData("updated_at", "1969-12-31T23:59:59Z")]
    public async Task A_delivery_that_dates_itself_out_of_bounds_is_kept_as_failed_and_names_the_field(string field, string instant)
    {
        using var shop = await running.Open($"dated-{field.Replace('_', '-')}-{instant[..4]}");
        var order = JsonNode.Parse(Payloads.Order(1, "ada@dated.example", await shop.Now()))!;
        order.AsObject().Remove("processed_at");
        order["created_at"] = order["updated_at"]!.DeepClone();
        order[field] = instant;

        await Fails(shop, await shop.Shopify("orders/create", "d-1", order.ToJsonString()), $"/{field}");
        Assert.Empty(await shop.All("/customers"));
    }

    [Fact]
    public async Task Every_kind_of_delivery_is_bounded()
    {
        using var shop = await running.Open("dated-kinds");
        var now = await shop.Now();
        await shop.Shopify("orders/create", "d-1", Payloads.Order(1, "ada@dated-kinds.example", now));
        var (ahead, far) = (Payloads.Instant(now.AddDays(1).AddMinutes(1)), "9999-12-31T23:59:59");

        await Fails(shop, await shop.Shopify("customers/update", "d-2", $$"""{"id":1000001,"email":"ada@dated-kinds.example","updated_at":"{{ahead}}"}"""), "/updated_at");
        await Fails(shop, await shop.Shopify("fulfillments/create", "d-3", Payloads.Fulfilment(1, now.AddDays(2))), "/created_at");
        await Fails(shop, await shop.Shopify("fulfillment_events/create", "d-4", Payloads.Delivered(1, now.AddDays(2))), "/happened_at");
        await Fails(shop, await shop.Shopify("checkouts/create", "d-5", $$"""{"id":9,"email":"ada@dated-kinds.example","created_at":"{{far}}Z","currency":"EUR","total_price":"1.00"}"""), "/created_at");
        var woo = JsonNode.Parse(Payloads.WooCommerce(2, "anna@dated-kinds.example", now, now, "processing"))!;
        woo["date_modified_gmt"] = far;
        await Fails(shop, await shop.WooCommerce("order.updated", woo.ToJsonString()), "/date_modified_gmt");
        await Fails(shop, await shop.Standard("s-1", Payloads.Touchpoint("t-1", "visit", now.AddDays(2), "anna@dated-kinds.example").ToJsonString()), "/occurredAt");
        Assert.Single(await shop.All("/customers"));
    }

    [Fact]
    public async Task Any_other_instant_out_of_bounds_costs_its_field()
    {
        using var shop = await running.Open("dated-fields");
        var now = await shop.Now();
        var order = JsonNode.Parse(Payloads.Order(1, "ada@dated-fields.example", now))!;
        order["cancelled_at"] = "2099-01-01T00:00:00Z";
        order["customer"]!["updated_at"] = "9999-12-31T23:59:59Z";
        var woo = JsonNode.Parse(Payloads.WooCommerce(2, "anna@dated-fields.example", now, now, "completed"))!;
        (woo["date_paid_gmt"], woo["date_completed_gmt"]) = ("1901-01-01T00:00:00", "9999-12-31T23:59:59");

        Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("orders/create", "d-1", order.ToJsonString())).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await shop.WooCommerce("order.updated", woo.ToJsonString())).StatusCode);

        var (ada, anna) = ((await shop.Find("ada@dated-fields.example"))["orders"]![0]!, (await shop.Find("anna@dated-fields.example"))["orders"]![0]!);
        Assert.Null((string?)ada["cancelledAt"]);
        Assert.Null((string?)anna["shippedAt"]);
    }

    [Fact]
    public async Task The_api_refuses_an_instant_out_of_bounds_and_names_it()
    {
        using var shop = await running.Open("dated-api");
        var now = await shop.Now();
        await shop.Touchpoints("k-1", Payloads.Touchpoint("t-1", "visit", now, "ada@dated-api.example"));
        var ada = await shop.PathOf("ada@dated-api.example");

        foreach (var instant in new[] { now.AddDays(1).AddMinutes(5), new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero), new(1969, 12, 31, 23, 59, 59, TimeSpan.Zero) })
        {
            await Refuses(shop.Touchpoints($"k-{instant.Year}", Payloads.Touchpoint("t-2", "visit", instant, "ada@dated-api.example")));
            await Refuses(shop.Api.PutAsJsonAsync($"{shop.Path}{ada}/consents", new { channel = "email", purpose = "marketing", given = true, occurredAt = instant }));
            await Refuses(shop.Api.PostAsJsonAsync($"{shop.Path}{ada}/complaints", new { channel = "email", text = "late", occurredAt = instant }));
        }

        static async Task Refuses(Task<HttpResponseMessage> request)
        {
            using var answer = await request;
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.Contains("/occurredAt", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("9999-12-31T23:59:59Z")]
    [InlineData("1901-01-01T00:00:00Z")]
    public async Task An_objection_counts_from_its_arrival_whatever_its_date(string instant)
    {
        using var shop = await running.Open($"dated-objection-{instant[..4]}");
        var now = await shop.Now();
        string[] ways = ["touchpoint", "api", "topic", "record"];
        foreach (var (i, way) in ways.Index())
        {
            var email = $"{way}@dated-objection.example";
            await shop.Shopify("orders/create", $"o-{i}", Payloads.Order(i + 1, email, now));
            var objection = Payloads.Touchpoint($"t-{i}", "consent", now, email, new { purpose = "marketing", given = false }, channel: "email");
            objection["occurredAt"] = instant;
            var consent = $$"""{"state":"unsubscribed","opt_in_level":"single_opt_in","consent_updated_at":"{{instant}}"}""";
            using var answer = await (way switch
            {
                "touchpoint" => shop.Touchpoints($"k-{i}", objection),
                "api" => shop.Api.PutAsJsonAsync($"{shop.Path}{await shop.PathOf(email)}/consents", new { channel = "email", purpose = "marketing", given = false, occurredAt = instant }),
                "topic" => shop.Shopify("customers_email_marketing_consent/update", $"c-{i}", $$"""{"customer_id":{{1_000_001 + i}},"email_address":"{{email}}","email_marketing_consent":{{consent}}}"""),
                _ => shop.Shopify("customers/update", $"u-{i}", $$"""{"id":{{1_000_001 + i}},"email":"{{email}}","updated_at":"{{Payloads.Instant(now)}}","email_marketing_consent":{{consent}}}"""),
            });

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var known = (await shop.Find(email))["consents"]!.AsArray().Single(c => (string)c!["purpose"]! == "marketing")!;
            Assert.False((bool)known["given"]!, way);
        }
    }

    private static async Task Fails(Shop shop, HttpResponseMessage answer, string field)
    {
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var reason = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["reason"]!;
        Assert.Contains(field, reason, StringComparison.Ordinal);
        Assert.Contains("from 1970-01-01 to a day after it arrives", reason, StringComparison.Ordinal);
        Assert.Contains((await shop.All("/failed-deliveries")).Select(f => (string)f["reason"]!), r => r == reason);
    }
}
