using System.Collections.Frozen;
using Cx.Domain.Customers;
using Cx.Domain.Shops;
using NodaTime;
using NodaTime.TimeZones;

namespace Cx.Domain.FollowUps;

/// <summary>The clock a customer lives by: the zone known of the customer, else that of the country when all of it keeps one time, else the shop's.</summary>
public static class CustomerZone
{
    // Two zones keep the same time when their clocks agree over these years (Berlin and Büsingen do, Madrid and the Canaries do not).
    private static readonly Interval Agreed = new(Instant.FromUtc(2020, 1, 1, 0, 0), Instant.FromUtc(2035, 1, 1, 0, 0));

    private static readonly FrozenDictionary<string, string> OfCountry =
        (from location in TzdbDateTimeZoneSource.Default.ZoneLocations ?? []
         group location.ZoneId by location.CountryCode into zones
         where zones.Select(Clock).Distinct(StringComparer.Ordinal).Count() == 1
         select (Country: zones.Key, Zone: zones.First())).ToFrozenDictionary(x => x.Country, x => x.Zone, StringComparer.OrdinalIgnoreCase);

    public static DateTimeZone Of(Customer customer, ShopFacts shop) =>
        Find(customer.Details.TimeZone)
        ?? (customer.Details.Country is { } country ? Find(OfCountry.GetValueOrDefault(country)) : null)
        ?? ShopZone.Of(shop.TimeZone);

    private static DateTimeZone? Find(string? name) => name is null ? null : ShopZone.Find(name);

    private static string Clock(string zone) =>
        string.Join('|', DateTimeZoneProviders.Tzdb[zone].GetZoneIntervals(Agreed).Select(i => $"{(i.HasEnd ? i.End.ToUnixTimeSeconds() : 0)}{i.WallOffset}"));
}
