using System.Net;
using System.Text.Json.Nodes;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>What is written about an order goes to the address that it was given with, in its language; an old statement never becomes the latest.</summary>
public sealed class OrderContactTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task A_message_about_an_order_goes_to_the_address_and_name_given_with_that_order()
    {
        using var shop = await Open("contacts");
        var now = await shop.Now();
        await Woo(shop, 1, "mother@contacts.example", now, now, first: "Ann&agrave;");
        await Woo(shop, 2, "client@contacts.example", now.AddHours(1), now.AddHours(1), first: "Carlo");
        await shop.Advance("PT2H");

        await Woo(shop, 1, "mother@contacts.example", now, now.AddHours(2), completed: now.AddHours(2), first: "Ann&agrave;");
        await shop.Advance("P16D");

        var mails = await Sent(shop);
        Assert.Equal(["mother@contacts.example"], mails.Where(m => m.Order == "1").Select(m => m.To).Distinct());
        Assert.Equal(["client@contacts.example"], mails.Where(m => m.Order == "2").Select(m => m.To).Distinct());
        Assert.Contains(mails, m => m is { Order: "1", Step: "review-request" });
        Assert.All(mails, m => Assert.Contains(m.Order == "1" ? "Annà" : "Carlo", m.Text, StringComparison.Ordinal));
        Assert.All(mails, m => Assert.Equal(m.Order == "1" ? "Annà Roux" : "Carlo Roux", m.ToName));
        Assert.Equal("client@contacts.example", (string)(await shop.Find("mother@contacts.example"))["details"]!["email"]!);
    }

    [Fact]
    public async Task An_orders_address_that_objected_under_another_record_gets_nothing_more_about_that_order()
    {
        using var shop = await Open("barred-contact");
        var now = await shop.Now();
        await Woo(shop, 1, "client@barred.example", now, now);
        await shop.Touchpoints("t-1", Payloads.Touchpoint("t-1", "visit", now, "mother@barred.example"));
        await Woo(shop, 2, "mother@barred.example", now.AddMinutes(1), now.AddMinutes(1), completed: now.AddMinutes(1));
        await shop.Advance("PT1H");

        await shop.Put($"{await shop.PathOf("mother@barred.example")}/consents", new { channel = "email", purpose = "marketing", given = false });
        await Woo(shop, 1, "client@barred.example", now, now.AddHours(1), completed: now.AddHours(1));
        await shop.Advance("P16D");

        var sent = await Sent(shop);
        Assert.NotEqual(await shop.PathOf("client@barred.example"), await shop.PathOf("mother@barred.example"));
        Assert.Equal(["thank-you"], sent.Where(m => m.Order == "2").Select(m => m.Step));
        Assert.Contains(sent, m => m is { Order: "1", Step: "review-request" });
    }

    [Fact]
    public async Task An_old_order_that_is_edited_does_not_bring_its_old_address_back()
    {
        using var shop = await Open("old-address");
        var now = await shop.Now();
        await Woo(shop, 1, "old@old-address.example", now.AddDays(-60), now.AddDays(-59), completed: now.AddDays(-59));
        await Woo(shop, 2, "new@old-address.example", now.AddDays(-1), now, completed: now);
        await shop.Advance("P8D");

        await Woo(shop, 1, "old@old-address.example", now.AddDays(-60), now.AddDays(8), completed: now.AddDays(-59));
        await shop.Shopify("orders/create", "s-3", Payloads.Order(3, "buyer@old-address.example", now.AddDays(7), customer: 70));
        await shop.Shopify("customers/update", "s-4", $$"""{"id":70,"email":"present@old-address.example","updated_at":"{{Payloads.Instant(now.AddDays(7.5))}}"}""");
        await shop.Shopify("orders/updated", "s-5", Payloads.Order(3, "buyer@old-address.example", now.AddDays(7), now.AddDays(8), customer: 70));
        await shop.Advance("P7D");

        Assert.Equal("new@old-address.example", (string)(await shop.Find("old@old-address.example"))["details"]!["email"]!);
        Assert.Equal("present@old-address.example", (string)(await shop.Find("buyer@old-address.example"))["details"]!["email"]!);
        Assert.Equal(["new@old-address.example"], (await Sent(shop)).Where(m => m is { Order: "2", Step: "review-request" }).Select(m => m.To));
    }

    [Fact]
    public async Task Nothing_is_written_to_an_address_that_the_shop_cleared_until_it_is_given_again()
    {
        using var shop = await Open("cleared");
        var now = await shop.Now();
        await shop.Shopify("orders/create", "s-1", Payloads.Order(1, "ada@cleared.example", now, customer: 5));
        await shop.Shopify("fulfillments/create", "s-2", Payloads.Fulfilment(1, now));
        await shop.Advance("PT1H");

        await shop.Shopify("customers/update", "s-3", Customer("null", now.AddMinutes(30)));
        var edited = JsonNode.Parse(Payloads.Order(1, "ada@cleared.example", now, now.AddMinutes(40), customer: 5))!;
        edited["customer"]!["email"] = null;
        await shop.Shopify("orders/updated", "s-7", edited.ToJsonString());
        await shop.Shopify("customers/update", "s-4", Customer("\"ada@cleared.example\"", now.AddMinutes(20)));
        Assert.Null((string?)(await shop.Find("ada@cleared.example"))["details"]!["email"]);
        await shop.Advance("P16D");

        var mail = Assert.Single(await Sent(shop));
        Assert.Equal(("thank-you", "ada@cleared.example"), (mail.Step, mail.To));
        var steps = (await shop.Get($"{await shop.PathOf("ada@cleared.example")}/follow-ups"))["items"]![0]!["steps"]!.AsArray();
        Assert.Equal("no-address", (string?)steps.Single(s => (string)s!["step"]! == "review-request")!["reason"]);

        var later = await shop.Now();
        await shop.Shopify("customers/update", "s-5", Customer("\"ada@cleared.example\"", later));
        await shop.Shopify("orders/create", "s-6", Payloads.Order(2, "ada@cleared.example", later, customer: 5));
        await shop.Advance("PT1H");
        Assert.Contains(await Sent(shop), m => m is { Order: "2", Step: "thank-you", To: "ada@cleared.example" });

        static string Customer(string email, DateTimeOffset at) => $$"""{"id":5,"email":{{email}},"first_name":"Ada","updated_at":"{{Payloads.Instant(at)}}"}""";
    }

    [Fact]
    public async Task Nothing_is_written_about_an_order_from_which_the_shop_removed_the_address()
    {
        using var shop = await Open("removed");
        var now = await shop.Now();
        await shop.Shopify("orders/create", "s-1", Payloads.Order(1, "ada@removed.example", now, customer: 5));
        await Woo(shop, 2, "jean@removed.example", now, now, customer: 0);
        await shop.Advance("PT1H");

        var edited = JsonNode.Parse(Payloads.Order(1, "ada@removed.example", now, now.AddMinutes(40), customer: 5))!;
        (edited["email"], edited["customer"]!["email"]) = (null, null);
        await shop.Shopify("orders/updated", "s-2", edited.ToJsonString());
        await Woo(shop, 2, "", now, now.AddMinutes(40), completed: now.AddMinutes(40), customer: 0);
        await shop.Shopify("fulfillments/create", "s-3", Payloads.Fulfilment(1, now));
        await shop.Advance("P16D");

        Assert.Equal([("1", "thank-you"), ("2", "thank-you")], (await Sent(shop)).Select(m => (m.Order!, m.Step)).Order());
    }

    [Fact]
    public async Task A_woocommerce_order_is_answered_in_the_language_of_its_checkout_else_of_its_country()
    {
        using var shop = await Open("languages");
        var now = await shop.Now();
        await Woo(shop, 1, "wpml@languages.example", now, now, country: "GB", meta: ("wpml_language", "it"), customer: 0);
        await Woo(shop, 2, "italy@languages.example", now, now, country: "IT", customer: 0);
        await Woo(shop, 3, "france@languages.example", now, now, country: "FR", customer: 0);
        await shop.Advance("PT1H");

        var listed = (await shop.All("/messages")).ToDictionary(m => (string)m["order"]!, m => (string)m["language"]!);
        Assert.Equal([("1", "it"), ("2", "it"), ("3", "en")], listed.OrderBy(m => m.Key).Select(m => (m.Key, m.Value)));
        Assert.Equal(listed, (await Sent(shop)).ToDictionary(m => m.Order!, m => m.Language));
    }

    [Fact]
    public async Task The_thank_you_of_an_order_for_pick_up_says_so()
    {
        using var shop = await Open("pick-up");
        var now = await shop.Now();
        foreach (var (id, method) in new[] { (1, "local_pickup"), (2, "flat_rate") })
        {
            var order = JsonNode.Parse(Payloads.WooCommerce(id, $"{id}@pick-up.example", now, now, "processing"))!;
            order["shipping_lines"] = new JsonArray(new JsonObject { ["id"] = 1, ["method_title"] = "Bottega", ["method_id"] = method });
            await shop.WooCommerce("order.created", order.ToJsonString());
        }

        await shop.Advance("PT1H");

        Assert.All(await Sent(shop), m => Assert.Equal(m.Order == "1", m.Text.Contains("ready for you in the shop", StringComparison.Ordinal)));
        Assert.Equal(2, (await Sent(shop)).Count);
    }

    private async Task<Shop> Open(string name)
    {
        var shop = await running.Open(name);
        await shop.Put("", new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "en", "it" }, reviewUrl = "https://bottega.example/review", softOptIn = true });
        return shop;
    }

    private static async Task Woo(
        Shop shop, long id, string email, DateTimeOffset created, DateTimeOffset modified, DateTimeOffset? completed = null, string first = "Anna", string country = "IT",
        (string Key, string Value)? meta = null, int customer = 7)
    {
        var order = JsonNode.Parse(Payloads.WooCommerce(id, email, created, modified, completed is null ? "processing" : "completed", completed))!;
        order["customer_id"] = customer;
        (order["billing"]!["first_name"], order["billing"]!["country"]) = (first, country);
        order["meta_data"] = new JsonArray(new JsonObject { ["id"] = 1, ["key"] = "_odd", ["value"] = new JsonArray() });
        if (meta is var (key, value))
        {
            order["meta_data"]!.AsArray().Add(new JsonObject { ["id"] = 2, ["key"] = key, ["value"] = value });
        }

        Assert.Equal(HttpStatusCode.OK, (await shop.WooCommerce("order.updated", order.ToJsonString())).StatusCode);
    }

    private static async Task<List<(string Step, string? Order, string To, string? ToName, string Language, string Text)>> Sent(Shop shop)
    {
        var sent = new List<(string, string?, string, string?, string, string)>();
        foreach (var item in await shop.All("/messages?state=accepted"))
        {
            var message = await shop.Get($"/messages/{item["id"]}");
            var written = message["written"]!;
            sent.Add(((string)item["step"]!, (string?)item["order"], (string)written["to"]!, (string?)written["toName"], (string)message["language"]!, (string)written["text"]!));
        }

        return sent;
    }
}
