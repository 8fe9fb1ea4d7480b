using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.FollowUps.Simulations;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.EventStore;
using Cx.Tests.Support;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.FollowUps.Simulations;

/// <summary>Simulations as marketing asks for them: their whole way, what is refused, and what is kept.</summary>
public sealed class SimulationApiTests
{
    private const string Shop = $"api/shops/{ApiHost.Shop}";
    private const string Path = $"{Shop}/cadences/post-sale/simulations";

    private readonly HandClock clock = new(StoreRig.Start);

    [Fact]
    public async Task A_draft_is_simulated_beside_the_version_in_force_and_then_read_and_removed()
    {
        await using var host = await Traded(clock, buyers: 3);
        var key = await (await host.Post($"{Shop}/keys", new { name = "Marketing", scopes = new[] { "marketing" } })).Json();
        using var marketing = host.With((string)key["key"]!);
        var stored = await Counts(host);

        var asked = await marketing.PostAsync(Path, Content("""{"draft": true}"""));
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var id = (string)(await asked.Json())["id"]!;
        Assert.Equal($"/{Path}/{id}", asked.Headers.Location!.OriginalString);
        Assert.Equal(("queued", 0.0, null), (State(await host.Read($"{Path}/{id}")), (double)(await host.Read($"{Path}/{id}"))["progress"]!, (await host.Read($"{Path}/{id}"))["result"]));
        Assert.Equal("not-done", await (await marketing.GetAsync($"{Path}/{id}/differences")).Code());

        Assert.True(await host.Get<SimulationRunner>().RunNext(default));
        Assert.False(await host.Get<SimulationRunner>().RunNext(default));

        var done = await (await marketing.GetAsync($"{Path}/{id}")).Json();
        var result = done["result"]!;
        Assert.Equal(("done", 1.0, 2, 1), (State(done), (double)done["progress"]!, (int)done["version"]!, (int)done["currentVersion"]!));
        Assert.Equal((3, 3, 3, 0), ((int)result["customers"]!, (int)result["differing"]!, (int)result["listed"]!, (int)result["unreadable"]!));
        var review = result["steps"]!.AsArray().Single(s => (string?)s!["step"] == "review-request")!;
        Assert.Equal((3, 0), ((int)review["current"]!["sent"]!, (int)review["draft"]!["sent"]!));
        Assert.Equal((1.0, 0.0, 1), ((double)result["pressure"]!["current"]!["mean"]!, (double)result["pressure"]!["draft"]!["mean"]!, (int)result["pressure"]!["current"]!["max"]!));
        Assert.Equal(3, result["weeks"]!.AsArray().Sum(w => (int)w!["current"]!["sent"]!));
        var seen = new List<string>();
        for (string? cursor = null; ;)
        {
            var page = await (await marketing.GetAsync($"{Path}/{id}/differences?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}")).Json();
            seen.AddRange(page["items"]!.AsArray().Select(i => (string)i!["customer"]!));
            Assert.All(page["items"]!.AsArray(), i => Assert.Equal("review-request", (string?)i!["differences"]![0]!["step"]));
            if ((cursor = (string?)page["next"]) is null)
            {
                break;
            }
        }

        Assert.Equal((3, 3), (seen.Count, seen.Distinct().Count()));
        Assert.Equal([id], (await host.Read(Path))["items"]!.AsArray().Select(s => (string)s!["id"]!));
        Assert.Equal(stored, await Counts(host));
        var audited = (await host.Read($"{Shop}/audit?action=simulated"))["items"]!.AsArray();
        Assert.Equal(("Marketing", "simulateCadence"), ((string?)Assert.Single(audited)!["by"]!["name"], (string?)audited[0]!["request"]));

        Assert.Equal(HttpStatusCode.NoContent, (await marketing.DeleteAsync($"{Path}/{id}")).StatusCode);
        Assert.Equal("unknown-simulation", await (await marketing.GetAsync($"{Path}/{id}")).Code());
        Assert.Equal(0, await Number(host, "select count(*) from cx_simulations") + await Number(host, "select count(*) from cx_simulated_customers"));
    }

    [Fact]
    public async Task Asked_twice_a_simulation_says_the_same_to_the_byte()
    {
        await using var host = await Traded(clock, buyers: 5);
        var at = clock.GetUtcNow();
        var body = JsonSerializer.Serialize(new { to = at });
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await host.Client.PostAsync(Path, Content(body));
            clock.Advance(TimeSpan.FromDays(1));
            await host.Report([(IdentifierKind.Order, "o0")], [Delivered("o0", 8)]);
            await host.Get<SimulationRunner>().RunNext(default);
        }

