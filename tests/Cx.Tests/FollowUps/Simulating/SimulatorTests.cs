using System.Text.Json;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.FollowUps.Simulating;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Tests.FollowUps.Deciding;

namespace Cx.Tests.FollowUps.Simulating;

/// <summary>What a draft would have done to one customer, beside what the version in force would have done.</summary>
public sealed class SimulatorTests
{
    private static readonly DateTimeOffset Day0 = RecordedShop.Begin;

    // Asks for a review two days after delivery instead of seven.
    private static readonly CadenceDocument Sooner = DefaultCadences.PostSale with
    {
        Version = 2,
        Steps = [.. DefaultCadences.PostSale.Steps.Select(s => s.Id == "review-request" ? s with { Anchor = new("order-delivered", 2), FallbackAnchor = null } : s)],
    };

    [Fact]
    public void A_draft_that_asks_sooner_is_seen_to_ask_sooner_and_nothing_else_differs()
    {
        var shop = Delivered(Day0.AddDays(3));
        var outcome = Run(shop, Sooner);

        Assert.Equal((Day0.AddDays(10), Day0.AddDays(5)), (Sent(outcome.Current, "review-request"), Sent(outcome.Draft, "review-request")));
        Assert.Equal(["review-request", "review-reminder"], outcome.Differences.Select(d => d.Step));
        Assert.Equal(new OrderId("1"), outcome.Differences[0].Order);
        Assert.Equal((1, 2), (outcome.Current.Decisions[0].Version, outcome.Draft.Decisions[0].Version));
        Assert.Contains(outcome.Draft.Messages, m => m.Queued.Step == "review-request" && m.SentAt == Day0.AddDays(5) && m.Started.FollowUp == m.Queued.FollowUp);
    }

    [Fact]
    public void The_version_in_force_against_itself_differs_in_nothing()
    {
        var shop = Delivered(Day0.AddDays(3));
        Assert.Empty(Run(shop, DefaultCadences.PostSale with { Version = 2 }).Differences);
    }

    // The review was posted on the sixth day and reached us on the twentieth: what is asked before that day is asked without knowing it.
    [Fact]
    public void What_arrived_late_is_late()
    {
        var shop = Delivered(Day0.AddDays(3));
        shop.RunUntil(Day0.AddDays(20));
        shop.Record(Story.Reviewed("1", Day0.AddDays(4)));
        shop.RunUntil(Day0.AddDays(60));

        var outcome = Run(shop, Sooner);

        Assert.Equal(Day0.AddDays(5), Sent(outcome.Draft, "review-request"));
    }

    [Fact]
    public void A_pause_that_was_holds_the_draft_as_well()
    {
        var shop = Delivered(Day0.AddDays(3));
        shop.RunUntil(Day0.AddDays(4));
        shop.Tell(new SendingSwitched(Sending.Paused, shop.Clock));
        shop.RunUntil(Day0.AddDays(6));
        shop.Tell(new SendingSwitched(Sending.On, shop.Clock));
        shop.RunUntil(Day0.AddDays(60));

        var outcome = Run(shop, Sooner);

        Assert.Contains(outcome.Draft.Decisions, d => d is { Step: "review-request", Outcome: SimulatedOutcome.Held, Reason: Reason.SendingPaused });
        Assert.True(Sent(outcome.Draft, "review-request") >= Day0.AddDays(6));
        Assert.DoesNotContain(outcome.Current.Decisions, d => d.Reason == Reason.SendingPaused);
    }

    [Fact]
    public void An_outage_that_was_holds_up_what_the_draft_would_have_sent_in_it()
    {
        var shop = Delivered(Day0.AddDays(3));
        shop.RunUntil(Day0.AddDays(4));
        shop.GoDown(TimeSpan.FromDays(2));
        shop.RunUntil(Day0.AddDays(60));

        Assert.All(Run(shop, Sooner).Draft.Decisions, d => Assert.False(d.At > Day0.AddDays(4) && d.At < Day0.AddDays(6), $"{d}"));
    }

    [Fact]
    public void Up_to_an_instant_all_is_as_it_was_recorded()
    {
        var shop = Delivered(Day0.AddDays(3));
        shop.RunUntil(Day0.AddDays(60));
        var plan = SimulationPlan.OfCadence(shop.Timeline, Sooner, DefaultCadences.PostSale, Day0.AddDays(4), shop.Clock);

        var outcome = new Simulator(plan).Run(shop.History);

        // What runs stays in its version.
        Assert.Empty(outcome.Differences);
        Assert.DoesNotContain(outcome.Draft.Decisions, d => d.Step == "thank-you");
        Assert.Equal(Day0.AddDays(10), Sent(outcome.Draft, "review-request"));
    }

