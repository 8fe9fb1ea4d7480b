using System.Globalization;
using System.Text.Json;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using NodaTime;

namespace Cx.Tests.Shops;

public class BusinessHoursTests
{
    private static readonly DateTimeZone Rome = ShopZone.Of("Europe/Rome");

    private static readonly BusinessHours Broken = Read("""{"week":{"monday":["09:00-13:00","14:00-18:00"],"sunday":["00:00-24:00"]},"holidays":["2026-12-28"]}""");

    [Theory]
    [InlineData("2026-11-20T16:30Z", "2026-11-23T09:00Z", "01:30")] // Friday 17:30 to Monday 10:00 in Rome
    [InlineData("2026-11-21T10:00Z", "2026-11-22T10:00Z", "00:00")] // a weekend
    [InlineData("2026-11-20T09:00Z", "2026-11-20T09:00Z", "00:00")]
    [InlineData("2026-11-20T09:00Z", "2026-11-19T09:00Z", "00:00")] // answered before it was asked
    [InlineData("2026-11-16T00:00Z", "2026-11-23T00:00Z", "1.21:00")] // a week
    [InlineData("2026-03-27T16:00Z", "2026-03-30T08:00Z", "02:00")] // over the weekend in which clocks go forward
    public void Only_open_time_counts(string from, string to, string open) =>
        Assert.Equal(TimeSpan.Parse(open, CultureInfo.InvariantCulture), BusinessHours.Default.Elapsed(At(from), At(to), Rome));

    [Theory]
    [InlineData("2026-11-20T16:30Z", "04:00", "2026-11-23T11:30Z")]
    [InlineData("2026-11-20T16:00Z", "01:00", "2026-11-20T17:00Z")] // due at closing time, not on Monday
    [InlineData("2026-11-21T10:00Z", "00:00", "2026-11-21T10:00Z")]
    [InlineData("2026-10-23T15:30Z", "01:00", "2026-10-26T08:30Z")] // clocks went back in between
    public void A_deadline_falls_in_open_time(string from, string duration, string due) =>
        Assert.Equal(At(due), BusinessHours.Default.Add(At(from), TimeSpan.Parse(duration, CultureInfo.InvariantCulture), Rome));

    [Fact]
    public void Day_and_night_is_real_time_also_when_clocks_move()
    {
        Assert.Equal(TimeSpan.FromDays(300), BusinessHours.AlwaysOpen.Elapsed(At("2026-01-01T00:00Z"), At("2026-10-28T00:00Z"), Rome));
        Assert.Equal(At("2026-10-28T00:00Z"), BusinessHours.AlwaysOpen.Add(At("2026-01-01T00:00Z"), TimeSpan.FromDays(300), Rome));
    }

    [Fact]
    public void A_skipped_hour_is_not_open_and_a_day_that_never_was_has_no_hours()
    {
        var nights = Read("""{"week":{"sunday":["01:00-04:00"]}}""");
        Assert.Equal(TimeSpan.FromHours(2), nights.Elapsed(At("2026-03-28T12:00Z"), At("2026-03-29T12:00Z"), Rome));
        Assert.Equal(TimeSpan.FromHours(4), nights.Elapsed(At("2026-10-24T12:00Z"), At("2026-10-25T12:00Z"), Rome));

        // Samoa went from Thursday 29 to Saturday 31 December 2011.
        Assert.Equal(TimeSpan.FromHours(9), BusinessHours.Default.Elapsed(At("2011-12-29T10:00Z"), At("2012-01-01T10:00Z"), ShopZone.Of("Pacific/Apia")));
    }

    [Fact]
    public void An_hour_that_occurs_twice_opens_and_closes_at_the_first()
    {
        var opens = Read("""{"week":{"sunday":["02:30-04:00"]}}""");
        var closes = Read("""{"week":{"sunday":["01:00-02:30"]}}""");
        var (from, to) = (At("2026-10-24T12:00Z"), At("2026-10-25T12:00Z"));
        Assert.Equal(TimeSpan.FromHours(2.5), opens.Elapsed(from, to, Rome));
        Assert.Equal(TimeSpan.FromHours(1.5), closes.Elapsed(from, to, Rome));
    }

    [Fact]
    public void Lunch_holidays_and_whole_days_are_kept()
    {
        Assert.Equal(TimeSpan.FromHours(8), Broken.Elapsed(At("2026-12-20T23:00Z"), At("2026-12-21T23:00Z"), Rome));
        Assert.Equal(TimeSpan.FromHours(24), Broken.Elapsed(At("2026-12-26T23:00Z"), At("2026-12-28T23:00Z"), Rome));
        Assert.True(Broken.IsOpen(At("2026-12-21T12:59Z"), Rome) is false && Broken.IsOpen(At("2026-12-21T13:00Z"), Rome));
        Assert.False(Broken.IsOpen(At("2026-12-28T10:00Z"), Rome));
    }

    [Theory]
    [InlineData("""{"week":{}}""", "at least one opening")]
    [InlineData("""{"week":{"monday":["18:00-09:00"]}}""", "ends before it starts")]
    [InlineData("""{"week":{"monday":["09:00-13:00","12:00-18:00"]}}""", "overlap")]
    [InlineData("""{"week":{"lunedi":["09:00-13:00"]}}""", "'lunedi'")]
    [InlineData("""{"week":{"monday":["9-13"]}}""", "'9-13'")]
    [InlineData("""{"week":{"monday":[null]}}""", "not an opening")]
    [InlineData("""{"week":{"monday":["09:00-13:00"]},"holidays":["25/12"]}""", "25/12")]
    [InlineData("""{"open":true}""", "'open'")]
    public void Wrong_hours_are_refused_by_name(string json, string named) =>
        Assert.Contains(named, Assert.Throws<JsonException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Settings_read_what_they_wrote_and_equal_hours_are_equal()
    {
        foreach (var hours in new[] { BusinessHours.Default, BusinessHours.AlwaysOpen, Broken })
        {
            var again = Read(JsonSerializer.Serialize(hours));
            Assert.Equal(hours, again);
            Assert.Equal(hours.GetHashCode(), again.GetHashCode());
        }

        Assert.NotEqual(BusinessHours.Default, Broken);
        Assert.NotEqual(Broken, new BusinessHours(Broken.Week.ToDictionary(x => x.Key, x => (IReadOnlyList<OpenInterval>)x.Value), []));
    }

    [Fact]
    public void Targets_are_measured_in_open_time()
    {
        var targets = new ResponseTargets { Social = TimeSpan.FromMinutes(30) };
        Assert.Equal(TimeSpan.FromHours(4), targets[Channel.Email]);
        Assert.Equal(0.5, targets.Ratio(Channel.Email, At("2026-11-20T16:00Z"), At("2026-11-23T09:00Z"), BusinessHours.Default, Rome));
        Assert.Equal(At("2026-11-23T08:30Z"), targets.Deadline(Channel.Social, At("2026-11-20T16:00Z"), 3, BusinessHours.Default, Rome));
        Assert.Contains("Chat", Assert.Throws<ArgumentOutOfRangeException>(() => new ResponseTargets { Chat = TimeSpan.Zero }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ShopZone.Of("Europe/Atlantis"));
        Assert.All(Enum.GetValues<Channel>(), x => Assert.True(ResponseTargets.Default[x] > TimeSpan.Zero));
    }

    private static BusinessHours Read(string json) => JsonSerializer.Deserialize<BusinessHours>(json)!;

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
