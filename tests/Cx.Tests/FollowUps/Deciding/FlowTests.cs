using System.Text.Json;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

using Sending = Cx.Domain.Shops.Sending;

/// <summary>Steps that send nothing: a wait-for waits for an event or a timeout, a branch takes one of two paths.</summary>
public sealed class FlowTests
{
    internal static readonly DateTimeOffset Monday = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    /// <summary>A day after the order it waits ten days for the delivery; then, or else, something is written; three days after that a branch on what the order costs.</summary>
    internal static readonly CadenceDocument Parcel = JsonSerializer.Deserialize<CadenceDocument>(
        """
        {
          "slug": "post-sale", "version": 1, "name": "After a parcel", "trigger": { "on": "order-placed" }, "priority": 50,
          "steps": [
            { "id": "parcel", "kind": "wait-for", "anchor": { "on": "trigger", "days": 1 }, "waitFor": { "on": "order-delivered", "timeout": "P10D" }, "then": ["ask", "remind"], "else": ["sorry"] },
            { "id": "ask", "kind": "message", "anchor": { "on": "previous-step", "days": 2 }, "channel": "email", "category": "marketing", "template": "review-request" },
            { "id": "remind", "kind": "message", "anchor": { "on": "previous-step", "days": 5 }, "channel": "email", "category": "marketing", "template": "review-reminder" },
            { "id": "sorry", "kind": "message", "anchor": { "on": "previous-step" }, "channel": "email", "category": "service", "template": "thank-you" },
            { "id": "dear", "kind": "branch", "anchor": { "on": "previous-step", "days": 3 }, "conditions": [{ "fact": "order-total", "is": "at-least", "value": 60 }], "then": ["thanks", "again"], "else": ["offer"] },
            { "id": "thanks", "kind": "message", "anchor": { "on": "trigger" }, "channel": "email", "category": "service", "template": "thank-you" },
            { "id": "again", "kind": "branch", "anchor": { "on": "previous-step" }, "conditions": [{ "fact": "first-order", "is": "equal", "value": false }], "then": ["loyal"] },
            { "id": "loyal", "kind": "message", "anchor": { "on": "previous-step" }, "channel": "email", "category": "service", "template": "thank-you" },
            { "id": "offer", "kind": "offer", "anchor": { "on": "previous-step" }, "channel": "email", "category": "marketing", "template": "related-offer" }
          ],
          "exits": [{ "on": "order-cancelled" }, { "on": "review-posted", "steps": ["ask", "remind"], "goal": true }]
        }
        """,
        EventCatalog.Json)!;

    [Fact]
    public void The_document_is_valid_and_survives_writing()
    {
        Assert.Empty(CadenceValidator.Validate(Parcel));
        var written = JsonSerializer.Serialize(Parcel, EventCatalog.Json);
        Assert.Equal(written, JsonSerializer.Serialize(JsonSerializer.Deserialize<CadenceDocument>(written, EventCatalog.Json), EventCatalog.Json));
    }

    [Fact]
    public void What_comes_in_time_passes_the_wait_at_once_and_the_other_path_is_skipped()
    {
        var story = Ordered();
        story.RunUntil(Monday.AddDays(4));
        Assert.Equal(Monday.AddDays(11), story.NextDue);

        story.Record(Monday.AddDays(4), Delivered("o-1", Monday.AddDays(4)));
        Assert.Equal(Monday.AddDays(4), story.NextDue);
        story.RunUntil(Monday.AddDays(100));

        Assert.Equal((StepOutcome.Arrived, Monday.AddDays(4)), Passed(story, "parcel"));
        Assert.Equal(Monday.AddDays(6), story.SentAt("ask"));
        Assert.Equal(Monday.AddDays(11), story.SentAt("remind"));
        Assert.Equal("'parcel' took the other path: arrived", Skipped(story, "sorry", Reason.PathNotTaken));
        Assert.Equal("order-delivered on 2026-03-06T10:00:00Z", story.Of<StepPassed>().First().Checks[^1].Evidence);
    }

    [Fact]
    public void What_happened_before_counts_once_the_wait_is_reached()
    {
        var story = Ordered();
        story.Record(Monday.AddHours(2), Delivered("o-1", Monday.AddHours(2)));
        Assert.Equal(Monday.AddDays(1), story.NextDue);

        story.RunUntil(Monday.AddDays(100));

        Assert.Equal((StepOutcome.Arrived, Monday.AddDays(1)), Passed(story, "parcel"));
    }

    [Fact]
    public void What_was_taken_back_before_has_not_happened()
    {
        var story = Ordered();
        story.Record(Monday.AddHours(2), Delivered("o-1", Monday.AddHours(2)));
        story.Record(Monday.AddHours(3), new OrderFactTakenBack(new("o-1"), OrderFact.Delivered, null, Monday.AddHours(3)));

        story.RunUntil(Monday.AddDays(100));

        Assert.Equal((StepOutcome.TimedOut, Monday.AddDays(11)), Passed(story, "parcel"));
    }

