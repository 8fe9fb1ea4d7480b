using NodaTime;

namespace Cx.Domain.FollowUps.Calendar;

/// <summary>
/// A part of every day on the customer's clock, from <paramref name="From"/> (inside) to <paramref name="To"/> (outside).
/// It runs over midnight when From is later than To, and is the whole day when they are equal.
/// </summary>
public readonly record struct TimeWindow(LocalTime From, LocalTime To)
{
    /// <summary>The window between two times as settings and cadence documents hold them.</summary>
    public TimeWindow(TimeOnly from, TimeOnly to)
        : this(LocalTime.FromTimeOnly(from), LocalTime.FromTimeOnly(to))
    {
    }

    /// <summary>Whether the customer's clock stands inside the window at this instant.</summary>
    public bool IsInside(DateTimeOffset instant, DateTimeZone zone) =>
        Contains(Instant.FromDateTimeOffset(instant).InZone(zone).TimeOfDay);

    /// <summary>
    /// The first instant from <paramref name="instant"/> on at which the clock stands inside the window, in UTC: the instant
    /// itself when it is inside. A window whose opening the clocks skip opens when they have moved, if it reaches that far;
    /// one that they skip entirely does not open that day.
    /// </summary>
    public DateTimeOffset NextInside(DateTimeOffset instant, DateTimeZone zone)
    {
        // Between two transitions local time runs evenly; at a transition we context at the clock again.
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
