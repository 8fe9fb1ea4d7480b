using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Tests.EventStore;
using Cx.Tests.Support;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.FollowUps.Explanations;

public sealed class StepControlApiTests
{
    private const string Path = $"api/shops/{ApiHost.Shop}";
    private const string Words = "Signora Rossi wants no mail about the lamp";

    private readonly HandClock clock = new(StoreRig.Start);

    [Fact]
    public async Task A_step_is_skipped_postponed_sent_or_stopped_with_who_and_why()
    {
        await using var host = await Started();
        var key = await (await host.Post($"{Path}/keys", new { name = "Support", scopes = new[] { "marketing", "read" } })).Json();
        using var support = host.With((string)key["key"]!);
        var buyer = await Buyer(host, "ada");
        await host.Get<Waker>().WakeDue(default);
        var steps = $"{Path}/follow-ups/{await FollowUp(host, buyer)}/steps";
        Task<HttpResponseMessage> Call(string step, object body) => support.PostAsJsonAsync($"{steps}/{step}", body);

        var until = clock.GetUtcNow().AddDays(40);
        var postponed = await (await Call("related-offer/postpone", new { reason = Words, until })).Json();
        Assert.Equal(("held", "postponed", until), ((string?)postponed["status"], (string?)postponed["reason"], postponed["until"]!.GetValue<DateTimeOffset>()));
        for (var i = 0; i < 2; i++)
        {
            var skipped = await (await Call("review-request/skip", new { reason = Words })).Json();
            Assert.Equal(("skipped", "skipped-by-person"), ((string?)skipped["status"], (string?)skipped["reason"]));
            Assert.Equal(("skip", (string?)key["id"]), ((string?)skipped["person"]!["control"], (string?)skipped["person"]!["by"]));
        }

        Assert.Equal("send", (string?)(await (await Call("related-offer/send", new { reason = Words })).Json())["person"]!["control"]);
        Assert.Equal(("skipped", "stopped-by-person"), State(await (await Call("related-offer/never", new { reason = Words })).Json()));
        Assert.Equal(["skip", "never"], (await Steps(host, buyer)).Where(s => s["step"]!.ToString() is "review-request" or "related-offer").Select(s => (string)s["person"]!["control"]!));

        var why = await (await support.GetAsync($"{steps}/review-request/why")).Json();
        var decision = why["decisions"]!.AsArray().First(d => (string)d!["outcome"]! == "skipped")!;
        Assert.Equal(("Support", Words), ((string?)decision["by"]!["name"], (string?)decision["note"]));
        Assert.Contains(why["summary"]!.AsArray(), s => ((string)s!).Contains($"'Support' ({key["id"]}) skipped it for good: {Words}", StringComparison.Ordinal));
        var audit = (await host.Read($"{Path}/audit?customer={buyer}"))["items"]!.AsArray().Select(e => $"{e!["action"]} {e["by"]!["name"]} {e["request"]}").Order(StringComparer.Ordinal).ToList();
        Assert.Equal(
            [
                "follow-up-stopped Support neverSendFollowUp", "opened Support explainStep", "step-postponed Support postponeStep", "step-send-requested Support sendStep",
                "step-skipped Support skipStep",
            ],
            audit);
        Assert.Equal(0, (await host.Database.Rows("select count(*) from mt_events where data::text like '%Rossi%'", r => r.GetInt64(0), default)).Single());
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_and_changes_nothing()
    {
        await using var host = await Started();
        var buyer = await Buyer(host, "ada");
        await host.Get<Waker>().WakeDue(default);
        var steps = $"{Path}/follow-ups/{await FollowUp(host, buyer)}/steps";
        var message = new MessageId((string)(await Steps(host, buyer))[0]["message"]!);
        var store = host.Get<IEventStore>();
        await store.Transact(new(ApiHost.Shop), new CustomerRef.ById(buyer), new("t", "t", "t"), (c, s) => MessageDecisions.Claim(c, s, message, "smtp", false), default);
        Assert.Equal((409, "step-with-sender"), await Refused("thank-you/skip", new { reason = "no" }));
        await store.Transact(new(ApiHost.Shop), new CustomerRef.ById(buyer), new("t", "t", "t"), (c, s) => MessageDecisions.Accepted(c, s, message, "250"), default);

        Assert.Equal((409, "step-sent"), await Refused("thank-you/skip", new { reason = "no" }));
        Assert.Equal((409, "step-sent"), await Refused("thank-you/never", new { reason = "no" }));
        Assert.Equal((404, "unknown-step"), await Refused("thank-me/skip", new { reason = "no" }));
        Assert.Equal((404, "unknown-follow-up"), await Refused("../../nothing/steps/thank-you/send", new { reason = "no" }));
        Assert.Equal((422, "invalid-request"), await Refused("review-request/skip", new { reason = " " }));
        Assert.Equal((422, "invalid-request"), await Refused("review-request/never", new { reason = new string('x', 501) }));
        foreach (var days in new[] { -1, 0, 367 })
        {
            Assert.Equal((422, "invalid-request"), await Refused("review-request/postpone", new { reason = "no", until = clock.GetUtcNow().AddDays(days) }));
        }

        var key = await (await host.Post($"{Path}/keys", new { name = "Reader", scopes = new[] { "read" } })).Json();
        using var reader = host.With((string)key["key"]!);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.PostAsJsonAsync($"{steps}/review-request/skip", new { reason = "no" })).StatusCode);
        Assert.All((await Steps(host, buyer)).Skip(1), s => Assert.Equal("pending", (string?)s["status"]));

