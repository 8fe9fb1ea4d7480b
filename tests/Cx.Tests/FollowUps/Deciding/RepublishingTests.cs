using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>What publishing, pausing and archiving a cadence do to follow-ups that run.</summary>
public sealed class RepublishingTests
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private static readonly CadenceDocument First = DefaultCadences.PostSale;

    // Asks three days after delivery instead of seven, has a step of its own, and offers nothing.
    internal static readonly CadenceDocument Second = First with
    {
        Version = 2,
        Steps =
        [
            First.Steps[0],
            First.Steps[1] with { Anchor = new("order-delivered", 3) },
            First.Steps[2],
            new("tips", StepKind.Message, new(Anchor.Trigger, 1), null, First.Steps[0].Channel, Category.Service, "thank-you"),
            new("check-up", StepKind.Message, new(Anchor.Trigger, 60), null, First.Steps[0].Channel, Category.Service, "thank-you"),
        ],
    };

    [Fact]
    public void Who_stays_keeps_the_version_that_it_started_with_and_new_ones_start_with_the_new_one()
    {
        var story = Bought();
        story.Publish(Second, RunningChoice.Stay);

        story.Record(Monday.AddDays(6), Placed("o-2", Monday.AddDays(6)));
        story.RunUntil(Monday.AddDays(200));

        Assert.Equal([("o-1", 1), ("o-2", 2)], story.Customer.FollowUps.Values.Select(f => (f.Order!.Value.Value, f.Version)).Order());
        Assert.Equal(Monday.AddDays(9), story.SentAt("review-request"));
        Assert.Empty(story.Of<FollowUpMigrated>());
    }

    [Fact]
    public void Who_migrates_goes_on_at_the_step_of_the_same_id_and_gets_nothing_twice()
    {
        var story = Bought();
        story.Publish(Second, RunningChoice.Migrate);
        Assert.Equal(story.Customer.RecordedAt, story.NextDue);

        story.RunUntil(Monday.AddDays(200));

        Assert.Equal((1, 2), Assert.Single(story.Of<FollowUpMigrated>()) is var m ? (m.From, m.To) : default);
        Assert.Equal(2, story.FollowUp.Version);
        Assert.Equal(Monday.AddDays(5), story.SentAt("review-request"));
        Assert.Equal(["check-up", "review-reminder", "review-request", "thank-you"], story.Of<MessageAttempted>().Select(a => a.Step).Order());
        Assert.Equal(Reason.NotPlaced, story.Step("related-offer").Reason);
        Assert.Equal(Reason.NotPlaced, story.Step("tips").Reason);
    }

    [Fact]
    public void What_another_version_makes_due_earlier_is_not_too_late_for_it()
    {
        var story = Bought();
        story.RunUntil(Monday.AddDays(8));
        story.Publish(Second with { Steps = [First.Steps[0], First.Steps[1] with { Anchor = new("order-delivered", 1), MaxLateness = TimeSpan.FromDays(1) }] }, RunningChoice.Migrate);

        story.Wake(Monday.AddDays(8));

        Assert.Equal(StepStatus.Queued, story.Step("review-request").Status);
    }

    [Fact]
    public void A_queued_message_of_a_step_that_is_gone_is_withdrawn_and_one_of_a_step_that_stays_is_sent_once()
    {
        var story = Bought();
        story.Wake(Monday.AddDays(9));
        Assert.Equal(StepStatus.Queued, story.Step("review-request").Status);
        story.Publish(Second, RunningChoice.Migrate);
        story.Wake(Monday.AddDays(9).AddMinutes(1));
        Assert.Equal(StepStatus.Queued, story.Step("review-request").Status);

        story.Publish(Second with { Version = 3, Steps = [First.Steps[0], Second.Steps[4]] }, RunningChoice.Migrate);
        story.Wake(Monday.AddDays(9).AddMinutes(2));
        story.Send(Monday.AddDays(9).AddMinutes(3));

        Assert.Equal((StepStatus.Skipped, Reason.NotPlaced), (story.Step("review-request").Status, story.Step("review-request").Reason!.Value));
        Assert.DoesNotContain(story.Of<MessageAttempted>(), a => a.Step == "review-request");
        Assert.Equal(3, story.FollowUp.Version);
    }

    [Fact]
    public void What_cannot_be_placed_ends_with_the_reason()
    {
        var story = Bought();
        story.Publish(Second with { Steps = [First.Steps[0], Second.Steps[4]] }, RunningChoice.Migrate);

        story.Wake(Monday.AddDays(3));

        Assert.Equal((Reason.NotPlaced, "cadence-published"), Assert.Single(story.Of<FollowUpEnded>()) is var e ? (e.Reason!.Value, e.On!) : default);
        Assert.All(["review-request", "review-reminder", "related-offer"], s => Assert.Equal(Reason.NotPlaced, story.Step(s).Reason));
        Assert.Null(story.NextDue);
    }

    [Fact]
    public void Who_is_ended_gets_nothing_more_not_even_what_was_queued_when_nobody_has_woken_it()
    {
        var story = Bought();
        story.Wake(Monday.AddDays(9));
        story.Publish(Second, RunningChoice.End);

        story.Send(Monday.AddDays(9).AddMinutes(1));
        Assert.Equal(Reason.CadenceReplaced, Assert.Single(story.Of<MessageWithdrawn>()).Reason);
        story.RunUntil(Monday.AddDays(200));

        Assert.Equal(Reason.CadenceReplaced, Assert.Single(story.Of<FollowUpEnded>()).Reason);
        Assert.Equal(["thank-you"], story.Of<MessageAttempted>().Select(a => a.Step));
    }

    [Fact]
    public void Who_is_woken_late_takes_every_turn_in_order()
    {
        var story = Bought();
        story.Publish(Second, RunningChoice.Migrate);
        story.Publish(Second with { Version = 3 }, RunningChoice.Stay);
        story.Publish(Second with { Version = 4 }, RunningChoice.Migrate);

        story.Wake(Monday.AddDays(3));
        Assert.Equal([(1, 2), (2, 4)], story.Of<FollowUpMigrated>().Select(m => (m.From, m.To)));

        story.Publish(Second with { Version = 5 }, RunningChoice.End);
        story.Publish(Second with { Version = 6 }, RunningChoice.Migrate);
        story.Wake(Monday.AddDays(4));
        Assert.Equal((Reason.CadenceReplaced, 4), (story.FollowUp.EndedFor!.Value, story.FollowUp.Version));
    }

    [Fact]
    public void An_archived_cadence_starts_nothing_ends_what_runs_and_starts_again_when_it_is_published()
    {
        var story = Bought();
        story.Standing(s => CadenceStanding.After(s, new("post-sale", CadenceState.Archived, 1, new(1, null, RunningChoice.End), Monday.AddDays(3))));

        story.Record(Monday.AddDays(3), Placed("o-2", Monday.AddDays(3)));
        story.RunUntil(Monday.AddDays(60));
        Assert.Equal(Reason.CadenceArchived, Assert.Single(story.Customer.FollowUps).Value.EndedFor);

        story.Publish(Second, RunningChoice.Migrate);
        story.Record(Monday.AddDays(60), Placed("o-3", Monday.AddDays(60)));
        Assert.Equal([(1, false), (2, true)], story.Customer.FollowUps.Values.Select(f => (f.Version, f.IsRunning)).Order());
    }

    [Fact]
    public void A_paused_cadence_holds_what_is_due_and_sends_it_once_when_it_is_resumed()
    {
        var story = Bought();
        story.Wake(Monday.AddDays(9));
        story.Standing(s => new(CadenceState.Paused, 1, []));
        story.Send(Monday.AddDays(9).AddMinutes(1));
        story.Record(Monday.AddDays(9).AddMinutes(2), Placed("o-2", Monday.AddDays(9)));
        story.Wake(Monday.AddDays(9).AddMinutes(3));
        Assert.Equal((StepStatus.Held, Reason.CadencePaused), Of("o-1", "review-request"));
        Assert.Equal((StepStatus.Held, Reason.CadencePaused), Of("o-2", "thank-you"));

        story.Standing(s => new(CadenceState.Published, 1, []));
        story.Wake(Monday.AddDays(10));
        story.Send(Monday.AddDays(10));
        story.Send(Monday.AddDays(10).AddMinutes(1));

        Assert.Equal(["review-request", "thank-you", "thank-you"], story.Of<MessageAttempted>().Select(a => a.Step).Order());

        (StepStatus, Reason?) Of(string order, string step) =>
            story.Customer.FollowUps.Values.Single(f => f.Order!.Value.Value == order).StepOf(step) is var state ? (state.Status, state.Reason) : default;
    }

    [Fact]
    public void Two_cadences_of_one_trigger_run_beside_each_other_by_priority()
    {
        var story = Consenting(Monday);
        story.Shop = story.Shop with { Cadences = [First, First with { Slug = "vip", Priority = 1 }] };

        story.Record(Monday, Placed("o-1", Monday));
        story.Wake(Monday);

        Assert.Equal(["vip", "post-sale"], story.Of<FollowUpStarted>().Select(f => f.Cadence));
        Assert.Equal(["vip", "post-sale"], story.Of<MessageQueued>().Select(m => story.Customer.FollowUps[m.FollowUp].Cadence));
    }

    // Somebody whose order was placed on Monday and delivered on Wednesday, and who was thanked.
    private static Story Bought()
    {
        var story = Consenting(Monday);
        story.Record(Monday, Placed("o-1", Monday));
        story.Wake(Monday);
        story.Send(Monday);
        story.Record(Monday.AddDays(2), Delivered("o-1", Monday.AddDays(2)));
        return story;
    }
}

internal static class Standings
{
    internal static void Standing(this Story story, Func<CadenceStanding?, CadenceStanding> change) => story.Shop = story.Shop with
    {
        Standings = story.Shop.Standings.SetItem("post-sale", change(story.Shop.Standings.GetValueOrDefault("post-sale"))),
    };

    /// <summary>A version is published, as the shop's facts show it.</summary>
    internal static void Publish(this Story story, CadenceDocument document, RunningChoice running)
    {
        story.Shop = story.Shop with { Cadences = [.. story.Shop.Cadences, document] };
        var turn = running == RunningChoice.Stay ? null : new CadenceTurn(document.Version - 1, document.Version, running);
        story.Standing(s => CadenceStanding.After(s, new("post-sale", CadenceState.Published, document.Version, turn, default)));
    }
}
