using Cx.Domain.FollowUps;
using FsCheck;
using FsCheck.Fluent;
using NodaTime;

namespace Cx.Tests.FollowUps;

public class CalendarProperties
{
    private static readonly Arbitrary<(DateTimeZone Zone, DateTimeOffset At, int Days, TimeWindow Window)> Cases =
        (from moment in Zones.Moments
         from days in Gen.Choose(1, 60)
         from edges in Gen.Choose(0, 24 * 60 - 1).Two()
         select (moment.Zone, moment.At, days, new TimeWindow(Minute(edges.Item1), Minute(edges.Item2)))).ToArbitrary();

    [Fact]
    public void Days_later_it_is_the_same_local_time_unless_that_time_does_not_exist() => Check(x =>
    {
        var wanted = Local(x.At, x.Zone).PlusDays(x.Days);
        var found = LocalCalendar.AddDays(x.At, x.Days, x.Zone);
        var mapping = x.Zone.MapLocal(wanted);
        return mapping.Count == 0
            ? Local(found, x.Zone) > wanted && (Local(found, x.Zone) - wanted).ToDuration() == Gap(mapping)
            : Local(found, x.Zone) == wanted && found == mapping.First().ToInstant().ToDateTimeOffset();
    });

    [Fact]
    public void Results_are_in_utc_and_later_than_their_anchor() => Check(x =>
        LocalCalendar.AddDays(x.At.ToOffset(TimeSpan.FromHours(5)), x.Days, x.Zone) is var found
        && found.Offset == TimeSpan.Zero && found > x.At && found == LocalCalendar.AddDays(x.At, x.Days, x.Zone));

    [Fact]
    public void The_next_instant_inside_a_window_is_inside_and_nothing_before_it_is() => Check(x =>
    {
        var found = x.Window.NextInside(x.At, x.Zone);
        var minutesBefore = Enumerable.Range(0, (int)Math.Ceiling((found - x.At).TotalMinutes)).Select(m => x.At.AddMinutes(m));
        return found >= x.At
            && x.Window.IsInside(found, x.Zone)
            && minutesBefore.All(t => !x.Window.IsInside(t, x.Zone))
            && (found == x.At || !x.Window.IsInside(found.AddTicks(-1), x.Zone));
    });

    [Fact]
    public void Quiet_hours_are_the_other_side_of_the_day() => Check(x =>
    {
        var quiet = new QuietHours(x.Window.From.ToTimeOnly(), x.Window.To.ToTimeOnly());
        var allowed = quiet.NextAllowed(x.At, x.Zone)!.Value;
        return !quiet.IsQuiet(allowed, x.Zone)
            && (allowed == x.At) == !quiet.IsQuiet(x.At, x.Zone)
            && (x.Window.From == x.Window.To || quiet.IsQuiet(x.At, x.Zone) == x.Window.IsInside(x.At, x.Zone));
    });

    [Fact]
    public void A_window_within_quiet_hours_gives_the_first_minute_that_satisfies_both() => Check(x =>
    {
        var minutes = Enumerable.Range(0, 2 * 24 * 60).Select(m => x.At.AddMinutes(m));
        var first = minutes.Where(t => x.Window.IsInside(t, x.Zone) && !QuietHours.Default.IsQuiet(t, x.Zone)).Select(t => (DateTimeOffset?)t).FirstOrDefault();
        var found = QuietHours.Default.NextAllowed(x.At, [x.Zone], x.Window, [x.Zone]);
        return first is null ? found is null || found > x.At.AddDays(2) : found == first;
    }, tests: 60);

    private static void Check(Func<(DateTimeZone Zone, DateTimeOffset At, int Days, TimeWindow Window), bool> holds, int tests = 400) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(tests), Prop.ForAll(Cases, holds));

    private static LocalDateTime Local(DateTimeOffset at, DateTimeZone zone) => Instant.FromDateTimeOffset(at).InZone(zone).LocalDateTime;

    private static Duration Gap(NodaTime.TimeZones.ZoneLocalMapping mapping) =>
        Duration.FromSeconds(mapping.LateInterval.WallOffset.Seconds - mapping.EarlyInterval.WallOffset.Seconds);

    private static LocalTime Minute(int n) => new(n / 60, n % 60);
}
