using System.Globalization;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;
using NodaTime;

namespace Cx.Tests.FollowUps;

public class CalendarTests
{
    [Theory]
    [InlineData("Europe/Rome", "2026-03-22T09:00Z", 7, "2026-03-29T08:00Z")] // ten o'clock stays ten o'clock
    [InlineData("Europe/Rome", "2026-03-28T01:30Z", 1, "2026-03-29T01:30Z")] // 02:30 does not exist: 03:30
    [InlineData("Europe/Rome", "2026-10-24T00:30Z", 1, "2026-10-25T00:30Z")] // 02:30 twice: the first
    [InlineData("Europe/Rome", "2026-10-25T01:30Z", 0, "2026-10-25T01:30Z")] // the second 02:30 is itself
    [InlineData("Europe/Rome", "2026-10-26T01:30Z", -1, "2026-10-25T00:30Z")]
    [InlineData("America/New_York", "2026-03-07T07:30Z", 1, "2026-03-08T07:30Z")]
    [InlineData("Australia/Lord_Howe", "2026-10-02T15:45Z", 1, "2026-10-03T15:45Z")] // 02:15 skipped by half an hour: 02:45
    [InlineData("Pacific/Apia", "2011-12-29T20:00Z", 1, "2011-12-30T20:00Z")] // the 30th never was: the 31st at the same hour
    [InlineData("Africa/Casablanca", "2026-02-14T10:00Z", 7, "2026-02-21T11:00Z")] // clocks go back for Ramadan
    public void Days_are_calendar_days(string zone, string anchor, int days, string expected) =>
        Assert.Equal(At(expected), LocalCalendar.AddDays(At(anchor), days, ShopZone.Of(zone)));

    [Theory]
    [InlineData("2026-11-21T10:00Z", "2026-11-21T10:00Z")]
    [InlineData("2026-11-21T20:00Z", "2026-11-22T07:00Z")] // 21:00 is quiet already
    [InlineData("2026-11-21T19:59:59.9999999Z", "2026-11-21T19:59:59.9999999Z")]
    [InlineData("2026-11-21T23:30Z", "2026-11-22T07:00Z")] // after midnight: the same morning
    [InlineData("2026-11-22T07:00Z", "2026-11-22T07:00Z")] // 08:00 is not quiet any more
    [InlineData("2026-03-28T22:00Z", "2026-03-29T06:00Z")] // the night clocks go forward
    [InlineData("2026-10-24T22:00Z", "2026-10-25T07:00Z")] // the night they go back
    public void Quiet_hours_end_at_eight_on_the_customers_clock(string instant, string allowed) =>
        Assert.Equal(At(allowed), QuietHours.Default.NextAllowed(At(instant), Rome));

    [Fact]
    public void A_window_that_clocks_skip_opens_when_they_have_moved_or_the_next_day()
    {
        var reaching = new TimeWindow(new TimeOnly(2, 30), new TimeOnly(5, 0));
        var swallowed = new TimeWindow(new TimeOnly(2, 15), new TimeOnly(2, 45));
        Assert.Equal(At("2026-03-29T01:00Z"), reaching.NextInside(At("2026-03-28T23:00Z"), Rome));
        Assert.Equal(At("2026-03-30T00:15Z"), swallowed.NextInside(At("2026-03-28T23:00Z"), Rome));
    }

    [Fact]
    public void A_window_and_quiet_hours_are_kept_together_or_never()
    {
        var morning = new TimeWindow(new TimeOnly(6, 0), new TimeOnly(9, 0));
        var night = new TimeWindow(new TimeOnly(22, 0), new TimeOnly(7, 0));
        Assert.Equal(At("2026-11-22T07:00Z"), QuietHours.Default.NextAllowed(At("2026-11-21T10:00Z"), [Rome], morning, [Rome]));
        Assert.Equal(At("2026-11-22T05:00Z"), QuietHours.None.NextAllowed(At("2026-11-21T10:00Z"), [Rome], morning, [Rome]));
        Assert.Null(QuietHours.Default.NextAllowed(At("2026-11-21T10:00Z"), [Rome], night, [Rome]));
    }

    [Fact]
    public void Equal_times_are_a_whole_day_as_a_window_and_none_as_quiet_hours()
    {
        Assert.True(new TimeWindow(new TimeOnly(9, 0), new TimeOnly(9, 0)).IsInside(At("2026-11-21T03:00Z"), Rome));
        Assert.False(new QuietHours(new TimeOnly(9, 0), new TimeOnly(9, 0)).IsQuiet(At("2026-11-21T03:00Z"), Rome));
    }

    private static DateTimeZone Rome => ShopZone.Of("Europe/Rome");

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
