using System.Text.Json.Nodes;
using Cx.FunctionApp.FollowUps;
using Cx.FunctionApp.Tests.Hosting;

namespace Cx.FunctionApp.Tests.FollowUps;

public sealed class FollowUpOrchestrationTests
{
    private static readonly FollowUpTimer Clock = new(new("bottega"), new("c1"), new("f1"));
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1), Week = TimeSpan.FromDays(7);
    private static readonly NextLook Ended = new(Ended: true, null), WhenFactsChange = new(Ended: false, null);

    [Fact]
    public void The_timer_wakes_it_at_the_instant_the_look_named()
    {
        var follow = Started(() => new(false, Now + Week));
        follow.Advance(Week - TimeSpan.FromSeconds(1));
        Assert.Equal(1, follow.Looks);

        follow.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, follow.Looks);
    }

    [Fact]
    public void Changed_facts_wake_it_early_and_the_timer_that_lost_is_cancelled()
    {
        var looks = 0;
        var follow = Started(() => new(false, Now + (++looks * Week)));

        follow.Raise();

        Assert.Equal(2, follow.Looks);
        Assert.Equal([(Now + (2 * Week)).UtcDateTime], follow.Running);
    }

    [Fact]
    public void After_a_timer_the_next_change_is_still_heard()
    {
        var looks = 0;
        var follow = Started(() => new(false, Now + (++looks * Hour)));
        follow.Advance(Hour);

        follow.Raise();

        Assert.Equal(3, follow.Looks);
    }

    [Fact]
    public void Where_only_facts_can_change_it_no_timer_runs()
    {
        var follow = Started(() => WhenFactsChange);
        Assert.Empty(follow.Running);

        follow.Raise();

        Assert.Equal(2, follow.Looks);
    }

    [Fact]
    public void What_is_told_during_a_look_is_looked_at_once_afterwards_however_often_it_is_told()
    {
        FakeOrchestration? follow = null;
        var looks = 0;
        follow = new(Clock, () =>
        {
            for (var i = 0; i < (++looks == 1 ? 3 : 0); i++)
            {
                follow!.Raise();
            }

            return new(false, Now + Week);
        });

        follow.Start();

        Assert.Equal(2, follow.Looks);
    }

    [Fact]
    public void An_ended_follow_up_ends_it()
    {
        var looks = 0;
        var follow = Started(() => ++looks == 1 ? new(false, Now + Week) : Ended);
        Assert.False(follow.IsOver);

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
        Assert.Equal(5, follow.Looks);
        Assert.Equal([follow.CurrentUtcDateTime + TimerTiming.PauseAfterFailure], follow.Running);

        follow.Advance(TimerTiming.PauseAfterFailure);
        Assert.Equal(10, follow.Looks);
        broken = false;
        follow.Advance(TimerTiming.PauseAfterFailure);

        Assert.True(follow.IsOver);
    }

    [Fact]
    public void After_some_rounds_it_begins_a_new_history_with_its_input_and_the_events_it_is_owed()
    {
        var looks = 0;
        var follow = Started(() => new(false, Now + (++looks * Hour)));
        for (var round = 1; round < TimerTiming.RoundsPerHistory; round++)
        {
            follow.Advance(Hour);
        }

        Assert.Null(follow.Continued);
        follow.Advance(Hour);
        Assert.True(follow.IsOver);
        Assert.Equal(Clock, follow.Continued!.NewInput);

        follow.Raise();
        follow.Raise();
        var next = follow.Successor();

        Assert.Equal(1, next.Looks);
        next.Advance(Hour);
        Assert.Equal(2, next.Looks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0.9")]
    public void One_of_an_older_version_goes_on_and_takes_on_the_current_one_with_its_next_history(string version)
    {
        var looks = 0;
        var follow = new FakeOrchestration(Clock, () => new(false, Now + (++looks * Hour)), version).Start();
        for (var round = 0; round < TimerTiming.RoundsPerHistory; round++)
        {
            follow.Raise();
        }

        Assert.Equal(TimerTiming.RoundsPerHistory, follow.Looks);
        Assert.Equal(FollowUpOrchestration.Version, follow.Successor().Version);
    }

    [Fact]
    public void The_task_hub_starts_them_with_the_current_version_and_keeps_newer_ones_from_older_code()
    {
        var hub = JsonNode.Parse(File.ReadAllText(RepositoryFile.Path("host.json")))!["extensions"]!["durableTask"]!;

        Assert.Equal((FollowUpOrchestration.Version, "CurrentOrOlder", "Reject"), ((string?)hub["defaultVersion"], (string?)hub["versionMatchStrategy"], (string?)hub["versionFailureStrategy"]));

        // As Azure Storage names a hub's tables and queues; with any other name the Functions host does not start.
        Assert.Matches("^[A-Za-z][A-Za-z0-9]{2,44}$", (string?)hub["hubName"]);
    }

    private static FakeOrchestration Started(Func<NextLook> activity) => new FakeOrchestration(Clock, activity).Start();
}