    [Fact]
    public void When_its_time_is_up_the_other_path_is_taken_and_what_comes_then_changes_nothing()
    {
        var story = Ordered();
        story.RunUntil(Monday.AddDays(12));
        story.Record(Monday.AddDays(12), Delivered("o-1", Monday.AddDays(2)));
        story.RunUntil(Monday.AddDays(100));

        Assert.Equal((StepOutcome.TimedOut, Monday.AddDays(11)), Passed(story, "parcel"));
        Assert.Equal(Monday.AddDays(11), story.SentAt("sorry"));
        Assert.Null(story.SentAt("ask"));
        Assert.Single(story.Of<StepPassed>(), p => p.Step == "parcel");
        Assert.Equal("no order-delivered until 2026-03-13T10:00:00Z", story.Of<StepPassed>().First().Checks[^1].Evidence);
        Assert.Equal(("sorry", Reason.PathNotTaken), Assert.Single(story.Of<SentDespite>()) is var late ? (late.Step, late.Reason) : default);
    }

    [Fact]
    public void What_came_after_its_time_was_up_makes_no_message_late()
    {
        var story = Ordered();
        story.RunUntil(Monday.AddDays(12));
        story.Record(Monday.AddDays(12), Delivered("o-1", Monday.AddDays(12)));

        Assert.Empty(story.Of<SentDespite>());
    }

    [Fact]
    public void A_branch_takes_one_path_by_the_facts_when_it_is_reached()
    {
        var cheap = Ordered();
        cheap.RunUntil(Monday.AddDays(100));
        Assert.Equal((StepOutcome.Else, Monday.AddDays(14)), Passed(cheap, "dear"));
        Assert.Equal("order-total is 50, not at-least 60", cheap.Of<StepPassed>().Last().Checks[^1].Evidence);
        Assert.NotNull(cheap.SentAt("offer"));
        Assert.All(["thanks", "again", "loyal"], s => Skipped(cheap, s, s == "loyal" ? Reason.NotApplicable : Reason.PathNotTaken));

        var dear = Consenting(Monday);
        dear.Shop = dear.Shop with { Cadences = [Parcel] };
        dear.Record(Monday, Placed("o-1", Monday) with { Total = new Money(80, "EUR") });
        dear.Record(Monday.AddDays(12), Placed("o-2", Monday.AddDays(12)));
        dear.RunUntil(Monday.AddDays(100));
        var first = dear.Customer.FollowUps.Values.Single(f => f.Order == new OrderId("o-1"));
        Assert.Equal((StepOutcome.Then, StepOutcome.Then), (first.StepOf("dear").Outcome!.Value, first.StepOf("again").Outcome!.Value));
        Assert.Equal((StepStatus.Sent, Reason.PathNotTaken), (first.StepOf("loyal").Status, first.StepOf("offer").Reason!.Value));
        Assert.Equal("order-total is 80, at-least 60", dear.Of<StepPassed>().First(p => p.Step == "dear").Checks[^1].Evidence);
    }

    [Fact]
    public void A_step_on_a_path_is_not_due_before_that_is_taken_nor_late_for_it()
    {
        var story = Ordered(Parcel with { Steps = [.. Parcel.Steps.Select(s => s.Id == "thanks" ? s with { MaxLateness = TimeSpan.FromHours(24) } : s)] }, total: 80);
        story.RunUntil(Monday.AddDays(13));
        Assert.Equal(StepStatus.Pending, story.Step("thanks").Status);

        story.RunUntil(Monday.AddDays(100));

        Assert.Equal(Monday.AddDays(14), story.SentAt("thanks"));
    }

    [Theory]
    [InlineData("order-cancelled", Reason.OrderCancelled)]
    [InlineData("review-posted", Reason.GoalReached)]
    public void An_exit_or_a_goal_ends_a_wait_at_once(string on, Reason reason)
    {
        var story = Ordered(Parcel with { Exits = [new(on, Goal: reason == Reason.GoalReached)] });
        story.RunUntil(Monday.AddDays(3));

        story.Record(Monday.AddDays(3), on == "order-cancelled" ? Cancelled("o-1", Monday.AddDays(3)) : Reviewed("o-1", Monday.AddDays(3)));

        Assert.False(story.FollowUp.IsRunning);
        Assert.All(Parcel.Steps, s => Assert.Equal((StepStatus.Skipped, reason), (story.Step(s.Id).Status, story.Step(s.Id).Reason!.Value)));
        Assert.Null(story.NextDue);
    }

