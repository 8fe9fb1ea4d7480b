using NodaTime;
using NodaTime.TimeZones;

namespace Cx.Domain.FollowUps.Calendar;

/// <summary>
/// Calendar days as the customer lives them: seven days after ten in the morning is ten in the morning, whatever clocks did
/// meanwhile. A local time that does not exist moves forward by what the clocks skipped (02:30 becomes 03:30); one that
/// occurs twice is the first: the rules of RFC 5545 §3.3.5. Results are in UTC.
/// </summary>
public static class LocalCalendar
{
    private static readonly ZoneLocalMappingResolver Resolver =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnForwardShifted);

    /// <summary>
    /// The same local time, <paramref name="days"/> calendar days away (before, when negative). Zero days is the anchor itself,
    /// even when its local time occurs twice and it is the second.
    /// </summary>
    public static DateTimeOffset AddDays(DateTimeOffset anchor, int days, DateTimeZone zone) =>
        days == 0
            ? anchor.ToUniversalTime()
            : Resolve(Instant.FromDateTimeOffset(anchor).InZone(zone).LocalDateTime.PlusDays(days), zone);

    /// <summary>The instant of a local date and time.</summary>
    public static DateTimeOffset At(LocalDate date, LocalTime time, DateTimeZone zone) => Resolve(date + time, zone);

    private static DateTimeOffset Resolve(LocalDateTime local, DateTimeZone zone) =>
        zone.ResolveLocal(local, Resolver).ToInstant().ToDateTimeOffset();
}
