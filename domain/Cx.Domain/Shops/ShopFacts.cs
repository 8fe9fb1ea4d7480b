using System.Collections.Frozen;
using System.Collections.Immutable;
using Cx.Domain.Experience;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using NodaTime;
using NodaTime.TimeZones;

namespace Cx.Domain.Shops;

/// <summary>Whether messages may be sent. A new shop starts with <see cref="Off"/>.</summary>
public enum Sending { Off, On, Paused }

/// <summary>The limits that a shop's settings have, which hold as long as it has published no <see cref="ContactPolicy"/>.</summary>
/// <param name="MarketingSpacing">Least time between two marketing e-mails; default 16 h.</param>
/// <param name="MarketingCap">Most marketing e-mails in <paramref name="CapDays"/> days; default 5 in 30.</param>
/// <param name="MaxHoldDays">A step held longer is skipped; default 7 days.</param>
/// <param name="QuietFrom">Local start of the quiet hours; default 21:00.</param>
/// <param name="QuietTo">Local end of the quiet hours; default 08:00.</param>
/// <param name="SoftOptIn">As the shop's own: see <see cref="ShopSettings"/>.</param>
/// <param name="ComplaintHoldDays">A review request waits for an open complaint no longer than this; default 30 days.</param>
public sealed record PolicySettings(
    TimeSpan MarketingSpacing, int MarketingCap, int CapDays, int MaxHoldDays, TimeOnly QuietFrom, TimeOnly QuietTo, bool SoftOptIn,
    int ComplaintHoldDays)
{
    public static PolicySettings Default { get; } = new(TimeSpan.FromHours(16), 5, 30, 7, new(21, 0), new(8, 0), SoftOptIn: false, 30);
}

