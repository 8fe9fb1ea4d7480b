using System.Collections.Immutable;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Places;
using Cx.Domain.Shops;
using FsCheck;
using FsCheck.Fluent;
using NodaTime;

namespace Cx.Tests.FollowUps;

/// <summary>Where a recipient may be in several time zones, what is sent is sent at an hour that is allowed in all of them, by NodaTime's own reckoning.</summary>
public class RecipientZonesProperties
{
    private static readonly Gen<ImmutableArray<DateTimeZone>> Sets = Gen.OneOf(
        Gen.Elements("US", "CA", "AU", "BR", "MX", "RU", "ES", "PT", "ID", "MN", "CL", "EC", "CD", "NZ", "KI", "FM", "GL", "PG", "IT").Select(c => PlaceZones.Of(c, null, null)),
        Zones.Any.NonEmptyListOf().Select(zones => zones.Take(4).ToImmutableArray()));

    private static readonly Arbitrary<(ImmutableArray<DateTimeZone> Zones, DateTimeOffset At, QuietHours Quiet, TimeWindow Window)> Cases =
        (from zones in Sets
         from moment in Zones.Moments
         from edges in Gen.Choose(0, (24 * 60) - 1).Four()
         from isDefault in Gen.Elements(true, false)
         let quiet = isDefault ? QuietHours.Default : new(Minute(edges.Item1), Minute(edges.Item2))
         select (zones, moment.At, quiet, new TimeWindow(Minute(edges.Item3), Minute(edges.Item4)))).ToArbitrary();

    [Fact]
    public void The_next_allowed_instant_is_quiet_in_no_zone_and_nothing_before_it_is() => Check(x =>
    {
        var found = x.Quiet.NextAllowed(x.At, x.Zones.AsSpan());
        var minutes = Enumerable.Range(0, 2 * 24 * 60).Select(m => x.At.AddMinutes(m));
        return found is null ? minutes.All(IsQuietSomewhere)
            : found >= x.At && found.Value.Offset == TimeSpan.Zero && !IsQuietSomewhere(found.Value) && minutes.TakeWhile(t => t < found).All(IsQuietSomewhere)
                && x.Quiet.IsQuiet(x.At, x.Zones.AsSpan()) == (found > x.At);

        bool IsQuietSomewhere(DateTimeOffset t) => x.Quiet.Window is { } quiet && x.Zones.Any(z => IsWithin(quiet, t, z));
    });

    [Fact]
    public void A_window_is_kept_in_all_zones_together_with_the_quiet_hours() => Check(x =>
    {
        var found = x.Quiet.NextAllowed(x.At, x.Zones.AsSpan(), x.Window, x.Zones.AsSpan());
        var minutes = Enumerable.Range(0, 2 * 24 * 60).Select(m => x.At.AddMinutes(m));
        return found is null ? !minutes.Any(IsAllowed) : IsAllowed(found.Value) && !minutes.TakeWhile(t => t < found).Any(IsAllowed);

        bool IsAllowed(DateTimeOffset t) => x.Zones.All(z => IsWithin(x.Window, t, z) && !(x.Quiet.Window is { } quiet && IsWithin(quiet, t, z)));
    });

    // Not by the code under test: local time is read from NodaTime.
    private static bool IsWithin(TimeWindow window, DateTimeOffset at, DateTimeZone zone)
    {
        var time = Instant.FromDateTimeOffset(at).InZone(zone).TimeOfDay;
        return window.From == window.To || (window.From < window.To ? time >= window.From && time < window.To : time >= window.From || time < window.To);
    }

    private static void Check(Func<(ImmutableArray<DateTimeZone> Zones, DateTimeOffset At, QuietHours Quiet, TimeWindow Window), bool> holds) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(80), Prop.ForAll(Cases, holds));

    private static TimeOnly Minute(int n) => new(n / 60, n % 60);
}
