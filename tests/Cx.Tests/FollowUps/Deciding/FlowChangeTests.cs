using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using static Cx.Tests.FollowUps.Deciding.FlowTests;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>What people do with waits and branches, and what another version of the cadence does.</summary>
public sealed class FlowChangeTests
{
    [Fact]
    public void Who_wants_it_now_goes_on_now()
    {
        var story = Ordered();
        story.RunUntil(Monday.AddDays(3));
        Control(story, Monday.AddDays(3), StepControl.Send, "parcel");
        Control(story, Monday.AddDays(3), StepControl.Send, "dear");
        story.RunUntil(Monday.AddDays(100));

        Assert.Equal((StepOutcome.TimedOut, Monday.AddDays(3)), Passed(story, "parcel"));
        Assert.Equal((StepOutcome.Else, Monday.AddDays(3)), Passed(story, "dear"));
        Assert.Contains("wanted now by key key-1", story.Of<StepPassed>().First().Checks[1].Evidence, StringComparison.Ordinal);
        Assert.Equal("step-over", Assert.Throws<RuleBrokenException>(() => Control(story, Monday.AddDays(3), StepControl.Skip, "parcel")).Code);
    }

    [Fact]
    public void Who_skips_it_gives_up_its_paths_and_what_counts_from_it()
    {
        var story = Ordered();

        Control(story, Monday.AddDays(3), StepControl.Skip, "parcel");

        Assert.Equal("'parcel', which leads to it, was not passed", Skipped(story, "ask", Reason.NotApplicable));
        Assert.Equal("the previous step was not passed", Skipped(story, "dear", Reason.NotApplicable));
        Assert.False(story.FollowUp.IsRunning);
    }

    [Fact]
    public void Who_postpones_it_lets_it_be_reached_later_and_who_stops_it_ends_it()
    {
        var story = Ordered();
        story.RunUntil(Monday.AddDays(2));
        Control(story, Monday.AddDays(2), StepControl.Postpone, "parcel", Monday.AddDays(20));
        story.Record(Monday.AddDays(3), Delivered("o-1", Monday.AddDays(3)));
        Assert.Equal(Monday.AddDays(20), story.NextDue);
        story.RunUntil(Monday.AddDays(20));
        Assert.Equal((StepOutcome.Arrived, Monday.AddDays(20)), Passed(story, "parcel"));

        Control(story, Monday.AddDays(20), StepControl.Never, "dear");
        Assert.Equal((false, Reason.StoppedByPerson), (story.FollowUp.IsRunning, story.Step("dear").Reason!.Value));
    }

    [Fact]
    public void Who_migrates_keeps_what_was_passed_and_passes_what_leads_to_steps_that_were_there_before()
    {
        var former = Parcel with { Steps = [Parcel.Steps[0], Parcel.Steps[1], Parcel.Steps[3], Parcel.Steps[5] with { Anchor = new(Anchor.Trigger, 60) }] };
        former = former with { Steps = [former.Steps[0] with { Then = ["ask"] }, .. former.Steps.Skip(1)] };
        Assert.Empty(CadenceValidator.Validate(former with { Exits = [] }));
        var story = Ordered(former with { Exits = [] }, total: 80);
        story.Record(Monday.AddDays(2), Delivered("o-1", Monday.AddDays(2)));
        story.RunUntil(Monday.AddDays(20));

        story.Publish(Parcel with { Version = 2 }, RunningChoice.Migrate);
        story.Wake(Monday.AddDays(20));
        story.Send(Monday.AddDays(20));
        story.RunUntil(Monday.AddDays(200));

        Assert.Equal((StepOutcome.Arrived, Monday.AddDays(2)), Passed(story, "parcel"));
        Assert.Single(story.Of<MessageAttempted>(), m => m.Step == "ask");
        // Reached long ago, but it leads to what was there: it is passed as the follow-up goes over.
        Assert.Equal((StepOutcome.Then, Monday.AddDays(20)), Passed(story, "dear"));
        Assert.NotNull(story.SentAt("thanks"));
        Assert.Equal(Reason.NotPlaced, story.Step("remind").Reason);
        Assert.False(story.FollowUp.IsRunning);
    }

    private static void Control(Story story, DateTimeOffset at, StepControl control, string step, DateTimeOffset? until = null) => story.Commit(at, s => StepControls.Decide(
        story.Customer, s, new(control, story.Customer.FollowUps.Keys.First(), step, until, "key-1", Personal.FromSeal("why"))));
}
