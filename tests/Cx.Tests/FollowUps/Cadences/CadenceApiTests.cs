using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Reporting;
using Cx.Domain.Touchpoints;
using Cx.Tests.EventStore;
using Cx.Tests.FollowUps.Deciding;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.FollowUps.Cadences;

public sealed partial class CadenceApiTests
{
    private const string Path = $"api/shops/{ApiHost.Shop}/cadences";

    private readonly HandClock clock = new(StoreRig.Start);

    [Fact]
    public async Task A_new_shop_has_the_shipped_cadence_as_version_1()
    {
        await using var host = await ApiHost.StartWithShop(clock);

        var items = (await host.Read(Path))["items"]!.AsArray();
        var listed = Assert.Single(items, c => (string?)c!["state"] == "published");
        var cadence = await host.Read($"{Path}/post-sale");

        Assert.Equal("""{"slug":"post-sale","name":"After a sale","state":"published","version":1,"running":0}""", listed!.ToJsonString());
        Assert.Equal(("published", 1, null), ((string?)cadence["state"], (int)cadence["version"]!, cadence["draft"]));
        Assert.Equal("review-request", (string?)(await host.Read($"{Path}/post-sale/versions/1"))["steps"]![1]!["id"]);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"{Path}/post-sale/versions/2")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"{Path}/loyalty")).StatusCode);
        Assert.Equal(
            ["checkout-help: Dopo un acquisto interrotto", "owed-answer: Una domanda senza risposta", "service-recovery: Dopo un reclamo o un voto basso", "win-back: Dopo un lungo silenzio"],
            items.Where(c => c != listed).Select(c => $"{c!["slug"]}: {c["name"]}"));
        Assert.All(items.Where(c => c != listed), c => Assert.Equal(("draft", null), ((string?)c!["state"], c["version"])));
    }

    [Fact]
    public async Task A_shipped_draft_is_one_call_away_and_then_runs()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        Assert.Equal("rating-given", (string?)(await host.Read($"{Path}/service-recovery"))["draft"]!["fallbackTrigger"]!["on"]);

        var published = await (await host.Client.PostAsync($"{Path}/service-recovery/publish", Content("""{"running":"stay"}"""))).Json();
        var customer = await host.Report([(IdentifierKind.Email, "a@example.com")], [Learned("a@example.com"), new ComplaintOpened(new("k-1"), null, Channel.Email, null, clock.GetUtcNow())]);

        Assert.Equal("""{"version":1,"affected":{"stay":0,"migrate":0,"end":0}}""", published.ToJsonString());
        var followUp = await FollowUp(host, customer);
        Assert.Equal(("service-recovery", 1, "complaint"), ((string?)followUp["cadence"], (int)followUp["version"]!, (string?)followUp["subject"]!["kind"]));
        Assert.DoesNotContain("k-1", followUp.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal((1, null), ((int)(await host.Read($"{Path}/service-recovery"))["version"]!, (await host.Read($"{Path}/service-recovery"))["draft"]));
    }

    [Fact]
    public async Task A_draft_is_saved_published_and_then_never_changes()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var key = await (await host.Post($"api/shops/{ApiHost.Shop}/keys", new { name = "Marketing", scopes = new[] { "marketing" } })).Json();
        using var marketing = host.With((string)key["key"]!);

        var saved = await marketing.PutAsync($"{Path}/post-sale/draft", Content(Draft(3)));
        Assert.Equal((HttpStatusCode.OK, 2), (saved.StatusCode, (int)(await saved.Json())["document"]!["version"]!));
        var published = await (await marketing.PostAsync($"{Path}/post-sale/publish", Content("""{"running":"stay"}"""))).Json();
        Assert.Equal("""{"version":2,"affected":{"stay":0,"migrate":0,"end":0}}""", published.ToJsonString());
        await marketing.PutAsync($"{Path}/post-sale/draft", Content(Draft(5)));

        var cadence = await host.Read($"{Path}/post-sale");
        Assert.Equal((2, 3, 5), ((int)cadence["version"]!, Days(cadence["document"]!), Days(cadence["draft"]!)));
        Assert.Equal(((int)cadence["versions"]![0]!["number"]!, (string?)key["id"]), (2, (string?)cadence["versions"]![0]!["by"]));
        Assert.Equal((7, 3), (Days(await host.Read($"{Path}/post-sale/versions/1")), Days(await host.Read($"{Path}/post-sale/versions/2"))));
        var entry = Assert.Single((await host.Read($"api/shops/{ApiHost.Shop}/audit?action=published"))["items"]!.AsArray())!;
        Assert.Equal(("Marketing", "publishCadence", null), ((string?)entry["by"]!["name"], (string?)entry["request"], entry["customer"]));
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_draft_is_told_at_once()
    {
        await using var host = await ApiHost.StartWithShop(clock);

        var refused = await host.Client.PutAsync($"{Path}/post-sale/draft", Content(
            """
            {
              "name": "", "colour": "red", "trigger": { "on": "full-moon" }, "priority": "high",
              "steps": [
                { "id": "a", "kind": "letter", "anchor": { "on": "trigger", "days": 1.5 }, "channel": "email", "category": "service", "template": "unknown", "maxLateness": "soon" },
                "b",
                { "id": "a", "kind": "offer", "anchor": { "on": "previous-step" }, "channel": "email", "category": "service", "template": "related-offer" }
              ],
              "exits": [{ "on": "review-posted", "steps": ["c"] }]
            }
            """));

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "invalid-cadence"), (refused.StatusCode, await refused.Code()));
        var errors = (await refused.Json())["errors"]!.AsArray();
        Assert.Equal(
            [
                "/colour", "/exits/0/steps/0", "/name", "/priority", "/steps/0/anchor/days", "/steps/0/kind", "/steps/0/maxLateness", "/steps/0/template", "/steps/1",
                "/steps/2/category", "/steps/2/id", "/trigger/on",
            ],
            errors.Select(e => (string)e!["pointer"]!).Order(StringComparer.Ordinal));
        Assert.All(errors, e => Assert.NotEqual("", (string?)e!["hint"]));
        Assert.Null((await host.Read($"{Path}/post-sale"))["draft"]);
    }

    [Fact]
    public async Task A_draft_of_what_was_read_before_somebody_elses_is_refused()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var read = await host.Client.GetAsync($"{Path}/post-sale");
        host.Client.DefaultRequestHeaders.TryAddWithoutValidation("If-Match", read.Headers.ETag!.Tag);

        Assert.Equal(HttpStatusCode.OK, (await host.Client.PutAsync($"{Path}/post-sale/draft", Content(Draft(3)))).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await host.Client.PutAsync($"{Path}/post-sale/draft", Content(Draft(5)))).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await host.Client.PutAsync($"{Path}/new-one/draft", Content(Draft(5, "new-one")))).StatusCode);
    }

    [Fact]
    public async Task Publishing_says_beforehand_whom_it_concerns_and_changes_nothing_until_it_is_done()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        await host.Put($"api/shops/{ApiHost.Shop}/sending", new { sending = "on" });
        var buyers = await Buyers(host, 3);
        await host.Get<Waker>().WakeDue(default);
        Assert.Equal(3, (long)(await host.Read(Path))["items"]!.AsArray().Single(c => (string?)c!["slug"] == "post-sale")!["running"]!);
        await host.Client.PutAsync($"{Path}/post-sale/draft", Content(Draft(3)));

        var dry = await (await host.Client.PostAsync($"{Path}/post-sale/publish?dryRun=true", Content("""{"running":"migrate"}"""))).Json();
        Assert.Equal("""{"version":2,"affected":{"stay":0,"migrate":3,"end":0}}""", dry.ToJsonString());
        Assert.Equal(1, (int)(await host.Read($"{Path}/post-sale"))["version"]!);
        var first = await host.Read($"{Path}/post-sale/publish/affected?running=end&limit=2");
        var rest = await host.Read($"{Path}/post-sale/publish/affected?running=end&limit=2&cursor={first["next"]}");
        var concerned = first["items"]!.AsArray().Concat(rest["items"]!.AsArray()).ToList();
        Assert.Equal(buyers.Select(b => b.Value).Order(), concerned.Select(c => (string)c!["customer"]!).Order());
        Assert.All(concerned, c => Assert.Equal(("end", "cadence-replaced"), ((string?)c!["outcome"], (string?)c["reason"])));

        var published = await (await host.Client.PostAsync($"{Path}/post-sale/publish", Content("""{"running":"migrate"}"""))).Json();
        Assert.Equal(dry.ToJsonString(), published.ToJsonString());
        await host.Get<Waker>().WakeDue(default);
        foreach (var buyer in buyers)
        {
            Assert.Equal(2, (int)(await FollowUp(host, buyer))["version"]!);
        }

        Assert.Equal(HttpStatusCode.Conflict, (await host.Client.PostAsync($"{Path}/post-sale/publish", Content("""{"running":"stay"}"""))).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await host.Client.PostAsync($"{Path}/post-sale/publish", Content("""{"running":"run"}"""))).StatusCode);
    }

    [Fact]
    public async Task A_cadence_is_paused_resumed_and_archived_and_another_process_knows_at_once()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        await using var other = await ApiHost.Start(clock, connection: host.Connection, keys: host.Get<Application.Privacy.InstallationKeys>());
        await host.Put($"api/shops/{ApiHost.Shop}/sending", new { sending = "on" });
        var buyer = Assert.Single(await Buyers(other, 1));
        Assert.Equal("paused", (string?)(await (await host.Client.PostAsync($"{Path}/post-sale/pause", null)).Json())["state"]);

        await other.Get<Waker>().WakeDue(default);
        Assert.Equal(("held", "cadence-paused"), State((await FollowUp(host, buyer))["steps"]![0]!));

        Assert.Equal("published", (string?)(await (await host.Client.PostAsync($"{Path}/post-sale/resume", null)).Json())["state"]);
        await other.Get<Waker>().WakeDue(default);
        Assert.Equal("queued", State((await FollowUp(host, buyer))["steps"]![0]!).Status);

        Assert.Equal("archived", (string?)(await (await host.Client.PostAsync($"{Path}/post-sale/archive", null)).Json())["state"]);
        await other.Get<Waker>().WakeDue(default);
        var ended = await FollowUp(host, buyer);
        Assert.Equal(("cadence-archived", "skipped"), ((string?)ended["endedFor"], State(ended["steps"]![0]!).Status));
        Assert.Equal(HttpStatusCode.Conflict, (await host.Client.PostAsync($"{Path}/post-sale/resume", null)).StatusCode);
        var audit = (await host.Read($"api/shops/{ApiHost.Shop}/audit"))["items"]!.AsArray().Select(e => $"{e!["action"]} {e["by"]!["id"]} {e["request"]}");
        Assert.Equal(["cadence-archived installation archiveCadence", "cadence-paused installation pauseCadence", "cadence-resumed installation resumeCadence"], audit.Order(StringComparer.Ordinal));
        await Buyers(other, 2);
        Assert.Equal(1, (await other.Database.Rows("select count(*) from mt_events where type = 'follow-up-started.v1'", r => r.GetInt64(0), default)).Single());
    }

    [Fact]
    public async Task Tags_that_a_cadence_asks_for_are_hashed_as_it_is_published_and_shown_as_they_were_written()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var document = DefaultCadences.PostSale with { Trigger = new("order-placed", [new("order-tags", Comparison.OneOf, JsonSerializer.SerializeToElement(new[] { "Signora Rossi" }))]) };
        var draft = await (await host.Client.PutAsync($"{Path}/post-sale/draft", Content(JsonSerializer.Serialize(document, EventCatalog.Json)))).Json();
        Assert.Equal("""[{"fact":"order-tags","is":"one-of","value":["Signora Rossi"]}]""", draft["document"]!["trigger"]!["conditions"]!.ToJsonString());
        (await host.Client.PostAsync($"{Path}/post-sale/publish", Content("""{"running":"stay"}"""))).EnsureSuccessStatusCode();

        var published = (await host.Read($"{Path}/post-sale/versions/2"))["trigger"]!["conditions"]![0]!;
        Assert.Equal(("Signora Rossi", 1), ((string?)published["value"]![0], published["hashes"]!.AsArray().Count));
        foreach (var (order, tags) in new[] { ("o-1", "gift"), ("o-2", "new, signora rossi") })
        {
            await host.Report([(IdentifierKind.Email, "ada@example.com"), (IdentifierKind.Order, order)], [Placed(order) with { Traits = new(null, null, null, Domain.Privacy.Personal.Clear(tags)) }]);
        }

        var started = await host.Database.Rows("select data ->> 'order' from mt_events where type = 'follow-up-started.v1'", r => r.GetString(0), default);
        Assert.Equal(["o-2"], started);
        Assert.Equal(0, (await host.Database.Rows("select count(*) from mt_events where stream_id like 'customer-%' and data::text ilike '%rossi%'", r => r.GetInt64(0), default)).Single());
    }

    [Fact]
    public async Task A_report_says_what_became_of_the_follow_ups_of_some_days()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        await host.Put($"api/shops/{ApiHost.Shop}/sending", new { sending = "on" });
        await Buyers(host, 3);
        await host.Get<Waker>().WakeDue(default);
        await using (var daemon = Stores.Daemon(host.Database, new CommitSignal(), [new ViewSubscription(new ReportView(), host.Database, NullLogger<ViewSubscription>.Instance)]))
        {
            using var late = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            Assert.True(await daemon.CatchUp(late.Token, late.Token));
        }

        var report = await host.Read($"{Path}/post-sale/report");

        Assert.Equal(("Europe/Rome", 90, true), ((string?)report["timeZone"], (int)report["goalDays"]!, ((string?)report["method"])!.Contains("Newcombe", StringComparison.Ordinal)));
        var version = Assert.Single(report["versions"]!.AsArray())!;
        Assert.Equal(("thank-you", 3), ((string?)version["steps"]![0]!["step"], (int)version["steps"]![0]!["due"]!));
        Assert.Equal((3, 0), ((int)version["goals"]![0]!["treated"]!["followUps"]!, (int)version["goals"]![0]!["control"]!["followUps"]!));
        Assert.Empty((await host.Read($"{Path}/post-sale/report?from=2020-01-01&to=2020-02-01"))["versions"]!.AsArray());
        Assert.Equal("invalid-period", await (await host.Client.GetAsync($"{Path}/post-sale/report?from=2020-01-01")).Code());
        Assert.Equal("invalid-day", await (await host.Client.GetAsync($"{Path}/post-sale/report?from=today")).Code());
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"{Path}/nothing/report")).StatusCode);
    }

    private static async Task<List<CustomerId>> Buyers(ApiHost host, int count)
    {
        var buyers = new List<CustomerId>();
        for (var i = 0; i < count; i++)
        {
            buyers.Add(await host.Report([(IdentifierKind.Email, $"c{i}@example.com"), (IdentifierKind.Order, $"o{i}")], [Learned($"c{i}@example.com"), Placed($"o{i}")]));
        }

        return buyers;
    }

    private static async Task<JsonNode> FollowUp(ApiHost host, CustomerId customer) =>
        Assert.Single((await host.Read($"api/shops/{ApiHost.Shop}/customers/{customer}/follow-ups"))["items"]!.AsArray())!;

    private static (string? Status, string? Reason) State(JsonNode step) => ((string?)step["status"], (string?)step["reason"]);

    private static int Days(JsonNode document) => (int)document["steps"]![1]!["anchor"]!["days"]!;

    // The shipped one that asks for a review so many days after delivery.
    private static string Draft(int days, string slug = "post-sale")
    {
        var post = DefaultCadences.PostSale;
        var draft = post with { Slug = slug, Version = 0, Steps = [post.Steps[0], post.Steps[1] with { Anchor = new("order-delivered", days) }, .. post.Steps.Skip(2)] };
        return JsonSerializer.Serialize(draft, EventCatalog.Json);
    }

    // Without the nulls that the API shows.
    private static string Compact(JsonNode document) =>
        JsonSerializer.Serialize(JsonSerializer.Deserialize<CadenceDocument>(document.ToJsonString(), EventCatalog.Json), EventCatalog.Json);

    private static StringContent Content(string json) => new(json, System.Text.Encoding.UTF8, "application/json");
}
