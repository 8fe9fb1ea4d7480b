using System.Net;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>Only signed deliveries are accepted; a forged one stores nothing.</summary>
public sealed class AuthenticityTests(Running running) : IClassFixture<Running>
{
    private const string Other = "another-secret-entirely";

    [Fact]
    public async Task A_forged_delivery_is_refused_and_stores_nothing()
    {
        using var shop = await running.Open("forged");
        var now = await shop.Now();
        var order = Payloads.Order(1, "ada@example.com", now);
        var before = await running.Tables.Rows(shop.Name);

        HttpResponseMessage[] answers =
        [
            await shop.Shopify("orders/create", "d-1", order, Other),
            await shop.WooCommerce("order.created", Payloads.WooCommerce(1, "ada@example.com", now, now, "processing"), Other),
            await shop.Send("shopify", "{}"u8.ToArray()),
            await shop.Send("shopify", System.Text.Encoding.UTF8.GetBytes(order + " "), ("X-Shopify-Topic", "orders/create"), ("X-Shopify-Webhook-Id", "d-1"),
                ("X-Shopify-Shop-Domain", "bottega.myshopify.com"), ("X-Shopify-Hmac-SHA256", Shop.Sign(System.Text.Encoding.UTF8.GetBytes(Shop.ShopifySecret), order))),
        ];

        foreach (var answer in answers)
        {
            Assert.Equal((HttpStatusCode.Unauthorized, "invalid-signature"), (answer.StatusCode, await answer.Code()));
        }

        Assert.Equal(before, await running.Tables.Rows(shop.Name));
    }

    [Theory, InlineData(-301, false), InlineData(-290, true), InlineData(290, true), InlineData(320, false)]
    public async Task A_signature_is_valid_for_five_minutes(int seconds, bool accepted)
    {
        using var shop = await running.Open($"tolerance-{seconds + 1000}");
        var now = await shop.Now();
        var visit = Payloads.Touchpoint("v-1", "visit", now.AddHours(-1), "ada@example.com").ToJsonString();

        var answer = await shop.Standard("msg-1", visit, now.AddSeconds(seconds));

        Assert.Equal(accepted ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(accepted ? 1 : 0, await running.Tables.Count("cx_deliveries", shop.Name));
    }

    [Fact]
    public async Task While_a_secret_rotates_both_are_accepted_and_afterwards_one()
    {
        using var shop = await running.Open("rotation");
        var now = await shop.Now();
        async Task<HttpStatusCode> Post(string id, string secret) => (await shop.Shopify("orders/create", id, Payloads.Order(1, "ada@example.com", now), secret)).StatusCode;

        await shop.Connect("shopify", Other, secondSecret: Shop.ShopifySecret);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await Post("d-1", Shop.ShopifySecret), await Post("d-2", Other)));

        await shop.Connect("shopify", Other);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await Post("d-3", Shop.ShopifySecret), await Post("d-4", Other)));
    }

    [Fact]
    public async Task Too_many_authentic_requests_get_429_and_forged_ones_do_not_count()
    {
        using var shop = await running.Open("limited");
        var order = Payloads.Order(1, "ada@example.com", await shop.Now());
        await shop.Connect("shopify", Shop.ShopifySecret, requestsPerSecond: 1);

        var forged = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => shop.Shopify("orders/create", $"f-{i}", order, Other)));
        var authentic = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => shop.Shopify("orders/create", $"a-{i}", order)));

        Assert.All(forged, r => Assert.Equal(HttpStatusCode.Unauthorized, r.StatusCode));
        Assert.Contains(authentic, r => r.StatusCode == HttpStatusCode.OK);
        var refused = authentic.Where(r => r.StatusCode != HttpStatusCode.OK).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, r => Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(1)), (r.StatusCode, r.Headers.RetryAfter!.Delta)));
        Assert.Equal("too-many-requests", await refused[0].Code());
        Assert.Equal(authentic.Length - refused.Count, await running.Tables.Count("cx_deliveries", shop.Name));
    }

    [Fact]
    public async Task Without_a_secret_a_shop_or_source_that_does_not_exist_looks_like_one_that_does()
    {
        using var shop = await running.Open("door");
        await shop.Api.DeleteAsync($"{shop.Path}/sources/standard");
        using var nobodys = new Shop(shop.Api.BaseAddress!, "nobodys");
        var order = Payloads.Order(1, "ada@example.com", await shop.Now());

        HttpResponseMessage[] answers =
        [
            await shop.Shopify("orders/create", "d-1", order, Other),               // the shop and its source are there
            await nobodys.Shopify("orders/create", "d-1", order, Other),
            await nobodys.WooCommerce("order.created", order, Other),
            await shop.Standard("msg-1", "{}"),                                     // signed, but disconnected
            await shop.Send("myspace", "{}"u8.ToArray()),
            await nobodys.Send("myspace", "no JSON"u8.ToArray()),
            await new Shop(shop.Api.BaseAddress!, "No%20shop's%20name").Send("shopify", "{}"u8.ToArray()),
        ];

        var seen = await Task.WhenAll(answers.Select(async a => (a.StatusCode, Body: await a.Content.ReadAsStringAsync())));
        Assert.Equal(HttpStatusCode.Unauthorized, seen[0].StatusCode);
        Assert.Single(seen.Distinct());
    }

    [Theory, InlineData("hello"), InlineData("nobodys")]
    public async Task The_connection_test_of_WooCommerce_is_answered_without_a_signature_by_any_shop(string name)
    {
        using var shop = name == "hello" ? await running.Open(name) : new Shop(running.Host.Address, name);
        var before = await running.Tables.Rows(shop.Name);

        var answer = await shop.Stranger.PostAsync($"{shop.Path}/webhooks/woocommerce", new FormUrlEncodedContent([new("webhook_id", "7")]));

        Assert.Equal((HttpStatusCode.OK, "acknowledged"), (answer.StatusCode, (string)(await answer.Json())["status"]!));
        Assert.Equal(before, await running.Tables.Rows(shop.Name));
    }

    [Fact]
    public async Task The_address_for_webhooks_is_the_public_one_whatever_the_caller_calls_the_host()
    {
        using var shop = await running.Open("address");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{shop.Path}/sources") { Headers = { Host = "evil.example" } };

        var sources = (await (await shop.Api.SendAsync(request)).Json())["items"]!.AsArray();

        Assert.Equal(3, sources.Count);
        Assert.All(sources, s => Assert.Equal($"{Installation.PublicUrl}{shop.Path}/webhooks/{s!["name"]}", (string)s["webhook"]!));
    }
}