        async Task<(int, string)> Refused(string step, object body)
        {
            var answer = await host.Post($"{steps}/{step}", body);
            return ((int)answer.StatusCode, await answer.Code());
        }
    }

    [Fact]
    public async Task A_step_of_a_linked_customer_is_controlled_by_the_one_that_leads()
    {
        await using var host = await Started();
        var (ada, bea) = (await Buyer(host, "ada"), await Buyer(host, "bea"));
        await host.Get<Waker>().WakeDue(default);
        var followUp = await FollowUp(host, bea);
        (await host.Post($"{Path}/customers/{ada}/links", new { customer = bea.Value })).EnsureSuccessStatusCode();

        var skipped = await (await host.Post($"{Path}/follow-ups/{followUp}/steps/review-request/skip", new { reason = Words })).Json();

        Assert.Equal(("skipped", "skipped-by-person"), State(skipped));
        var stream = (await host.Database.Rows("select stream_id from mt_events where type = 'step-skipped-by-person.v1'", r => r.GetString(0), default)).Single();
        Assert.Equal($"customer-{ada}", stream);
        (await host.Client.DeleteAsync($"{Path}/customers/{ada}/links/{bea}")).EnsureSuccessStatusCode();
        Assert.Equal("skipped-by-person", State((await Steps(host, bea))[1]).Reason);
        var why = await host.Read($"{Path}/follow-ups/{followUp}/steps/review-request/why");
        Assert.Equal(Words, (string?)why["decisions"]!.AsArray().Last()!["note"]);
    }

    private async Task<ApiHost> Started()
    {
        var host = await ApiHost.StartWithShop(clock);
        await host.Put($"{Path}/sending", new { sending = "on" });
        return host;
    }

    // The record made first leads.
    private async Task<CustomerId> Buyer(ApiHost host, string name)
    {
        clock.Advance(TimeSpan.FromMilliseconds(1));
        return await host.Report([(IdentifierKind.Email, $"{name}@example.com"), (IdentifierKind.Order, $"o-{name}")], [Learned($"{name}@example.com"), Placed($"o-{name}")]);
    }

    private static async Task<string> FollowUp(ApiHost host, CustomerId customer) =>
        (string)Assert.Single((await host.Read($"{Path}/customers/{customer}/follow-ups"))["items"]!.AsArray())!["id"]!;

    private static async Task<List<JsonNode>> Steps(ApiHost host, CustomerId customer) =>
        [.. Assert.Single((await host.Read($"{Path}/customers/{customer}/follow-ups"))["items"]!.AsArray())!["steps"]!.AsArray().OfType<JsonNode>()];

    private static (string? Status, string? Reason) State(JsonNode step) => ((string?)step["status"], (string?)step["reason"]);
}
