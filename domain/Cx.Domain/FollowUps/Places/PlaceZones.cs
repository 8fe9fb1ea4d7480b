using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using Cx.Domain.Shops;
using NodaTime;
using NodaTime.TimeZones;

namespace Cx.Domain.FollowUps.Places;

/// <summary>
/// The time zones in which a recipient may be, each of another clock. What depends on the time of day has to hold in all of them; days are counted in the first,
/// that of most people: the same local time on another day is the same instant in all of them but for changes of clocks.
/// </summary>
/// <param name="All">At least one.</param>
/// <param name="Basis">What they are known by, in plain words without personal data.</param>
public sealed record RecipientZones(ImmutableArray<DateTimeZone> All, string Basis)
{
    /// <summary>The zone in which days are counted.</summary>
    public DateTimeZone Main => All[0];

    public override string ToString() => $"{string.Join(", ", All.Select(z => z.Id))} ({Basis})";
}

/// <summary>The time zones of an address: of its country by tzdata, of its province and postcode by our tables.</summary>
public static class PlaceZones
{
    // Two zones keep the same time when their clocks agree over these years (Berlin and Büsingen do, Madrid and the Canaries do not).
    private static readonly Interval Compared = new(Instant.FromUtc(2025, 1, 1, 0, 0), Instant.FromUtc(2040, 1, 1, 0, 0));

    // Codes that shops use and tzdata does not list.
    private static readonly (string Country, string Zone)[] Unlisted = [("XK", "Europe/Belgrade"), ("AC", "Atlantic/St_Helena"), ("TA", "Atlantic/St_Helena")];

    private static readonly FrozenDictionary<string, ImmutableArray<string>> Countries =
        (from location in (TzdbDateTimeZoneSource.Default.ZoneLocations ?? []).Select(l => (l.CountryCode, l.ZoneId)).Concat(Unlisted)
         group location.Item2 by location.Item1 into zones
         select KeyValuePair.Create(zones.Key, MainFirst(zones.Key, zones))).ToFrozenDictionary(StringComparer.Ordinal);

    // Holds at most what tzdata and our tables can say: an address that they do not know has no entry of its own.
    private static readonly ConcurrentDictionary<(string Country, string? Code, string? OfPostcode), ImmutableArray<DateTimeZone>> Found = new();

    private static readonly ConcurrentDictionary<string, string> Clocks = new(StringComparer.Ordinal);

    /// <summary>
    /// Where an address may lie: in the zones of both its province and its postcode, where the two contradict each other in those of either, where neither says
    /// anything in all of its country. None where tzdata has no such country.
    /// </summary>
    /// <param name="country">ISO 3166-1 alpha-2.</param>
    /// <param name="province">As the source writes its code.</param>
    /// <param name="ofPostcode">What <see cref="OfPostcode"/> said of its postcode.</param>
    public static ImmutableArray<DateTimeZone> Of(string? country, string? province, string? ofPostcode) =>
        country is null || !Countries.ContainsKey(country) ? []
        : Found.GetOrAdd((country, Provinces.Code(country, province), ofPostcode), x =>
        {
            var byProvince = Distinct(Provinces.ZonesOf(x.Country, x.Code));
            var byPostcode = Distinct(x.OfPostcode?.Split(' ') ?? []);
            return byProvince.IsEmpty && byPostcode.IsEmpty ? Distinct(Countries[x.Country])
                : byPostcode.IsEmpty ? byProvince
                : byProvince.IsEmpty ? byPostcode
                : byPostcode.Where(z => Has(byProvince, z)).ToImmutableArray() is { IsEmpty: false } both ? both
                : [.. byProvince, .. byPostcode];
        });

    /// <summary>The zones in which a postcode lies, as an order's contact keeps them instead of it: IANA names with a space between; none where it says nothing.</summary>
    public static string? OfPostcode(string? country, string? postcode) =>
        Postcodes.ZonesOf(country, postcode) is { Length: > 0 } zones ? string.Join(' ', zones) : null;

    /// <summary>Whether a zone keeps the time of one of these.</summary>
    public static bool Has(ImmutableArray<DateTimeZone> zones, DateTimeZone zone) => zones.Any(z => z.Id == zone.Id || Clock(z.Id) == Clock(zone.Id));

    // One zone of each clock. A name that this version of tzdata does not have is left out.
    private static ImmutableArray<DateTimeZone> Distinct(IEnumerable<string> zones) =>
        [.. zones.Select(ShopZone.Find).OfType<DateTimeZone>().DistinctBy(z => Clock(z.Id))];

    private static ImmutableArray<string> MainFirst(string country, IEnumerable<string> zones) =>
        Provinces.MainZone(country) is { } main ? [main, .. zones.Where(z => z != main)] : [.. zones];

    private static string Clock(string zone) => Clocks.GetOrAdd(zone, id => string.Join('|', DateTimeZoneProviders.Tzdb[id].GetZoneIntervals(Compared)
        .Select(i => $"{(i.HasEnd ? i.End.ToUnixTimeSeconds() : 0)}{i.WallOffset}")));
}
