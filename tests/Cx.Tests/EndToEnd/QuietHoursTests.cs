using System.Text.Json.Nodes;
using Cx.Tests.Support;
using NodaTime;

namespace Cx.Tests.EndToEnd;

/// <summary>Night is night where the order is addressed, whatever the shop's clock says; and why a step waited names the zones that were looked at.</summary>
public sealed class QuietHoursTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task A_californian_is_asked_in_the_californian_day()
    {
        using var shop = await Open("california");
        var at = await Next(shop, "Etc/UTC", new(10, 30));
        await Buy(shop, 8, at, new JsonObject { ["country_code"] = "US", ["province_code"] = "CA", ["zip"] = "94105" });
        await shop.Advance("P9D");

        var sent = await RequestOf(shop, 8);
        Assert.InRange(Local(sent.At, "America/Los_Angeles").Hour, 8, 20);
        Assert.Contains("quiet until ", sent.Held, StringComparison.Ordinal);
        Assert.Contains("in America/Los_Angeles (by the order's address)", sent.Held, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_postcode_tells_the_canaries_from_the_mainland_and_without_it_both_have_to_be_awake()
    {
        using var shop = await Open("canaries");
        var at = await Next(shop, "Atlantic/Canary", new(20, 30));
        await Buy(shop, 1, at, new JsonObject { ["country_code"] = "ES", ["zip"] = "35001" });
        await Buy(shop, 2, at, new JsonObject { ["country_code"] = "ES" });
        await shop.Advance("P9D");

        var (known, unknown) = (await RequestOf(shop, 1), await RequestOf(shop, 2));
        Assert.Equal((20, 30), (Local(known.At, "Atlantic/Canary").Hour, Local(known.At, "Atlantic/Canary").Minute));
        Assert.Equal((8, 0), (Local(unknown.At, "Atlantic/Canary").Hour, Local(unknown.At, "Atlantic/Canary").Minute));
        Assert.Contains("in Europe/Madrid, Atlantic/Canary (by the order's address)", unknown.Held, StringComparison.Ordinal);
    }

    private async Task<Shop> Open(string name)
    {
        var shop = await running.Open(name);
        await shop.Put("", new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "en", "it" }, softOptIn = true });
        return shop;
    }

    /// <summary>Lets time pass until a local time of tomorrow.</summary>
    private static async Task<DateTimeOffset> Next(Shop shop, string zone, LocalTime time)
    {
        var now = await shop.Now();
        var at = DateTimeZoneProviders.Tzdb[zone].AtLeniently(Local(now, zone).Date.PlusDays(1) + time).ToDateTimeOffset();
        await shop.Advance(System.Xml.XmlConvert.ToString(at - now));
        return at;
    }

    private static async Task Buy(Shop shop, long id, DateTimeOffset at, JsonObject address)
    {
        var order = JsonNode.Parse(Payloads.Order(id, $"{id}@{shop.Name}.example", at.AddHours(-20)))!;
        order["billing_address"] = address;
        await shop.Shopify("orders/create", $"o-{id}", order.ToJsonString());
        await shop.Shopify("fulfillments/create", $"f-{id}", Payloads.Fulfilment(id, at.AddHours(-10)));
        await shop.Shopify("fulfillment_events/create", $"e-{id}", Payloads.Delivered(id, at));
    }

    private static async Task<(DateTimeOffset At, string Held)> RequestOf(Shop shop, int order)
    {
        var listed = (await shop.All("/messages")).Single(m => (string?)m["step"] == "review-request" && (string?)m["order"] == $"{order}");
        var why = await shop.Get($"/follow-ups/{listed["followUp"]}/steps/review-request/why");
        var held = why["decisions"]!.AsArray().FirstOrDefault(d => (string?)d!["outcome"] == "held");
        return (listed["queuedAt"]!.GetValue<DateTimeOffset>(), (string?)held?["checks"]!.AsArray().Single(c => (string?)c!["policy"] == "quiet-hours")!["saw"] ?? "");
    }

    private static LocalDateTime Local(DateTimeOffset at, string zone) => Instant.FromDateTimeOffset(at).InZone(DateTimeZoneProviders.Tzdb[zone]).LocalDateTime;
}
