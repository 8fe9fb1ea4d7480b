using System.Net;
using System.Text.Json.Nodes;
using Cx.Application.Privacy;
using Cx.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.Tests.EndToEnd;

/// <summary>A shop may keep customers without contact for a set time only: they are listed before, and erased as by hand.</summary>
public sealed class RetentionTests(Running running) : IClassFixture<Running>
{
    private static readonly string[] Gone = ["visitor", "buyer"], Kept = ["recent", "complaint", "question", "order", "restricted"];

    [Fact]
    public async Task Who_had_no_contact_for_as_long_as_the_shop_set_is_listed_and_erased_and_nobody_else()
    {
        using var shop = await Open("kept-for", retentionDays: null);
        var now = await shop.Now();
        var ids = await Fill(shop, now);
        var inactive = running.Host.Services.GetRequiredService<InactiveCustomers>();

        // Off by default; whom a setting would erase can be seen before it is set.
        Assert.Empty(await shop.All("/retention"));
        Assert.Equal(0, await inactive.Erase(now, default));
        Assert.Equal(Gone.Select(g => ids[g]).Order(), Listed(await shop.All("/retention?days=365", limit: 1)));

        await Set(shop, 365);
        var listed = await shop.All("/retention");
        Assert.Equal(Gone.Select(g => ids[g]).Order(), Listed(listed));
        var visitor = listed.Single(i => (string)i["customer"]! == ids["visitor"]);
        var lastContact = DateOnly.FromDateTime(now.AddDays(-400).UtcDateTime);
        Assert.Equal(
            (lastContact.ToString("yyyy-MM-dd", null), new DateTimeOffset(lastContact.AddDays(366), TimeOnly.MinValue, TimeSpan.Zero)),
            ((string)visitor["lastContactOn"]!, visitor["eraseAt"]!.GetValue<DateTimeOffset>()));

        Assert.Equal(2, await inactive.Erase(now, default));
        Assert.Equal(0, await inactive.Erase(now, default));

        foreach (var gone in Gone)
        {
            Assert.Equal(HttpStatusCode.Gone, (await shop.Api.GetAsync($"{shop.Path}/customers/{ids[gone]}")).StatusCode);
            var entry = Assert.Single(await shop.All($"/audit?customer={ids[gone]}&action=erased"));
            Assert.Equal(("retention", "retention"), ((string)entry["by"]!["id"]!, (string)entry["request"]!));
        }

        Assert.All(Kept, kept => Assert.Equal(HttpStatusCode.OK, shop.Api.GetAsync($"{shop.Path}/customers/{ids[kept]}").GetAwaiter().GetResult().StatusCode));
        var register = running.Host.Services.GetRequiredService<IErasureRegister>();
        Assert.Equal(Gone.Select(g => ids[g]).Order(), await register.ReadAll(default).Where(e => e.Shop.Value == "kept-for").Select(e => e.Customer.Value).Order().ToListAsync());

        // Once it is settled, what kept a customer does so no longer; and time makes others due.
        await shop.Post($"/customers/{ids["complaint"]}/complaints/broken/resolve", new { occurredAt = now.AddDays(-390) });
        Assert.Equal([ids["complaint"]], Listed(await shop.All("/retention")));
        Assert.Equal(new[] { ids["complaint"], ids["recent"] }.Order(), Listed(await shop.All($"/retention?until={Uri.EscapeDataString(now.AddDays(366).ToString("O"))}")));
        Assert.Equal(1, await inactive.Erase(now, default));
    }

    [Fact]
    public async Task A_contact_of_a_linked_record_keeps_both_and_a_new_contact_keeps_whoever_was_listed()
    {
        using var shop = await Open("linked-kept", retentionDays: 365);
        var now = await shop.Now();
        await Visit(shop, "old", now.AddDays(-500));
        await Visit(shop, "new", now.AddDays(-5));
        await Visit(shop, "back", now.AddDays(-500));
        var (old, recent, back) = (await Id(shop, "old"), await Id(shop, "new"), await Id(shop, "back"));
        Assert.Equal(new[] { old, back }.Order(), Listed(await shop.All("/retention")));

        await shop.Post($"/customers/{old}/links", new { customer = recent });
        await Visit(shop, "back", now.AddDays(-1));

        Assert.Empty(await shop.All("/retention"));
        Assert.Equal(0, await running.Host.Services.GetRequiredService<InactiveCustomers>().Erase(now, default));
    }

