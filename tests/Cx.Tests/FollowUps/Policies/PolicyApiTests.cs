using System.Net;
using System.Text;
using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.EventStore;
using Cx.Tests.Support;
using Json.Schema;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.FollowUps.Policies;

/// <summary>The contact policy as marketing configures it: its draft, its versions, and when it holds.</summary>
public sealed class PolicyApiTests
{
    private const string Path = $"api/shops/{ApiHost.Shop}/policy";

    private readonly HandClock clock = new(StoreRig.Start);

    [Fact]
    public async Task Until_one_is_published_the_settings_of_the_shop_hold()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var settings = await host.Read($"api/shops/{ApiHost.Shop}");
        await host.Put($"api/shops/{ApiHost.Shop}", new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it" }, policy = new { marketingCap = 2, capDays = 9 } });

        var policy = await host.Read(Path);
        Assert.Equal((0, null, 0), ((int)policy["version"]!, policy["draft"], policy["versions"]!.AsArray().Count));
        Assert.Equal("""[{"most":2,"within":"P9D","channel":"email","category":"marketing"}]""", policy["document"]!["caps"]!.ToJsonString());
        Assert.Equal(("P30D", 5), ("P30D", (int)settings["policy"]!["marketingCap"]!));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"{Path}/versions/0")).StatusCode);
    }

    [Fact]
    public async Task A_draft_is_saved_published_and_then_never_changes()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var key = await (await host.Post($"api/shops/{ApiHost.Shop}/keys", new { name = "Marketing", scopes = new[] { "marketing" } })).Json();
        using var marketing = host.With((string)key["key"]!);

        Assert.Equal("no-draft", await (await marketing.PostAsync($"{Path}/publish", null)).Code());
        var saved = await (await marketing.PutAsync($"{Path}/draft", Content("""{"maxHoldDays": 3, "reviews": {"exclude": {"orderTags": ["Staff"]}}}"""))).Json();
        Assert.Equal((1, 3, 30), ((int)saved["document"]!["version"]!, (int)saved["document"]!["maxHoldDays"]!, (int)saved["document"]!["complaintHoldDays"]!));
        Assert.Equal("""{"version":1,"running":0,"warnings":[]}""", (await (await marketing.PostAsync($"{Path}/publish?dryRun=true", null)).Json()).ToJsonString());
        Assert.Equal(0, (int)(await host.Read(Path))["version"]!);
        Assert.Equal(1, (int)(await (await marketing.PostAsync($"{Path}/publish", null)).Json())["version"]!);
        await marketing.PutAsync($"{Path}/draft", Content("""{"maxHoldDays": 5}"""));
        await host.Put($"api/shops/{ApiHost.Shop}", new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it" }, policy = new { maxHoldDays = 9 } });

        var policy = await host.Read(Path);
        Assert.Equal((1, 3, 5), ((int)policy["version"]!, (int)policy["document"]!["maxHoldDays"]!, (int)policy["draft"]!["maxHoldDays"]!));
        Assert.Equal((1, (string?)key["id"]), ((int)policy["versions"]![0]!["number"]!, (string?)policy["versions"]![0]!["by"]));
        Assert.Equal(3, (int)(await host.Read($"{Path}/versions/1"))["maxHoldDays"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"{Path}/versions/2")).StatusCode);
        var entry = Assert.Single((await host.Read($"api/shops/{ApiHost.Shop}/audit?action=published"))["items"]!.AsArray())!;
        Assert.Equal(("Marketing", "publishPolicy"), ((string?)entry["by"]!["name"], (string?)entry["request"]));
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_draft_is_told_at_once()
    {
        await using var host = await ApiHost.StartWithShop(clock);

        var refused = await host.Client.PutAsync($"{Path}/draft", Content(
            """
            {
              "colour": "red", "caps": [{"most": -1, "within": "P30D"}, {"most": 5, "within": "soon"}, {"most": 1, "within": "P1D", "category": "transactional"}],
              "spacing": "much", "quietHours": {"from": "25:00:00", "to": "08:00:00"}, "priorities": [{}], "maxHoldDays": 1.5, "spreadHours": 25,
              "reviews": {"productDays": 999, "minimumValue": {"amount": 5, "currency": "euro"}, "exclude": {"orderTags": ["a,b"]}, "delays": [{"days": 5}, {"country": "it", "days": 0}]}
            }
            """));

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "invalid-policy"), (refused.StatusCode, await refused.Code()));
        var errors = (await refused.Json())["errors"]!.AsArray();
        Assert.Equal(
            [
                "/caps/0/most", "/caps/1/within", "/caps/2/category", "/colour", "/maxHoldDays", "/priorities/0", "/quietHours/from", "/reviews/delays/0", "/reviews/delays/1/country",
                "/reviews/delays/1/days", "/reviews/exclude/orderTags/0", "/reviews/minimumValue/currency", "/reviews/productDays", "/spacing", "/spreadHours",
            ],
            errors.Select(e => (string)e!["pointer"]!).Order(StringComparer.Ordinal));
        Assert.All(errors, e => Assert.NotEqual("", (string?)e!["hint"]));
        Assert.Null((await host.Read(Path))["draft"]);
    }

    [Fact]
    public async Task A_draft_of_what_was_read_before_somebody_elses_is_refused()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var read = await host.Client.GetAsync(Path);
        host.Client.DefaultRequestHeaders.TryAddWithoutValidation("If-Match", read.Headers.ETag!.Tag);

        Assert.Equal(HttpStatusCode.OK, (await host.Client.PutAsync($"{Path}/draft", Content("""{"maxHoldDays": 3}"""))).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await host.Client.PutAsync($"{Path}/draft", Content("""{"maxHoldDays": 4}"""))).StatusCode);
    }

    [Fact]
    public async Task What_can_be_published_and_may_not_be_meant_is_warned_of()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var saved = await (await host.Client.PutAsync($"{Path}/draft", Content(
            """{"caps": [{"most": 0, "within": "P1D"}], "priorities": [{"cadence": "unknown"}], "maxHoldDays": 0, "spreadHours": 0}"""))).Json();

        Assert.Equal(["/caps/0/most", "/maxHoldDays", "/priorities/0/cadence", "/spreadHours"], saved["warnings"]!.AsArray().Select(w => (string)w!["pointer"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_published_version_holds_at_once_for_what_is_planned_and_says_so()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        await host.Put($"api/shops/{ApiHost.Shop}/sending", new { sending = "on" });
        var ada = await host.Report([(IdentifierKind.Email, "ada@example.com"), (IdentifierKind.Order, "o1")], [Learned("ada@example.com"), new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "test", null, Monday), Placed("o1"), Delivered("o1")]);
        await host.Get<Waker>().WakeDue(default);
        clock.Advance(TimeSpan.FromDays(7));
        await host.Client.PutAsync($"{Path}/draft", Content("""{"reviews": {"delays": [{"products": ["p1"], "days": 9}]}, "caps": [{"most": 0, "within": "P30D", "category": "marketing"}]}"""));
        await host.Client.PostAsync($"{Path}/publish", null);
        clock.Advance(TimeSpan.FromDays(6));
        await host.Get<Waker>().WakeDue(default);

        var followUp = (string)(await host.Read($"api/shops/{ApiHost.Shop}/customers/{ada}/follow-ups"))["items"]![0]!["id"]!;
        var why = (await host.Read($"api/shops/{ApiHost.Shop}/follow-ups/{followUp}/steps/review-request/why")).ToJsonString();
        Assert.Contains("version 1", why, StringComparison.Ordinal);
        Assert.Contains("0 of 0 (marketing, all channels) in 30 days", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schema_is_served_and_accepts_what_is_in_force()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var schema = JsonSchema.FromText(await host.Client.GetStringAsync("api/schemas/policy.json"));

        Assert.True(schema.Evaluate(JsonElement.Parse((await host.Read(Path))["document"]!.ToJsonString())).IsValid);
        Assert.False(schema.Evaluate(JsonElement.Parse("""{"caps": [{"most": 5}]}""")).IsValid);
    }

    private static StringContent Content(string json) => new(json, Encoding.UTF8, "application/json");
}
