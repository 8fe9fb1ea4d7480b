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
    [InlineData(null, null, Notification.None)]      // asleep until facts change, and nothing is due
    [InlineData(null, 2.0, Notification.Now)]
    [InlineData(2.0, null, Notification.None)]       // wakes once for nothing
    [InlineData(2.0, 3.0, Notification.None)]
    [InlineData(2.0, 2.0, Notification.None)]
    [InlineData(2.0, 1.0, Notification.Now)]
    [InlineData(2.0, -1.0, Notification.Now)]
    [InlineData(0.0, null, Notification.Later)]      // it wakes just now, and may not see what changed
    [InlineData(0.0, 1.0, Notification.Later)]
    [InlineData(-0.05, 1.0, Notification.Later)]
    [InlineData(0.0, 0.05, Notification.Now)]
    [InlineData(-1.0, 3.0, Notification.Now)]        // no wake lasts an hour
    public void An_orchestration_is_notified_where_it_would_wake_too_late(double? next, double? due, Notification expected) =>
        Assert.Equal(expected, WakeTiming.Notify(new(false, InHours(next)), InHours(due), Now));

    [Fact]
    public void An_orchestration_that_has_not_woken_yet_is_notified() => Assert.Equal(Notification.Now, WakeTiming.Notify(null, null, Now));

    private static DateTimeOffset? InHours(double? hours) => hours is { } h ? Now.AddHours(h) : null;
}
