using System.Net;
using System.Text.Json.Nodes;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Shops;
using Cx.Tests.Support;

namespace Cx.Tests.Customers;

public sealed class CustomerTests : IAsyncLifetime
{
    private const string Email = "ada.lovelace@example.com", Customers = $"api/shops/{ApiHost.Shop}/customers";

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly HandClock clock = new(Now);

    private ApiHost host = null!;

    public async Task InitializeAsync() => host = await ApiHost.StartWithShop(clock);

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Theory]
    [InlineData("email", " ADA.Lovelace@Example.com ")]
    [InlineData("phone", "+39 02 1234 5678")]
    [InlineData("order", "1001")]
    public async Task A_customer_is_found_by_any_identifier_however_it_is_spelt(string field, string value)
    {
        var id = await Ada();

        var found = await (await host.Post($"{Customers}/lookup", new JsonObject { [field] = value })).Json();

        Assert.Equal((id.Value, "buyer"), ((string)found["id"]!, (string)found["relation"]!));
        Assert.Equal((Email, "Ada Lovelace", "en"), ((string)found["details"]!["email"]!, (string)found["details"]!["name"]!, (string)found["details"]!["language"]!));
        var order = Assert.Single(found["orders"]!.AsArray())!;
        Assert.Equal(("1001", "30.00", "EUR"), ((string)order["id"]!, (string)order["total"]!["amount"]!, (string)order["total"]!["currency"]!));
        Assert.Equal("2026-02-21T09:00:00Z", (string)order["placedAt"]!);
    }

    [Fact]
    public async Task A_lookup_that_names_nobody_or_nothing_says_so_without_repeating_it()
    {
        var nobody = await host.Post($"{Customers}/lookup", new { email = "nobody@example.com" });
        var empty = await host.Post($"{Customers}/lookup", new { });
        var wrong = await host.Post($"{Customers}/lookup", new { email = "not-an-address" });

        Assert.Equal((HttpStatusCode.NotFound, "unknown-customer"), (nobody.StatusCode, await nobody.Code()));
        Assert.All([empty, wrong], r => Assert.Equal(HttpStatusCode.UnprocessableEntity, r.StatusCode));
        Assert.DoesNotContain("not-an-address", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Customers_are_listed_page_by_page_with_their_score()
    {
        foreach (var i in Enumerable.Range(0, 5))
        {
            await host.Report([(IdentifierKind.Email, $"c{i}@example.com")], [new FeedbackGiven("f", FeedbackKind.Csat, 1 + i, null, Channel.Web, Stage.Decision, null, Now)]);
        }

        var items = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var page = await host.Read($"{Customers}?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            items.AddRange(page["items"]!.AsArray().Select(i => i!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);

        Assert.Equal(5, items.Select(i => (string)i["id"]!).Distinct().Count());
        Assert.Equal(items.Select(i => (string)i["id"]!).Order(StringComparer.Ordinal), items.Select(i => (string)i["id"]!));
        Assert.Equal([(2 * 70 + 6 * 0) / 8.0, (2 * 70 + 6 * 25) / 8.0, (2 * 70 + 3 * 50) / 5.0], items.Select(i => (double)i["score"]!).Order().Take(3));
        Assert.Equal("invalid-cursor", await (await host.Client.GetAsync($"{Customers}?cursor=!")).Code());
    }

    [Fact]
    public async Task The_timeline_shows_every_event_in_the_clear_oldest_first_or_latest_first()
    {
        var id = await Ada();
        clock.Advance(TimeSpan.FromHours(1));
        await host.Post($"{Customers}/{id}/complaints", new { channel = "phone", text = "Broken gear" });

        var oldest = await host.Read($"{Customers}/{id}/touchpoints?limit=2");
        var rest = await host.Read($"{Customers}/{id}/touchpoints?limit=100&cursor={(string)oldest["next"]!}");
        var latest = await host.Read($"{Customers}/{id}/touchpoints?limit=1&order=desc");

        Assert.Equal(["customer-details-learned.v1", "order-placed.v1"], oldest["items"]!.AsArray().Select(e => (string)e!["type"]!));
        Assert.Equal(Email, (string)oldest["items"]![0]!["data"]!["email"]!);
        Assert.Equal(("shopify", "2026-02-21T09:00:00Z", "2026-03-02T09:00:00Z"), ((string)oldest["items"]![1]!["source"]!, (string)oldest["items"]![1]!["occurredAt"]!, (string)oldest["items"]![1]!["recordedAt"]!));
        Assert.Equal("Broken gear", (string)rest["items"]!.AsArray().Single(e => (string)e!["type"]! == "complaint-opened.v1")!["data"]!["text"]!);
        var all = oldest["items"]!.AsArray().Concat(rest["items"]!.AsArray()).Select(e => (long)e!["sequence"]!).ToList();
        Assert.Equal(all.Order(), all);
        Assert.Equal(all[^1], (long)latest["items"]![0]!["sequence"]!);
        Assert.Equal("invalid-order", await (await host.Client.GetAsync($"{Customers}/{id}/touchpoints?order=up")).Code());
    }

    [Fact]
    public async Task An_export_holds_details_events_payloads_and_what_they_said()
    {
        var id = await Ada();

        var export = await host.Read($"{Customers}/{id}/export");

        Assert.Equal(Email, (string)export["customer"]!["details"]!["email"]!);
        Assert.Equal(["email", "order", "phone"], export["identifiers"]!.AsArray().Select(i => (string)i!["kind"]!).Order(StringComparer.Ordinal));
        Assert.Equal("Engine", (string)Assert.Single(export["payloads"]!.AsArray())!["body"]!["note"]!);
        Assert.Contains(export["events"]!.AsArray(), e => (string)e!["type"]! == "order-placed.v1");
    }

    [Fact]
    public async Task Tags_are_shown_and_exported_as_they_were_written_with_channel_and_renewal()
    {
        var id = await host.Report(
            [(IdentifierKind.Order, "1002"), (IdentifierKind.Email, Email)],
            [
                new CustomerDetailsLearned(Personal.Clear(Email), null, null, null, null, null, null, null, null, null, null, Now.AddDays(-9)) { TagText = Personal.Clear("VIP, zia Nella") },
                new OrderPlaced(new("1002"), null, new(30.00m, "EUR"), [new(new("p1"), "s1", "Engine", 1, 30m, null) { Kind = LineKind.Digital, Tags = Labels.Of(["Brass"]) }], null, Now.AddDays(-9), Now.AddDays(-9))
                {
                    Traits = new("web", true, null, Personal.Clear("gift, for Nella")),
                },
            ]);

        var shown = await host.Read($"{Customers}/{id}");
        var order = Assert.Single(shown["orders"]!.AsArray())!;
        Assert.Equal(["VIP", "zia Nella"], shown["details"]!["tags"]!.AsArray().Select(t => (string)t!));
        Assert.Equal(["gift", "for Nella"], order["tags"]!.AsArray().Select(t => (string)t!));
        Assert.Equal(("web", true), ((string)order["salesChannel"]!, (bool)order["renewal"]!));
        Assert.Equal(("digital", "brass"), ((string)order["lines"]![0]!["kind"]!, (string)order["lines"]![0]!["tags"]![0]!));
        var placed = (await host.Read($"{Customers}/{id}/export"))["events"]!.AsArray().Single(e => (string)e!["type"]! == "order-placed.v1")!;
        Assert.Equal("gift, for Nella", (string)placed["data"]!["traits"]!["tagText"]!);
    }

    [Fact]
    public async Task Consent_is_recorded_and_the_latest_word_counts()
    {
        var id = await Ada();
        var path = $"{Customers}/{id}/consents";

        await host.Put(path, new { channel = "email", purpose = "marketing", given = true, wording = "Yes please", occurredAt = Now.AddDays(-1) });
        var withdrawn = await host.Put(path, new { channel = "email", purpose = "marketing", given = false });
        var stale = await host.Put(path, new { channel = "email", purpose = "marketing", given = true, occurredAt = Now.AddDays(-2) });
        var wrong = await host.Put(path, new { channel = "email", given = false, basis = "opt-in" });
        var ahead = await host.Put(path, new { channel = "email", purpose = "marketing", given = true, occurredAt = Now.AddYears(1) });

        Assert.All([withdrawn, stale], r => Assert.Equal(HttpStatusCode.OK, r.StatusCode));
        var consent = Assert.Single((await stale.Json())["items"]!.AsArray())!;
        Assert.Equal((false, "api", "2026-03-02T09:00:00Z"), ((bool)consent["given"]!, (string)consent["source"]!, (string)consent["at"]!));
        Assert.Equal("/occurredAt", (string)Assert.Single((await ahead.Json())["errors"]!.AsArray())!["path"]!);
        Assert.Equal(["/basis", "/purpose"], (await wrong.Json())["errors"]!.AsArray().Select(e => (string)e!["path"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_complaint_is_opened_once_for_an_idempotency_key_and_resolved_once()
    {
        var id = await Ada();
        host.Client.DefaultRequestHeaders.Add("Idempotency-Key", "ticket-7");
        var opened = await host.Post($"{Customers}/{id}/complaints", new { channel = "phone", orderId = "1001", text = "Broken gear" });
        clock.Advance(TimeSpan.FromMinutes(1));
        var again = await host.Post($"{Customers}/{id}/complaints", new { channel = "phone", orderId = "1001", text = "Broken gear" });
        var complaint = (string)(await opened.Json())["id"]!;

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (opened.StatusCode, again.StatusCode));
        Assert.Equal((complaint, "2026-03-02T09:00:00Z"), ((string)(await again.Json())["id"]!, (string)(await again.Json())["occurredAt"]!));
        Assert.Equal("unknown-complaint", await (await host.Post($"{Customers}/{id}/complaints/none/resolve", new { })).Code());

        var resolved = await (await host.Post($"{Customers}/{id}/complaints/{complaint}/resolve", new { text = "New gear sent" })).Json();
        clock.Advance(TimeSpan.FromMinutes(1));
        var twice = await (await host.Post($"{Customers}/{id}/complaints/{complaint}/resolve", new { })).Json();

        Assert.Equal("2026-03-02T09:01:00Z", (string)resolved["resolvedAt"]!);
        Assert.Equal((string)resolved["resolvedAt"]!, (string)twice["resolvedAt"]!);
    }

    [Fact]
    public async Task Personal_data_is_for_holders_of_read_only()
    {
        var id = await Ada();
        using var marketing = host.With(await KeyTests.Create(host, ApiHost.Shop, "marketing", "ingest", "admin"));

        foreach (var path in new[] { $"{Customers}/{id}", $"{Customers}/{id}/touchpoints", $"{Customers}/{id}/export", $"{Customers}/{id}/experience", Customers })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await marketing.GetAsync(path)).StatusCode);
        }

        Assert.Equal("unknown-customer", await (await host.Client.GetAsync($"{Customers}/nobody")).Code());
        Assert.Equal("unknown-shop", await (await host.Client.GetAsync("api/shops/none/customers")).Code());
    }

    private Task<CustomerId> Ada() => host.Report(
        [(IdentifierKind.Order, "1001"), (IdentifierKind.Email, Email), (IdentifierKind.Phone, "+390212345678")],
        [
            new CustomerDetailsLearned(Personal.Clear(Email), null, null, null, null, Personal.Clear("Ada Lovelace"), null, "en", null, null, null, Now.AddDays(-9)),
            new OrderPlaced(new("1001"), "#1001", new(30.00m, "EUR"), [new(new("p1"), "s1", "Engine", 1, 30m, null)], null, Now.AddDays(-9), Now.AddDays(-9)),
        ],
        """{"note": "Engine"}""");
}