    [Fact]
    public void An_exit_that_was_taken_back_lets_the_wait_go_on()
    {
        var story = Ordered();
        story.RunUntil(Monday.AddDays(3));
        story.Record(Monday.AddDays(3), Cancelled("o-1", Monday.AddDays(3)));
        story.Record(Monday.AddDays(4), new OrderFactTakenBack(new("o-1"), OrderFact.Cancelled, null, Monday.AddDays(4)));
        story.Record(Monday.AddDays(5), Delivered("o-1", Monday.AddDays(5)));
        story.RunUntil(Monday.AddDays(100));

        Assert.Equal((StepOutcome.Arrived, Monday.AddDays(5)), Passed(story, "parcel"));
        Assert.Equal(Monday.AddDays(7), story.SentAt("ask"));
        Assert.Single(story.Of<StepPassed>(), p => p.Step == "parcel");
    }

    [Fact]
    public void It_waits_neither_for_quiet_hours_nor_for_sending_nor_for_consent()
    {
        var night = Monday.AddHours(13);
        var story = new Story();
        story.Shop = story.Shop with { Cadences = [Parcel], Sending = Sending.Off };
        story.Record(night, Placed("o-1", night));
        story.Wake(night.AddDays(1));
        story.Record(night.AddDays(2), Delivered("o-1", night.AddDays(2)));

        story.Wake(night.AddDays(2));

        Assert.Equal((StepOutcome.Arrived, night.AddDays(2)), Passed(story, "parcel"));
    }

    [Theory]
    [InlineData(Reason.CadencePaused)]
    [InlineData(Reason.SendingPaused)]
    [InlineData(Reason.Restricted)]
    public void A_pause_holds_it_however_long_and_what_follows_counts_from_its_release(Reason reason)
    {
        var story = Ordered();
        Hold(story, Monday.AddDays(2), on: true, reason);
        story.Record(Monday.AddDays(4), Delivered("o-1", Monday.AddDays(4)));
        story.RunUntil(Monday.AddDays(30));
        Assert.Equal((StepStatus.Held, reason), (story.Step("parcel").Status, story.Step("parcel").Reason!.Value));
        Assert.Null(story.NextDue);

        Hold(story, Monday.AddDays(30), on: false, reason);
        story.Wake(Monday.AddDays(30));
        story.RunUntil(Monday.AddDays(100));

        Assert.Equal((StepOutcome.Arrived, Monday.AddDays(30)), Passed(story, "parcel"));
        Assert.Equal(Monday.AddDays(32), story.SentAt("ask"));
        Assert.Single(story.Of<StepHeld>(), h => h.Step == "parcel");
    }

    [Fact]
    public void The_control_group_takes_its_path_and_gets_nothing()
    {
        var story = Ordered(Parcel with { ControlShare = 1 });
        story.RunUntil(Monday.AddDays(100));

        Assert.Equal(StepOutcome.TimedOut, story.Step("parcel").Outcome);
        Assert.Equal(Reason.ControlGroup, story.Step("sorry").Reason);
        Assert.Empty(story.Of<MessageQueued>());
    }

    [Fact]
    public void A_request_for_a_review_that_follows_a_wait_is_one_and_its_reminder_is_none()
    {
        var story = Ordered();
        story.Record(Monday.AddDays(2), Delivered("o-1", Monday.AddDays(2)));
        story.RunUntil(Monday.AddDays(100));

        Assert.Equal([("ask", true), ("remind", false)], story.Of<MessageQueued>().Where(m => m.Step is "ask" or "remind").Select(m => (m.Step, m.IsReviewRequest)));
    }

    internal static Story Ordered(CadenceDocument? cadence = null, decimal total = 50)
    {
        var story = Consenting(Monday);
        story.Shop = story.Shop with { Cadences = [cadence ?? Parcel] };
        story.Record(Monday, Placed("o-1", Monday) with { Total = new Money(total, "EUR") });
        return story;
    }

    internal static (StepOutcome, DateTimeOffset) Passed(Story story, string step) =>
        story.Step(step) is { Status: StepStatus.Passed } s ? (s.Outcome!.Value, s.PassedAt!.Value) : throw new InvalidOperationException($"{step} is {story.Step(step)}");

    internal static string Skipped(Story story, string step, Reason reason)
    {
        var skipped = Assert.Single(story.Of<StepSkipped>(), x => x.Step == step);
        Assert.Equal(reason, skipped.Reason);
        return Assert.Single(skipped.Checks).Evidence;
    }

    private static void Hold(Story story, DateTimeOffset at, bool on, Reason reason)
    {
        switch (reason)
        {
            case Reason.CadencePaused: story.Standing(s => new(on ? CadenceState.Paused : CadenceState.Published, 1, [])); break;
            case Reason.SendingPaused: story.Shop = story.Shop with { Sending = on ? Sending.Paused : Sending.On }; break;
            default: story.Record(at, on ? new ProcessingRestricted("key-1", at) : new RestrictionLifted("key-1", at)); break;
        }
    }
}
