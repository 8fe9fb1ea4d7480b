using Cx.FunctionApp.FollowUps;

namespace Cx.FunctionApp.Tests.FollowUps;

/// <summary>When an orchestration wakes and retries, hour by hour.</summary>
public sealed class TimedOrchestrationTests
{
    private static readonly FollowUpTimer Timer = new(new("bottega"), new("c1"), new("f1"));
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1), Week = TimeSpan.FromDays(7);
    private static readonly NextWake Ended = new(Ended: true, null);

    [Fact]
    public void The_timer_wakes_it_at_the_instant_the_wake_named()
    {
        var follow = Started(() => new(false, Now + Week));
        follow.Advance(Week - TimeSpan.FromSeconds(1));
        Assert.Equal(1, follow.Wakes);

        follow.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, follow.Wakes);
    }

    [Fact]
    public void Changed_facts_wake_it_early_and_the_timer_that_lost_is_cancelled()
    {
        var wakes = 0;
        var follow = Started(() => new(false, Now + (++wakes * Week)));

        follow.Raise();

        Assert.Equal(2, follow.Wakes);
        Assert.Equal([(Now + (2 * Week)).UtcDateTime], follow.Running);
    }

    [Fact]
    public void After_a_timer_the_next_change_is_still_heard()
    {
        var wakes = 0;
        var follow = Started(() => new(false, Now + (++wakes * Hour)));
        follow.Advance(Hour);

        follow.Raise();

        Assert.Equal(3, follow.Wakes);
    }

    [Fact]
    public void It_shows_the_next_step_and_its_instant_and_while_it_wakes_the_present_one()
    {
        NextWake? during = null;
        TimedOrchestration follow = null!;
        var next = new NextWake(false, Now + Hour, "thank-you");
        follow = new(Timer, () =>
        {
            during = follow.Status;
            return next;
        });
        follow.Start();
        Assert.Equal((new NextWake(false, Now), next), (during, follow.Status));

        next = new(false, null, "review-request");
        follow.Advance(Hour);

        Assert.Equal((new NextWake(false, Now + Hour, "thank-you"), next), (during, follow.Status));
    }

    [Fact]
    public void Where_only_facts_can_change_it_no_timer_runs() => Assert.Empty(Started(() => new(false, null)).Running);

    [Fact]
    public void An_ended_follow_up_leaves_no_timer()
    {
        var wakes = 0;
        var follow = Started(() => ++wakes == 1 ? new(false, Now + Week) : Ended);

        follow.Raise();

        Assert.True(follow.IsOver);
        Assert.Empty(follow.Running);
        Assert.Null(follow.Continued);
    }

    [Fact]
    public void A_failed_wake_is_tried_again_ever_later()
    {
        var tries = 0;
        var follow = Started(() => ++tries < 3 ? throw new TimeoutException() : new(false, Now + Week));

        Assert.Equal([TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15)], follow.Retries);
        Assert.Equal([(Now + Week).UtcDateTime], follow.Running);
    }

    [Fact]
    public void A_wake_that_keeps_failing_is_given_up_for_a_while_and_never_for_good()
    {
        var broken = true;
        var follow = Started(() => broken ? throw new TimeoutException() : Ended);
        Assert.Equal(5, follow.Wakes);
        Assert.Equal([follow.CurrentUtcDateTime + WakeTiming.PauseAfterFailure], follow.Running);

        follow.Advance(WakeTiming.PauseAfterFailure);
        Assert.Equal(10, follow.Wakes);
        broken = false;
        follow.Advance(WakeTiming.PauseAfterFailure);

        Assert.True(follow.IsOver);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0.9")]
    [InlineData(FollowUpOrchestration.Version)]
    public void After_some_wakes_it_begins_a_new_history_of_the_current_version_and_keeps_the_events_that_wait(string version)
    {
        var wakes = 0;
        var follow = new TimedOrchestration(Timer, () => new(false, Now + (++wakes * Hour)), version).Start();
        for (var fired = 1; fired < WakeTiming.WakesPerHistory; fired++)
        {
            follow.Advance(Hour);
        }

        Assert.Null(follow.Continued);
        follow.Advance(Hour);

        Assert.True(follow.IsOver);
        Assert.Equal(WakeTiming.WakesPerHistory, follow.Wakes);
        Assert.Equal((Timer, FollowUpOrchestration.Version, true), (follow.Continued!.NewInput, follow.Continued.NewVersion, follow.Continued.PreserveUnprocessedEvents));
    }

    private static TimedOrchestration Started(Func<NextWake> activity) => new TimedOrchestration(Timer, activity).Start();
}