        Assert.Equal(1, await Number(host, "select count(distinct result::text) from cx_simulations where state = 'done'"));
        Assert.Equal(
            1, await Number(host, "select count(distinct all_of::text) from (select json_agg(json_build_array(customer, difference, messages) order by customer) all_of from cx_simulated_customers group by simulation) s"));
    }

    [Fact]
    public async Task A_document_is_simulated_without_being_saved_and_a_cadence_that_was_never_published_beside_nothing()
    {
        await using var host = await Traded(clock, buyers: 2);
        var document = JsonSerializer.Serialize(DefaultCadences.PostSale with { Slug = "thanks", Steps = [DefaultCadences.PostSale.Steps[0]], Exits = [] }, EventCatalog.Json);

        var id = (string)(await (await host.Client.PostAsync($"{Shop}/cadences/thanks/simulations", Content($$"""{"document": {{document}}}"""))).Json())["id"]!;
        await host.Get<SimulationRunner>().RunNext(default);

        var done = await host.Read($"{Shop}/cadences/thanks/simulations/{id}");
        Assert.Equal(("done", 1, null), (State(done), (int)done["version"]!, done["currentVersion"]));
        var step = done["result"]!["steps"]!.AsArray().Single(s => (string?)s!["cadence"] == "thanks")!;
        Assert.Equal((0, 2), ((int)step["current"]!["sent"]!, (int)step["draft"]!["sent"]!));
        Assert.Equal(2, done["result"]!["messages"]!.AsArray().Count);
        Assert.All(done["result"]!["messages"]!.AsArray(), m =>
        {
            Assert.Equal(("thank-you", null, "it"), ((string?)m!["step"], m["problem"], (string?)m["language"]));
            Assert.Contains("Lamp", (string)m["text"]!, StringComparison.Ordinal);
        });
        Assert.DoesNotContain("@example.com", done.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(2, (await host.Read($"{Shop}/audit?action=opened"))["items"]!.AsArray().Count);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"{Shop}/cadences/thanks")).StatusCode);
        Assert.Equal("unknown-simulation", await (await host.Client.GetAsync($"{Path}/{id}")).Code());
        Assert.Equal("invalid-cadence", await (await host.Client.PostAsync(Path, Content("""{"document": {"name": ""}}"""))).Code());
    }

    [Fact]
    public async Task A_draft_of_the_policy_is_simulated_beside_the_policy_in_force()
    {
        await using var host = await Traded(clock, buyers: 2);
        Assert.Equal("no-draft", await (await host.Client.PostAsync($"{Shop}/policy/simulations", null)).Code());
        await host.Put($"{Shop}/policy/draft", new { caps = new[] { new { most = 0, within = "P30D", channel = "email", category = "marketing" } } });

        var asked = await host.Client.PostAsync($"{Shop}/policy/simulations", null);
        var path = asked.Headers.Location!.OriginalString;
        await host.Get<SimulationRunner>().RunNext(default);

        var done = await host.Read(path[1..]);
        Assert.Equal(("done", 1, 0), (State(done), (int)done["version"]!, (int)done["currentVersion"]!));
        var review = done["result"]!["steps"]!.AsArray().Single(s => (string?)s!["step"] == "review-request")!;
        Assert.Equal((2, 0, 2), ((int)review["current"]!["sent"]!, (int)review["draft"]!["sent"]!, (int)review["draft"]!["capped"]!["cap"]!));
        Assert.Equal(2, (await host.Read($"{path[1..]}/differences"))["items"]!.AsArray().Count);
        Assert.Single((await host.Read($"{Shop}/policy/simulations"))["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync(path)).StatusCode);
    }

    [Fact]
    public async Task What_is_wrong_is_told_field_by_field_with_what_would_be_right()
    {
        await using var host = await ApiHost.StartWithShop(clock);

        Assert.Equal("unknown-cadence", await (await host.Client.PostAsync($"{Shop}/cadences/nothing/simulations", null)).Code());
        Assert.Equal("no-draft", await (await host.Client.PostAsync(Path, null)).Code());
        var refused = await host.Client.PostAsync(Path, Content("""{"draft": false, "from": "2026-03-02T09:00:00Z", "to": "2027-01-01T00:00:00Z", "sample": 0}"""));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "invalid-simulation"), (refused.StatusCode, await refused.Code()));
        var errors = (await refused.Json())["errors"]!.AsArray();
        Assert.Equal(["/draft", "/to", "/sample"], errors.Select(e => (string)e!["pointer"]!));
        Assert.All(errors, e => Assert.NotEmpty((string)e!["hint"]!));
        var late = await host.Client.PostAsync(Path, Content("""{"from": "2026-03-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}"""));
        Assert.Equal(("/from", "is not before to"), ((string?)(await late.Json())["errors"]![0]!["pointer"], (string?)(await late.Json())["errors"]![0]!["message"]));
        var unread = await host.Client.PostAsync(Path, Content("""{"from": "soon"}"""));
        Assert.Equal((HttpStatusCode.BadRequest, true), (unread.StatusCode, ((string)(await unread.Json())["detail"]!).Contains("$.from", StringComparison.Ordinal)));
        Assert.Equal("unknown-simulation", await (await host.Client.GetAsync($"{Path}/none")).Code());
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.DeleteAsync($"{Path}/none")).StatusCode);
    }

    [Fact]
    public async Task So_many_wait_at_most_and_so_many_are_kept()
    {
        await using var host = await Traded(clock, buyers: 1);
        for (var i = 0; i < SimulationDirectory.MostKept + 2; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await host.Client.PostAsync(Path, null);
            await host.Get<SimulationRunner>().RunNext(default);
        }

        var ids = new List<string>();
        for (var i = 0; i < SimulationDirectory.MostOpen; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            ids.Add((string)(await (await host.Client.PostAsync(Path, null)).Json())["id"]!);
        }

        Assert.Equal("too-many-simulations", await (await host.Client.PostAsync(Path, null)).Code());
        Assert.Equal(SimulationDirectory.MostKept, await Number(host, "select count(*) from cx_simulations where ended_at is not null"));
        Assert.Equal(0, await Number(host, "select count(*) from cx_simulated_customers c where not exists (select from cx_simulations s where s.id = c.simulation)"));
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync($"{Path}/{ids[0]}")).StatusCode);
        Assert.Equal("cancelled", State(await host.Read($"{Path}/{ids[0]}")));
        Assert.Equal(HttpStatusCode.Accepted, (await host.Client.PostAsync(Path, null)).StatusCode);
        var list = (await host.Read($"{Path}?limit=3"))["items"]!.AsArray();
        Assert.Equal(["queued", "queued", "queued"], list.Select(s => State(s!)));
    }

    /// <summary>Buyers who got their parcel eight days ago, were thanked and asked for a review; and a draft that would ask three days later.</summary>
    internal static async Task<ApiHost> Traded(HandClock clock, int buyers)
    {
        var host = await ApiHost.StartWithShop(clock);
        await host.Put($"{Shop}/sending", new { sending = "on" });
        for (var i = 0; i < buyers; i++)
        {
            await host.Report(
                [(IdentifierKind.Email, $"c{i}@example.com"), (IdentifierKind.Order, $"o{i}")],
                [Learned($"c{i}@example.com"), new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "form", null, Monday), Placed($"o{i}")]);
        }

        await host.Get<Waker>().WakeDue(default);
        clock.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < buyers; i++)
        {
            await host.Report([(IdentifierKind.Order, $"o{i}")], [Delivered($"o{i}", 0) with { OccurredAt = clock.GetUtcNow() }]);
        }

        clock.Advance(TimeSpan.FromDays(8));
        await host.Get<Waker>().WakeDue(default);
        var post = DefaultCadences.PostSale;
        var draft = JsonSerializer.Serialize(post with { Version = 0, Steps = [post.Steps[0], post.Steps[1] with { Anchor = new("order-delivered", 10) }, .. post.Steps.Skip(2)] }, EventCatalog.Json);
        (await host.Client.PutAsync($"{Shop}/cadences/post-sale/draft", Content(draft))).EnsureSuccessStatusCode();
        return host;
    }

    internal static async Task<long> Number(ApiHost host, string sql)
    {
        await using var command = host.Database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<string> Counts(ApiHost host) =>
        $"{await Number(host, "select count(*) from mt_events")} {await Number(host, "select count(*) from cx_outbox")} {await Number(host, "select sum(version)::bigint from cx_customers")}";

    private static string State(JsonNode simulation) => (string)simulation["state"]!;

    private static StringContent Content(string json) => new(json, Encoding.UTF8, "application/json");
}