/// <summary>The facts of a shop that decisions need. The version is recorded with every event decided under them.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Languages">BCP 47, the shop's own language first.</param>
/// <param name="Policy">The latest that was published, else what the settings say.</param>
/// <param name="Cadences">Every version that was ever published: a running follow-up keeps the version it started with.</param>
/// <param name="ReviewUrl">The page on which customers leave reviews; null: the message has no link.</param>
public sealed record ShopFacts(
    ShopId Id, long Version, string Name, string TimeZone, IReadOnlyList<string> Languages, BusinessHours BusinessHours, Sending Sending,
    ContactPolicy Policy, ExperienceSettings Experience, IReadOnlyList<CadenceDocument> Cadences,
    string? ReviewUrl = null, string? Website = null)
{
    private InForce? inForce;

    /// <summary>The facts that a shop's settings amount to, with the defaults for what they leave out.</summary>
    /// <param name="published">The cadence versions that were published in the shop.</param>
    public static ShopFacts Of(Shop shop, IEnumerable<CadenceDocument> published) => new(
        shop.Id, shop.Version, shop.Settings.Name, shop.Settings.TimeZone, shop.Settings.Languages, shop.Settings.BusinessHours ?? BusinessHours.Default, shop.Sending,
        shop.Policy ?? ContactPolicy.Of(shop.Settings.Policy), shop.Settings.Experience ?? ExperienceSettings.Default,
        [DefaultCadences.PostSale, .. published], shop.Settings.ReviewUrl, shop.Settings.Website)
    {
        SoftOptIn = shop.Settings.SoftOptIn,
        ExcludedTags = shop.ExcludedTags ?? ExcludedTags.None,
        SecondOrderGap = shop.SecondOrderDays is { } days ? TimeSpan.FromDays(days) : null,
        Pauses = shop.Pauses,
        Standings = shop.Cadences,
        AlertEmail = shop.Settings.AlertEmail,
        TestAddresses = shop.Settings.TestAddresses ?? [],
        AlertUrl = shop.Settings.AlertUrl,
        ServiceContact = shop.Settings.ServiceContact,
        PostalAddress = shop.Settings.PostalAddress,
    };

    /// <summary>Whether the shop attests that buyers were informed, when leaving their address, that they may object.</summary>
    public bool SoftOptIn { get; init; }

    /// <summary>The policy's tags as they are compared.</summary>
    public ExcludedTags ExcludedTags { get; init; } = ExcludedTags.None;

    /// <summary>The latest times in which nothing was sent, in the order in which they ended.</summary>
    public IReadOnlyList<SendingPause> Pauses { get; init; } = [];

    /// <summary>What the shop runs of its cadences, by slug; one without an entry runs its latest version.</summary>
    public ImmutableSortedDictionary<string, CadenceStanding> Standings { get; init; } = ImmutableSortedDictionary.Create<string, CadenceStanding>(StringComparer.Ordinal);

    /// <summary>The gap within which four of five of its customers who bought again bought the second time; none: not enough data.</summary>
    public TimeSpan? SecondOrderGap { get; init; }

    /// <summary>Whether a cadence in force is started by a customer's silence.</summary>
    public bool AsksForSilence => CadencesInForce().Any(c => c.Trigger.On == SubjectFacts.PurchaseOverdue || c.FallbackTrigger?.On == SubjectFacts.PurchaseOverdue);

    /// <inheritdoc cref="ShopSettings.AlertEmail"/>
    public string? AlertEmail { get; init; }

    /// <inheritdoc cref="ShopSettings.TestAddresses"/>
    public IReadOnlyList<string> TestAddresses { get; init; } = [];

    /// <inheritdoc cref="ShopSettings.AlertUrl"/>
    public string? AlertUrl { get; init; }

    /// <inheritdoc cref="ShopSettings.ServiceContact"/>
    public string? ServiceContact { get; init; }

    /// <inheritdoc cref="ShopSettings.PostalAddress"/>
    public string? PostalAddress { get; init; }

    /// <summary>The version of each cadence that new follow-ups run, in the order of their priorities.</summary>
    public IReadOnlyList<CadenceDocument> CadencesInForce()
    {
        // Facts that were made of others, with something changed, have what those found out.
        if (inForce is { } known && known.Of == Cadences && known.By == Standings)
            return known.Found;

        IReadOnlyList<CadenceDocument> found =
        [
            .. Cadences
                .GroupBy(c => c.Slug)
                .Where(versions => Standings.GetValueOrDefault(versions.Key)?.State != CadenceState.Archived)
                .Select(versions => versions.MaxBy(c => c.Version)!)
                .OrderBy(c => c.Priority).ThenBy(c => c.Slug, StringComparer.Ordinal),
        ];
        inForce = new(Cadences, Standings, found);
        return found;
    }

    private sealed record InForce(IReadOnlyList<CadenceDocument> Of, ImmutableSortedDictionary<string, CadenceStanding> By, IReadOnlyList<CadenceDocument> Found);

    /// <summary>A version of a cadence; none where the shop has no such version.</summary>
    public CadenceDocument? Cadence(string slug, int version) => Cadences.FirstOrDefault(c => c.Slug == slug && c.Version == version);
}

/// <summary>
/// IANA time zones by name, from the database that comes with NodaTime: the same on every machine, so that a replay decides the same.
/// </summary>
public static class ShopZone
{
    /// <summary>The zone of an IANA name such as <c>Europe/Rome</c>.</summary>
    /// <exception cref="ArgumentException">No zone has that name.</exception>
    public static DateTimeZone Of(string name) =>
        Find(name) ?? throw new ArgumentException($"'{name}' is not an IANA time zone such as Europe/Rome.", nameof(name));

    /// <summary>The zone of an IANA name, or null.</summary>
    public static DateTimeZone? Find(string name) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(name);

    /// <summary>The country a zone is named after a place of, ISO 3166-1 alpha-2; null for one of no country, such as UTC.</summary>
    public static string? Country(string name) => Countries.Value.GetValueOrDefault(name);

    private static readonly Lazy<FrozenDictionary<string, string>> Countries = new(() =>
    {
        var source = TzdbDateTimeZoneSource.Default;
        var byZone = (source.ZoneLocations ?? []).ToDictionary(l => l.ZoneId, l => l.CountryCode);

        // A former name (Asia/Calcutta) has the country of the present one. Names without a place (CET, Etc/GMT+1) have none.
        foreach (var (alias, zone) in source.CanonicalIdMap)
        {
            if (alias.Contains('/', StringComparison.Ordinal) && !alias.StartsWith("Etc/", StringComparison.Ordinal) && byZone.TryGetValue(zone, out var country))
                byZone.TryAdd(alias, country);
        }

        return byZone.ToFrozenDictionary(StringComparer.Ordinal);
    });
}
