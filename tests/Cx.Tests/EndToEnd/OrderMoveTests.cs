using System.Net;
using System.Text.Json.Nodes;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>An order that the shop assigns to another customer moves there alone, whichever platform says so.</summary>
public sealed class OrderMoveTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task Only_the_reassigned_order_moves_and_what_concerns_the_other_goes_where_it_went()
    {
        using var shop = await Open("moved");
        var now = await shop.Now();
        await Shopify(shop, 1, now, "ada@moved.example", "Ada", 5);
        await Shopify(shop, 2, now, "ada@moved.example", "Ada", 5);
        await shop.Advance("PT2H");

        await Shopify(shop, 2, now, "bea@moved.example", "Bea", 6, now.AddHours(1));
        await shop.Shopify("fulfillments/create", "f-1", Payloads.Fulfilment(1, now.AddHours(1)));
        await shop.Shopify("fulfillments/create", "f-2", Payloads.Fulfilment(2, now.AddHours(1)));
        await shop.Advance("P16D");

        var (ada, bea) = (await shop.Find("ada@moved.example"), await shop.Find("bea@moved.example"));
        Assert.Equal(2, (await shop.All("/customers")).Count);
        Assert.Equal(("Ada Lovelace", "5", "1"), Said(ada));
        Assert.Equal(("Bea Lovelace", "6", "2"), Said(bea));
        var sent = await Sent(shop);
        Assert.Equal(["ada@moved.example"], sent.Where(m => m.Order == "1").Select(m => m.To).Distinct());
        Assert.Contains(sent, m => m is { Order: "1", Step: "review-request" });
        Assert.Equal(
            [("review-request", "bea@moved.example"), ("thank-you", "ada@moved.example"), ("thank-you", "bea@moved.example")],
            sent.Where(m => m.Order == "2").Select(m => (m.Step, m.To)).Order());
    }

    [Fact]
    public async Task A_woocommerce_order_of_another_customer_id_moves_and_moves_back()
    {
        using var shop = await Open("woo-moved");
        var now = await shop.Now();
        await Woo(shop, 1, now, now, 7, "anna@woo-moved.example");
        await shop.Advance("PT1H");
        await Woo(shop, 1, now, now.AddHours(1), 8, "bruno@woo-moved.example");
        await shop.Advance("PT1H");
        Assert.Empty((await shop.Find("anna@woo-moved.example"))["orders"]!.AsArray());
        Assert.Single((await shop.Find("bruno@woo-moved.example"))["orders"]!.AsArray());

        await Woo(shop, 1, now, now.AddHours(2), 7, "anna@woo-moved.example", completed: now.AddHours(2));
        await Woo(shop, 1, now, now.AddHours(1.5), 8, "bruno@woo-moved.example");
        await shop.Advance("P16D");

        Assert.Single((await shop.Find("anna@woo-moved.example"))["orders"]!.AsArray());
        Assert.Empty((await shop.Find("bruno@woo-moved.example"))["orders"]!.AsArray());
        Assert.Equal(
            [("review-request", "anna@woo-moved.example"), ("thank-you", "anna@woo-moved.example"), ("thank-you", "bruno@woo-moved.example")],
            (await Sent(shop)).Select(m => (m.Step, m.To)).Order());
    }

    [Fact]
    public async Task A_step_that_the_address_got_already_is_skipped_and_why_is_told()
    {
        using var shop = await Open("not-repeated");
        var now = await shop.Now();
        await Shopify(shop, 1, now, "family@not-repeated.example", "Ada", 5);
        await shop.Advance("PT1H");
        await Shopify(shop, 1, now, "family@not-repeated.example", "Bea", 6, now.AddHours(1));
        await shop.Advance("PT1H");

        var customers = await shop.All("/customers");
        var bea = customers.Single(c => (int)c["orders"]! == 1);
        var ada = customers.Single(c => (int)c["orders"]! == 0);
        Assert.Single(await Sent(shop));
        var (present, former) = (await Why(shop, bea, "thank-you"), await Why(shop, ada, "review-request"));
        Assert.Equal("already-received", (string)present["step"]!["reason"]!);
        Assert.Contains("the address got this step already", string.Join('\n', present["summary"]!.AsArray().Select(s => (string)s!)), StringComparison.Ordinal);
        Assert.Equal("orders/updated", (string)present["delivery"]!["topic"]!);
        Assert.Equal("order-placed.v1", (string)present["trigger"]!["type"]!);
        Assert.Equal("order-reassigned", (string)former["step"]!["reason"]!);
    }

    [Fact]
    public async Task An_export_after_a_move_holds_nothing_of_the_other_person()
    {
        using var shop = await Open("moved-export");
        var now = await shop.Now();
        await Shopify(shop, 1, now, "ada@moved-export.example", "Ada", 5);
        await Shopify(shop, 1, now, "bea@moved-export.example", "Bea", 6, now.AddMinutes(1));
        await Shopify(shop, 1, now, "ada@moved-export.example", "Ada", 5, now.AddSeconds(30));

        var (ada, bea) = (await Export(shop, "ada@moved-export.example"), await Export(shop, "bea@moved-export.example"));

        Assert.DoesNotContain("bea@", ada, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("ada@", bea, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("order-reassigned.v1", ada, StringComparison.Ordinal);
        Assert.Contains("order-reassigned.v1", bea, StringComparison.Ordinal);
    }

    private async Task<Shop> Open(string name)
    {
        var shop = await running.Open(name);
        await shop.Put("", new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "en", "it" }, reviewUrl = "https://bottega.example/review", softOptIn = true });
        return shop;
    }

    private static async Task Shopify(Shop shop, long id, DateTimeOffset placed, string email, string first, long customer, DateTimeOffset? updated = null) => Assert.Equal(
        HttpStatusCode.OK,
        (await shop.Shopify(
            updated is null ? "orders/create" : "orders/updated", Guid.NewGuid().ToString(),
            Payloads.Order(id, email, placed, updated, status: "paid", first: first, customer: customer))).StatusCode);

    private static async Task Woo(Shop shop, long id, DateTimeOffset created, DateTimeOffset modified, int customer, string email, DateTimeOffset? completed = null)
    {
        var order = JsonNode.Parse(Payloads.WooCommerce(id, email, created, modified, completed is null ? "processing" : "completed", completed))!;
        order["customer_id"] = customer;
        Assert.Equal(HttpStatusCode.OK, (await shop.WooCommerce("order.updated", order.ToJsonString())).StatusCode);
    }

    private static (string? Name, string? Number, string Orders) Said(JsonNode customer) => (
        (string?)customer["details"]!["name"], (string?)customer["details"]!["shopCustomerId"], string.Join(' ', customer["orders"]!.AsArray().Select(o => (string)o!["id"]!)));

    private static async Task<JsonNode> Why(Shop shop, JsonNode customer, string step)
    {
        var followUp = (await shop.Get($"/customers/{customer["id"]}/follow-ups"))["items"]!.AsArray().Single()!["id"];
        return await shop.Get($"/follow-ups/{followUp}/steps/{step}/why");
    }

    private static async Task<string> Export(Shop shop, string email) => (await shop.Get($"{await shop.PathOf(email)}/export")).ToJsonString();

    private static async Task<List<(string Step, string? Order, string To)>> Sent(Shop shop)
    {
        var sent = new List<(string, string?, string)>();
        foreach (var item in await shop.All("/messages?state=accepted"))
        {
            sent.Add(((string)item["step"]!, (string?)item["order"], (string)(await shop.Get($"/messages/{item["id"]}"))["written"]!["to"]!));
        }

        return sent;
    }
}
