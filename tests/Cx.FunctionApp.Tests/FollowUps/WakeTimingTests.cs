using Cx.FunctionApp.FollowUps;

namespace Cx.FunctionApp.Tests.FollowUps;

public sealed class WakeTimingTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_is_due_later_is_woken_then() => Assert.Equal(new(false, Now.AddTicks(1)), WakeTiming.After(Now.AddTicks(1), Now));

    [Fact]
    public void What_a_wake_left_due_is_woken_again_after_a_pause() => Assert.Equal(new(false, Now + WakeTiming.MinPause), WakeTiming.After(Now, Now));

    [Fact]
    public void What_waits_for_facts_has_no_timer() => Assert.Null(WakeTiming.FireAt(WakeTiming.After(null, Now), Now.UtcDateTime));

    [Fact]
    public void An_instant_that_has_passed_fires_at_once() => Assert.Equal(Now.UtcDateTime, WakeTiming.FireAt(new(false, Now), Now.UtcDateTime.AddMinutes(1)));

    [Fact]
    public void A_far_instant_costs_a_wake_a_month() =>
        Assert.Equal(Now.UtcDateTime + WakeTiming.MaxSleep, WakeTiming.FireAt(new(false, DateTimeOffset.MaxValue), Now.UtcDateTime));

    [Fact]
    public void A_timer_is_in_utc()
    {
        var fireAt = WakeTiming.FireAt(new(false, new DateTimeOffset(2026, 3, 3, 10, 0, 0, TimeSpan.FromHours(1))), Now.UtcDateTime)!.Value;

        Assert.Equal((new DateTime(2026, 3, 3, 9, 0, 0), DateTimeKind.Utc), (fireAt, fireAt.Kind));
    }

    [Theory]
    [InlineData(null, null, false)]      // asleep until facts change, and nothing is due
    [InlineData(null, 2, true)]
    [InlineData(2, null, false)]         // wakes once for nothing
    [InlineData(2, 3, false)]
    [InlineData(2, 2, false)]
    [InlineData(2, 1, true)]
    [InlineData(2, -1, true)]
    [InlineData(0, null, true)]          // it wakes just now, and may not see what changed
    [InlineData(-1, 3, true)]
    public void Changed_facts_concern_a_timer_that_would_wake_too_late(int? next, int? due, bool expected) =>
        Assert.Equal(expected, WakeTiming.WakesTooLate(new(false, InHours(next)), InHours(due), Now));

    [Fact]
    public void Changed_facts_concern_a_timer_that_has_not_woken_yet() => Assert.True(WakeTiming.WakesTooLate(null, null, Now));

    private static DateTimeOffset? InHours(int? hours) => hours is { } h ? Now.AddHours(h) : null;
}
