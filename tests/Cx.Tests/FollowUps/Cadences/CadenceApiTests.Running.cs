using System.Net;
using System.Text.Json;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Tests.FollowUps.Deciding;
using Cx.Tests.Support;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.FollowUps.Cadences;

/// <summary>What is published runs.</summary>
public sealed partial class CadenceApiTests
{
    [Fact]
    public async Task Several_cadences_run_and_each_follow_up_runs_one_version()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        await host.Client.PutAsync($"{Path}/vip/draft", Content(Draft(3, "vip")));
        Assert.Equal(["service-recovery draft", "vip draft", "win-back draft"], (await host.Read(Path))["items"]!.AsArray().Select(c => $"{c!["slug"]} {c["state"]}").TakeLast(3));
        await host.Client.PostAsync($"{Path}/vip/publish", Content("""{"running":"stay"}"""));

        var buyer = Assert.Single(await Buyers(host, 1));

        var followUps = (await host.Read($"api/shops/{ApiHost.Shop}/customers/{buyer}/follow-ups"))["items"]!.AsArray();
        Assert.Equal([("post-sale", 1), ("vip", 1)], followUps.Select(f => ((string)f!["cadence"]!, (int)f["version"]!)).Order());
    }

    [Fact]
    public async Task A_draft_with_everything_that_the_format_has_is_taken_and_read_back_as_it_was_sent()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        const string draft =
            """
            {"slug":"vip","name":"VIP","trigger":{"on":"order-paid","conditions":[{"fact":"order-total","is":"at-least","value":99.5},{"fact":"country","is":"one-of","value":["IT","DE"]}]},
             "fallbackTrigger":{"on":"order-placed"},"priority":1,"exits":[],"controlShare":0.1,
             "steps":[{"id":"thanks","kind":"message","anchor":{"on":"trigger","delay":"PT36H"},"channel":"email","category":"service","template":"thank-you",
               "weekdays":["monday","friday"],"window":{"from":"09:00:00","to":"18:00:00"},"conditions":[{"fact":"order-renewal","is":"unknown"}]}]}
            """;

        var saved = await host.Client.PutAsync($"{Path}/vip/draft", Content(draft));
        Assert.Equal(HttpStatusCode.OK, saved.StatusCode);
        await host.Client.PostAsync($"{Path}/vip/publish", Content("""{"running":"stay"}"""));

        var published = await host.Read($"{Path}/vip/versions/1");
        Assert.Equal("PT36H", (string?)published["steps"]![0]!["anchor"]!["delay"]);
        Assert.Equal("""[{"fact":"order-total","is":"at-least","value":99.5},{"fact":"country","is":"one-of","value":["IT","DE"]}]""", published["trigger"]!["conditions"]!.ToJsonString());
        var again = await host.Client.PutAsync($"{Path}/vip/draft", Content(Compact(published)));
        Assert.Equal((HttpStatusCode.OK, 2), (again.StatusCode, (int)(await again.Json())["document"]!["version"]!));
    }

    [Fact]
    public async Task A_wait_that_is_published_is_passed_and_says_why()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        await host.Client.PutAsync($"{Path}/post-sale/draft", Content(JsonSerializer.Serialize(FlowTests.Parcel with { Slug = "post-sale" }, EventCatalog.Json)));
        await host.Client.PostAsync($"{Path}/post-sale/publish", Content("""{"running":"stay"}"""));
        var buyer = Assert.Single(await Buyers(host, 1));
        clock.Advance(TimeSpan.FromDays(2));
        await host.Get<Waker>().WakeDue(default);
        var waiting = (await FollowUp(host, buyer))["steps"]![0]!;
        Assert.Equal(("pending", clock.GetUtcNow().AddDays(9).Date), ((string?)waiting["status"], ((DateTimeOffset)waiting["until"]!).Date));

        clock.Advance(TimeSpan.FromDays(9));
        await host.Get<Waker>().WakeDue(default);

        var followUp = await FollowUp(host, buyer);
        Assert.Equal(("passed", "timed-out", "path-not-taken"), ((string?)followUp["steps"]![0]!["status"], (string?)followUp["steps"]![0]!["outcome"], State(followUp["steps"]![1]!).Reason));
        var why = await host.Read($"api/shops/{ApiHost.Shop}/follow-ups/{followUp["id"]}/steps/parcel/why");
        Assert.Equal("timed-out", (string?)Assert.Single(why["decisions"]!.AsArray())!["outcome"]);
        Assert.Contains("its time was up, and it was passed. What it waited for had not come by", (string?)why["summary"]!.AsArray()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cadence_that_runs_once_runs_once_for_linked_customers_and_a_variant_is_shown()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        await host.Put($"api/shops/{ApiHost.Shop}/sending", new { sending = "on" });
        var once = DefaultCadences.PostSale with
        {
            Reentry = new(Once: true),
            Steps = [DefaultCadences.PostSale.Steps[0] with { Variants = [new("a", 0.5, "thank-you"), new("b", 0.5, "review-reminder")] }],
            Exits = [],
        };
        Assert.Equal(HttpStatusCode.OK, (await host.Client.PutAsync($"{Path}/post-sale/draft", Content(JsonSerializer.Serialize(once, EventCatalog.Json)))).StatusCode);
        await host.Client.PostAsync($"{Path}/post-sale/publish", Content("""{"running":"stay"}"""));
        var first = Assert.Single(await Buyers(host, 1));
        var other = await host.Report([(IdentifierKind.Email, "other@example.com")], [Learned("other@example.com")]);
        Assert.Equal(HttpStatusCode.OK, (await host.Client.PostAsync($"api/shops/{ApiHost.Shop}/customers/{first}/links", Content($$"""{"customer":"{{other}}"}"""))).StatusCode);

        await host.Report([(IdentifierKind.Email, "other@example.com"), (IdentifierKind.Order, "o9")], [Placed("o9")]);
        await host.Get<Waker>().WakeDue(default);

        var step = (await FollowUp(host, first))["steps"]![0]!;
        var message = await host.Read($"api/shops/{ApiHost.Shop}/messages/{step["message"]}");
        Assert.Contains((string?)step["variant"], new[] { "a", "b" });
        Assert.Equal(((string?)step["variant"], (string?)step["variant"] == "a" ? "thank-you" : "review-reminder"), ((string?)message["variant"], (string?)message["template"]));
    }

    [Fact]
    public async Task The_catalogue_of_facts_is_served()
    {
        await using var host = await ApiHost.Start(clock);

        var facts = (await host.Read("api/schemas/facts.json"))["facts"]!.AsArray();

        Assert.Equal(Facts.All.Select(f => f.Name), facts.Select(f => (string)f!["name"]!));
        Assert.Equal("number", (string?)facts.Single(f => (string?)f!["name"] == "order-total")!["type"]);
    }

    [Fact]
    public async Task The_served_schema_takes_the_shipped_document()
    {
        await using var host = await ApiHost.Start(clock);
        Assert.Equal(DefaultCadences.Schema, await host.Client.GetStringAsync("api/schemas/cadence.json"));
    }
}
