using Cx.Domain.Shops;
using FsCheck;
using FsCheck.Fluent;
using NodaTime;

namespace Cx.Tests;

/// <summary>Zones whose clocks do everything clocks do, and instants that crowd around the moments they do it.</summary>
public static class Zones
{
    /// <summary>
    /// An hour in the north and in the south, half an hour (Lord Howe), a day that never was (Apia), clocks that go back for a month
    /// of the moon (Casablanca), at midnight (Havana, Santiago), a quarter hour off and never (Kathmandu).
    /// </summary>
    public static readonly Gen<DateTimeZone> Any = Gen.Elements<string>(
        "Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "America/Havana",
        "America/Santiago", "Asia/Kathmandu", "Etc/UTC").Select(ShopZone.Of);

    private static readonly Instant First = Instant.FromUtc(2011, 1, 1, 0, 0);

    private static readonly Instant Last = Instant.FromUtc(2031, 1, 1, 0, 0);

    /// <summary>A zone and an instant; half of the instants within a day and a half of a transition.</summary>
    public static readonly Gen<(DateTimeZone Zone, DateTimeOffset At)> Moments =
        from zone in Any
        from near in Gen.Elements(true, false)
        let transitions = zone.GetZoneIntervals(First, Last).Where(x => x.HasStart && x.Start > First).Select(x => x.Start).ToArray()
        from start in near && transitions.Length > 0
            ? from transition in Gen.Elements(transitions)
              from minutes in Gen.Choose(-36 * 60, 36 * 60)
              select transition + Duration.FromMinutes(minutes)
            : Gen.Choose(0, 20 * 365 * 24 * 60).Select(x => First + Duration.FromMinutes(x))
        select (zone, start.ToDateTimeOffset());
}
