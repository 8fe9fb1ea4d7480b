using System.Text.Json.Nodes;

namespace Cx.Tests.EndToEnd;

/// <summary>Names as people type them, by every way in: stored as plain text, and greeted by only where they are names.</summary>
public sealed class NameTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task A_name_is_plain_text_by_whatever_way_it_comes()
    {
        using var shop = await running.Open("names", sending: "off");
        var now = await shop.Now();
        await shop.Shopify("orders/create", "s-1", Payloads.Order(1, "s@names.example", now, first: "Caff&egrave;", last: "O&#039;Neil"));
        var order = JsonNode.Parse(Payloads.WooCommerce(2, "w@names.example", now, now, "processing"))!;
        (order["billing"]!["first_name"], order["billing"]!["last_name"]) = ("Caff&egrave;", "O&#039;Neil");
        await shop.WooCommerce("order.created", order.ToJsonString());
        await shop.Touchpoints("t-1", Visit("t@names.example", now, "Caff&egrave;", "Caff&egrave; O&#039;Neil"));
        await shop.Standard("m-1", Visit("m@names.example", now, "Caff&egrave;", "Caff&egrave; O&#039;Neil").ToJsonString());

        foreach (var email in new[] { "s@names.example", "w@names.example", "t@names.example", "m@names.example" })
        {
            Assert.Equal(("Caffè O'Neil", "Caffè"), await Names(email));
        }

        var length = new string('x', 299);
        await shop.Touchpoints("t-2", Visit("long@names.example", now, "Rosa", $"{length}😀"));
        Assert.Equal((length, "Rosa"), await Names("long@names.example"));
        await shop.Touchpoints("t-3", Visit("hidden@names.example", now, "Ro\u200Bsa", "Ro\u200Bsa \u202EBlu"));
        Assert.Equal(("Rosa Blu", null), await Names("hidden@names.example"));

        async Task<(string?, string?)> Names(string email) => (await shop.Find(email))["details"]! is var details ? ((string?)details["name"], (string?)details["firstName"]) : default;
    }

    [Fact]
    public async Task Nobody_is_greeted_by_an_advertisement_or_by_a_name_that_hides_text()
    {
        using var shop = await running.Open("greetings");
        var now = await shop.Now();
        string[] first = ["Rosa", "Win 500 € now", "evil.example", "win@evil.example", "Ro\u200Bsa", "Rosa\u202E"];
        foreach (var (i, name) in first.Index())
        {
            await shop.Shopify("orders/create", $"s-{i}", Payloads.Order(10 + i, $"p{i}@greetings.example", now, first: name));
        }

        await shop.Advance("PT1H");

        var greetings = first.Index().Select(p => Assert.Single(running.Smtp.Mails, m => m.To.Contains($"p{p.Index}@greetings.example")).Text.Split('\n')[0].TrimEnd('\r'));
        Assert.Equal(["Hi Rosa,", .. Enumerable.Repeat("Hello,", 5)], greetings);
        Assert.Equal("Win 500 € now", (string)(await shop.Find("p1@greetings.example"))["details"]!["firstName"]!);
    }

    private static JsonObject Visit(string email, DateTimeOffset at, string first, string name)
    {
        var visit = Payloads.Touchpoint($"v-{email}", "visit", at, email);
        (visit["customer"]!["firstName"], visit["customer"]!["name"]) = (first, name);
        return visit;
    }
}