    [Fact]
    public void A_policy_that_lets_nothing_through_is_seen_to_hold_all_of_marketing()
    {
        var shop = Delivered(Day0.AddDays(3));
        shop.RunUntil(Day0.AddDays(60));
        var none = new ContactPolicy { Version = 1, Caps = [new(0, TimeSpan.FromDays(30), Category: Category.Marketing)] };

        var outcome = new Simulator(SimulationPlan.OfPolicy(shop.Timeline, none, ExcludedTags.None, null, shop.Clock)).Run(shop.History);

        Assert.Equal(["thank-you"], outcome.Draft.Decisions.Where(d => d.Outcome == SimulatedOutcome.Sent).Select(d => d.Step));
        Assert.Contains(outcome.Draft.Decisions, d => d is { Step: "review-request", Outcome: SimulatedOutcome.Capped, Reason: Reason.Cap });
        Assert.NotNull(Sent(outcome.Current, "review-request"));
    }

    [Fact]
    public void Who_was_erased_is_not_in_it()
    {
        var shop = Delivered(Day0.AddDays(3));
        shop.RunUntil(Day0.AddDays(5));
        shop.Record(new CustomerErased("customer", shop.Clock));

        Assert.True(shop.History.IsErased);
        Assert.Throws<ArgumentException>(() => Run(shop, Sooner));
        Assert.Throws<ArgumentException>(() => LogCheck.Of(shop.Timeline, shop.History, shop.Clock));
    }

    [Fact]
    public void Sums_of_parts_are_the_sums_of_all_whatever_their_order_and_survive_writing()
    {
        var outcomes = Enumerable.Range(1, 8).Select(seed => Run(Delivered(Day0.AddDays(seed), seed), Sooner)).ToList();
        var all = Sum(outcomes);
        var merged = new SimulationTally();
        foreach (var part in outcomes.AsEnumerable().Reverse().Chunk(3))
            merged.Add(Again(Sum(part)));

        Assert.Equal(Written(all), Written(merged));
        var result = SimulationResult.Of(all);
        Assert.Equal((8, 8), (result.Customers, result.Differing));
        Assert.Equal(8, result.Steps.Single(s => s is { Cadence: "post-sale", Step: "thank-you" }).Draft.Sent);
        Assert.Equal(result.Steps.Sum(s => s.Draft.Sent), result.Weeks.Sum(w => w.Draft.Sent));
        Assert.Equal(result.Steps.Sum(s => s.Draft.Sent) / 8.0, result.DraftPressure.Mean);
        Assert.All(result.Weeks, w => Assert.Equal(DayOfWeek.Monday, w.From.DayOfWeek));
        Assert.All(all.Examples.Values, m => Assert.InRange(m.Count, 1, SimulationTally.ExamplesOfStep));
    }

    private static SimulationTally Sum(IEnumerable<CustomerOutcome> outcomes)
    {
        var tally = new SimulationTally();
        foreach (var outcome in outcomes)
            tally.Add(outcome);
        return tally;
    }

    private static string Written(SimulationTally tally) => JsonSerializer.Serialize(tally, EventCatalog.Json);

    private static SimulationTally Again(SimulationTally tally) => JsonSerializer.Deserialize<SimulationTally>(Written(tally), EventCatalog.Json)!;

    private static CustomerOutcome Run(RecordedShop shop, CadenceDocument draft)
    {
        if (shop.Clock < Day0.AddDays(60))
            shop.RunUntil(Day0.AddDays(60));
        return new Simulator(SimulationPlan.OfCadence(shop.Timeline, draft, DefaultCadences.PostSale, null, shop.Clock)).Run(shop.History);
    }

    private static DateTimeOffset? Sent(SideOutcome side, string step) => side.Decisions.SingleOrDefault(d => d.Step == step && d.Outcome == SimulatedOutcome.Sent)?.At;

    private static RecordedShop Delivered(DateTimeOffset at, int seed = 1)
    {
        var shop = new RecordedShop(seed) { IsPunctual = true };
        shop.Record(Story.Placed($"{seed}", Day0));
        shop.RunUntil(at);
        shop.Record(Story.Delivered($"{seed}", at));
        return shop;
    }
}
