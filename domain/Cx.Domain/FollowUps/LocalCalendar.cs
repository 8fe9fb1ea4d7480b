using NodaTime;
using NodaTime.TimeZones;

namespace Cx.Domain.FollowUps;

/// <summary>
/// Calendar days in the customer's zone: seven days after ten in the morning is ten in the morning, also across a change of
/// clocks. A local time that does not exist moves forward by what the clocks skipped (02:30 becomes 03:30); one that
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

/// <summary>
/// A part of every day in the customer's local time, from <paramref name="From"/> (inside) to <paramref name="To"/> (outside).
/// It runs over midnight when From is later than To, and is the whole day when they are equal.
/// </summary>
public readonly record struct TimeWindow(LocalTime From, LocalTime To)
{
    /// <summary>The window between two times as settings and cadence documents hold them.</summary>
    public TimeWindow(TimeOnly from, TimeOnly to)
        : this(LocalTime.FromTimeOnly(from), LocalTime.FromTimeOnly(to))
    {
    }

    /// <summary>Whether the customer's local time is inside the window at this instant.</summary>
    public bool IsInside(DateTimeOffset instant, DateTimeZone zone) =>
        Contains(Instant.FromDateTimeOffset(instant).InZone(zone).TimeOfDay);

    /// <summary>
    /// The first instant from <paramref name="instant"/> on at which local time is inside the window, in UTC: the instant
    /// itself when it is inside. A window whose opening the clocks skip opens at the change of clocks, if it reaches that far;
    /// one that they skip entirely does not open that day.
    /// </summary>
    public DateTimeOffset NextInside(DateTimeOffset instant, DateTimeZone zone)
    {
        // Between two transitions local time runs evenly; at a transition the clock is read again.
        for (var now = Instant.FromDateTimeOffset(instant); ;)
        {
            var stretch = zone.GetZoneInterval(now);
            var local = now.WithOffset(stretch.WallOffset).LocalDateTime;
            if (Contains(local.TimeOfDay))
                return now.ToDateTimeOffset();

            var opening = (local.TimeOfDay < From ? local.Date : local.Date.PlusDays(1)) + From;
            var opens = opening.WithOffset(stretch.WallOffset).ToInstant();
            now = stretch.HasEnd && stretch.End < opens ? stretch.End : opens;
        }
    }

    private bool Contains(LocalTime time) =>
        From < To ? time >= From && time < To
        : From == To || time >= From || time < To;
}

/// <summary>The part of the day in which a recipient gets no messages, in local time.</summary>
public sealed record QuietHours
{
    /// <summary>
    /// 21:00-08:00: within the 8 a.m. to 9 p.m. that the United States allow telephone solicitations (47 CFR 64.1200(c)(1)), the
    /// best known rule of its kind, taken for every channel.
    /// </summary>
    public static QuietHours Default { get; } = new(new TimeOnly(21, 0), new TimeOnly(8, 0));

    /// <summary>No quiet hours.</summary>
    public static QuietHours None { get; } = new(default, default);

    /// <param name="from">When they begin.</param>
    /// <param name="to">When they end; earlier than <paramref name="from"/> over midnight. The same time: no quiet hours.</param>
    public QuietHours(TimeOnly from, TimeOnly to) => Window = from == to ? null : new TimeWindow(from, to);

    /// <summary>The quiet window, or null when there is none.</summary>
    public TimeWindow? Window { get; }

    /// <summary>Whether this instant is in the quiet hours of one of these zones.</summary>
    public bool IsQuiet(DateTimeOffset instant, params ReadOnlySpan<DateTimeZone> zones)
    {
        foreach (var zone in zones)
        {
            if (Window?.IsInside(instant, zone) is true)
                return true;
        }

        return false;
    }

    /// <summary>The first instant from <paramref name="instant"/> on that is quiet in none of these zones, in UTC; null when it is always quiet in one.</summary>
    public DateTimeOffset? NextAllowed(DateTimeOffset instant, params ReadOnlySpan<DateTimeZone> zones) => NextAllowed(instant, zones, default, []);

    /// <summary>
    /// The first instant from <paramref name="instant"/> on that is quiet in none of <paramref name="zones"/> and inside <paramref name="window"/> in
    /// all of <paramref name="inside"/>, in UTC; null when there is none.
    /// </summary>
    public DateTimeOffset? NextAllowed(DateTimeOffset instant, ReadOnlySpan<DateTimeZone> zones, TimeWindow window, ReadOnlySpan<DateTimeZone> inside)
    {
        // Daily windows that meet do so within a day; a change of clocks can delay that by one more day.
        var limit = instant.AddDays(3);
        for (var candidate = instant.ToUniversalTime(); candidate <= limit;)
        {
            var next = candidate;
            foreach (var zone in zones)
                next = Window is { } quiet ? new TimeWindow(quiet.To, quiet.From).NextInside(next, zone) : next;
            foreach (var zone in inside)
                next = window.NextInside(next, zone);

            if (next == candidate)
                return candidate;

            candidate = next;
        }

        return null;
    }
}
