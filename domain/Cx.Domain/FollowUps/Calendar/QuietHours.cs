using NodaTime;

namespace Cx.Domain.FollowUps.Calendar;

/// <summary>The part of the day in which a customer is left in peace, on the customer's own clock.</summary>
public sealed record QuietHours
{
    /// <summary>
    /// 21:00-08:00: within the 8 a.m. to 9 p.m. that the United States allow telephone solicitations (47 CFR 64.1200(c)(1)), the
    /// best known rule of its kind, taken for every channel.
    /// </summary>
    public static QuietHours Default { get; } = new(new TimeOnly(21, 0), new TimeOnly(8, 0));

    /// <summary>No quiet hours.</summary>
    public static QuietHours None { get; } = new(default, default);

    /// <param name="from">When peace begins.</param>
    /// <param name="to">When it ends; earlier than <paramref name="from"/> over midnight. The same time: no quiet hours.</param>
    public QuietHours(TimeOnly from, TimeOnly to) => Window = from == to ? null : new TimeWindow(from, to);

    /// <summary>The quiet window, or null when there is none.</summary>
    public TimeWindow? Window { get; }

    /// <summary>Whether the customer is left in peace at this instant.</summary>
    public bool IsQuiet(DateTimeOffset instant, DateTimeZone zone) => Window?.IsInside(instant, zone) ?? false;

    /// <summary>The first instant from <paramref name="instant"/> on that is not quiet, in UTC.</summary>
    public DateTimeOffset NextAllowed(DateTimeOffset instant, DateTimeZone zone) =>
        Window is { } quiet ? new TimeWindow(quiet.To, quiet.From).NextInside(instant, zone) : instant.ToUniversalTime();

    /// <summary>
    /// The first instant from <paramref name="instant"/> on that is inside <paramref name="window"/> and not quiet, in UTC; null
    /// when the two never meet.
    /// </summary>
    public DateTimeOffset? NextAllowed(DateTimeOffset instant, TimeWindow window, DateTimeZone zone)
    {
        // Two daily windows that meet do so within a day; a change of clocks can cost the meeting of one more.
        var limit = instant.AddDays(3);
        for (var candidate = instant.ToUniversalTime(); candidate <= limit;)
        {
            var allowed = NextAllowed(window.NextInside(candidate, zone), zone);
            if (window.IsInside(allowed, zone))
                return allowed;
            candidate = allowed;
        }

        return null;
    }
}
