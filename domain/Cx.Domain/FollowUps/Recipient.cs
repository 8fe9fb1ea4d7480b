using System.Collections.Frozen;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using NodaTime;
using NodaTime.TimeZones;

namespace Cx.Domain.FollowUps;

/// <summary>Where, in which time zone and in which language a customer is written to.</summary>
public static class Recipient
{
    // Two zones keep the same time when their clocks agree over these years (Berlin and Büsingen do, Madrid and the Canaries do not).
    private static readonly Interval Compared = new(Instant.FromUtc(2020, 1, 1, 0, 0), Instant.FromUtc(2035, 1, 1, 0, 0));

    private static readonly FrozenDictionary<string, string> ZoneOfCountry =
        (from location in TzdbDateTimeZoneSource.Default.ZoneLocations ?? []
         group location.ZoneId by location.CountryCode into zones
         where zones.Select(Offsets).Distinct(StringComparer.Ordinal).Count() == 1
         select (Country: zones.Key, Zone: zones.First())).ToFrozenDictionary(x => x.Country, x => x.Zone, StringComparer.OrdinalIgnoreCase);

    /// <summary>The address on a channel, sealed; none where none is known, or the channel needs none.</summary>
    public static Personal? Address(Customer customer, Channel channel) => channel switch
    {
        Channel.Email => customer.Details.Email,
        Channel.Phone or Channel.Messaging => customer.Details.Phone,
        Channel.Social => customer.Details.Handle,
        _ => null,
    };

    /// <summary>The zone known of the customer, else that of the country when all of it keeps one time, else the shop's.</summary>
    public static DateTimeZone Zone(Customer customer, ShopFacts shop) =>
        Find(customer.Details.TimeZone)
        ?? (customer.Details.Country is { } country ? Find(ZoneOfCountry.GetValueOrDefault(country)) : null)
        ?? ShopZone.Of(shop.TimeZone);

    /// <summary>The customer's own language if the shop writes it, else the shop's first; BCP 47.</summary>
    public static string Language(Customer customer, ShopFacts shop)
    {
        var spoken = customer.Details.Language;
        return spoken is null ? shop.Languages[0]
            : shop.Languages.FirstOrDefault(l => string.Equals(l, spoken, StringComparison.OrdinalIgnoreCase))
            ?? shop.Languages.FirstOrDefault(l => string.Equals(Primary(l), Primary(spoken), StringComparison.OrdinalIgnoreCase))
            ?? shop.Languages[0];
    }

    private static DateTimeZone? Find(string? name) => name is null ? null : ShopZone.Find(name);

    private static string Primary(string tag) => tag.Split('-', '_')[0];

    private static string Offsets(string zone) => string.Join('|', DateTimeZoneProviders.Tzdb[zone].GetZoneIntervals(Compared)
        .Select(i => $"{(i.HasEnd ? i.End.ToUnixTimeSeconds() : 0)}{i.WallOffset}"));
}