    [Fact]
    public async Task A_host_erases_by_itself()
    {
        string database;
        string path;
        await using (var first = await Installation.Start())
        {
            database = first.Tables.Connection;
            using var shop = await first.Open("by-itself", sending: "off");
            await Set(shop, 90);
            await Visit(shop, "old", (await shop.Now()).AddDays(-100));
            path = $"{shop.Path}/customers/{await Id(shop, "old")}";
        }

        await using var next = await Installation.Start(database);
        using var after = new Shop(next.Address, "by-itself");
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await after.Api.GetAsync(path, late.Token)).StatusCode == HttpStatusCode.OK)
        {
            late.Token.ThrowIfCancellationRequested();
        }

        Assert.Equal("retention", (string)Assert.Single(await after.All("/audit?action=erased"))["by"]!["id"]!);
    }

    [Theory]
    [InlineData(89)]
    [InlineData(3651)]
    public async Task A_setting_out_of_bounds_is_refused_by_name(int days)
    {
        using var shop = await Open($"bounds-{days}", retentionDays: 90);
        var refused = await shop.Api.PutAsync(shop.Path, new StringContent(Settings(days).ToJsonString(), System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        var error = Assert.Single((await refused.Json())["errors"]!.AsArray())!;
        Assert.Equal("/retentionDays", (string)error["path"]!);
        Assert.Contains("90 to 3650", (string)error["message"]!, StringComparison.Ordinal);
        Assert.Equal(90, (int)(await shop.Get(""))["retentionDays"]!);
        Assert.Equal("invalid-days", await (await shop.Api.GetAsync($"{shop.Path}/retention?days={days}")).Code());
    }

    private static async Task<Dictionary<string, string>> Fill(Shop shop, DateTimeOffset now)
    {
        await Visit(shop, "visitor", now.AddDays(-400));
        await Visit(shop, "recent", now.AddDays(-20));
        await Touch(shop, "buyer", "purchase", now.AddDays(-401), new { total = new { amount = "5.00", currency = "EUR" }, lines = Array.Empty<object>() }, "buyer-1");
        await Touch(shop, "buyer", "delivery", now.AddDays(-398), new { }, "buyer-1");
        await Touch(shop, "complaint", "complaint", now.AddDays(-400), new { complaintId = "broken" });
        await Touch(shop, "question", "contact", now.AddDays(-400), new { });
        await Touch(shop, "order", "purchase", now.AddDays(-364), new { total = new { amount = "5.00", currency = "EUR" }, lines = Array.Empty<object>() }, "order-1");
        await Visit(shop, "restricted", now.AddDays(-400));
        var ids = new Dictionary<string, string>();
        foreach (var name in Gone.Concat(Kept))
        {
            ids[name] = await Id(shop, name);
        }

        Assert.Equal(HttpStatusCode.OK, (await shop.Api.PutAsync($"{shop.Path}/customers/{ids["restricted"]}/restriction", null)).StatusCode);
        return ids;
    }

    private static Task Visit(Shop shop, string name, DateTimeOffset at) => Touch(shop, name, "visit", at, new { });

    private static async Task Touch(Shop shop, string name, string type, DateTimeOffset at, object data, string? order = null)
    {
        var id = Guid.NewGuid().ToString("N");
        var answer = await shop.Touchpoints(id, Payloads.Touchpoint(id, type, at, $"{name}@{shop.Name}.example", data, order));
        Assert.Contains("\"applied\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<string> Id(Shop shop, string name) => (string)(await shop.Find($"{name}@{shop.Name}.example"))["id"]!;

    private static IEnumerable<string> Listed(IEnumerable<JsonNode> items) => items.Select(i => (string)i["customer"]!).Order();

    private async Task<Shop> Open(string name, int? retentionDays)
    {
        var shop = await running.Open(name, sending: "off");
        await Set(shop, retentionDays);
        return shop;
    }

    private static Task Set(Shop shop, int? days) => shop.Put("", Settings(days));

    private static JsonObject Settings(int? days)
    {
        var settings = new JsonObject { ["name"] = "Bottega", ["timeZone"] = "Europe/Rome", ["languages"] = new JsonArray("it") };
        if (days is not null)
        {
            settings["retentionDays"] = days;
        }

        return settings;
    }
}
