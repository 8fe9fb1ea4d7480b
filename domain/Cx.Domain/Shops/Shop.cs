using System.Collections.Immutable;
using System.Text.Json;
using Cx.Domain.Experience;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Silence;

namespace Cx.Domain.Shops;

/// <summary>The shop's settings were set, all of them.</summary>
public sealed record ShopConfigured(ShopSettings Settings, DateTimeOffset OccurredAt) : IPlanChange;

/// <summary>Sending was switched on, off or paused.</summary>
public sealed record SendingSwitched(Sending Sending, DateTimeOffset OccurredAt) : IPlanChange;

/// <summary>The settings of a shop. What is left out has its default.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Languages">BCP 47, the shop's own first; at least one.</param>
/// <param name="SoftOptIn">
/// Attests that buyers were informed, when they left their address, that they may object (Directive 2002/58/EC, article 13(2)).
/// </param>
/// <param name="RetentionDays">After so many days without contact a customer is erased; null: never.</param>
public sealed record ShopSettings(
    string Name, string TimeZone, IReadOnlyList<string> Languages, BusinessHours? BusinessHours = null, PolicySettings? Policy = null,
    ExperienceSettings? Experience = null, bool SoftOptIn = false, string? ReviewUrl = null, string? Website = null,
    int? RetentionDays = null)
{
    /// <summary>The shop's own address for alerts; none: none are mailed.</summary>
    public string? AlertEmail { get; init; }

    /// <summary>Where alerts are posted, signed; none: none are.</summary>
    public string? AlertUrl { get; init; }

    /// <summary>Addresses of the shop's own, to which messages may be sent to see how they look; none: there are none.</summary>
    public IReadOnlyList<string>? TestAddresses { get; init; }

    /// <summary>The name under which the shop apologises; none: its customer service.</summary>
    public string? ServiceContact { get; init; }

    /// <summary>Where the shop is, as messages show it below; some countries ask for it. None: none is shown.</summary>
    public string? PostalAddress { get; init; }
}

/// <summary>A shop as it was set: a snapshot of its stream, which also holds what <see cref="ShopSources"/> and <see cref="ShopKeys"/> are of.</summary>
public sealed record Shop(ShopId Id, ShopSettings Settings, Sending Sending)
{
    /// <summary>The stream of a shop's own events, in the tenant of the shop.</summary>
    public const string StreamKey = "shop";

    public string Stream { get; init; } = StreamKey;

    /// <summary>The stream's version after the last event that changed this snapshot.</summary>
    public long Version { get; init; }

    /// <inheritdoc cref="SecondOrderGapMeasured.Days"/>
    public int? SecondOrderDays { get; init; }

    /// <summary>What it runs of its cadences, by slug; a shipped cadence that nobody has changed has no entry.</summary>
    public ImmutableSortedDictionary<string, CadenceStanding> Cadences { get; init; } = ImmutableSortedDictionary.Create<string, CadenceStanding>(StringComparer.Ordinal);

    /// <summary>The latest contact policy that was published; none: the settings' holds.</summary>
    public ContactPolicy? Policy { get; init; }

    /// <summary>That policy's tags as they are compared.</summary>
    public ExcludedTags? ExcludedTags { get; init; }

    /// <summary>Since when sending is not on; none: it is on, or that was not recorded.</summary>
    public DateTimeOffset? NotSendingSince { get; init; }

    /// <summary>The latest times in which nothing was sent.</summary>
    public ImmutableList<SendingPause> Pauses { get; init; } = [];

    /// <param name="shop">null: there is none yet.</param>
    public static IReadOnlyList<IEvent> Configure(Shop? shop, ShopSettings settings, DateTimeOffset at) =>
        shop is not null && Same(shop.Settings, settings) ? [] : [new ShopConfigured(settings, at)];

    public static IReadOnlyList<IEvent> Switch(Shop shop, Sending sending, DateTimeOffset at) =>
        shop.Sending == sending ? [] : [new SendingSwitched(sending, at)];

    public static Shop? Evolve(Shop? shop, ShopId id, IEvent e) => e switch
    {
        ShopConfigured x => (shop ?? new(id, x.Settings, Sending.Off) { NotSendingSince = x.OccurredAt }) with { Settings = x.Settings },
        SendingSwitched { Sending: Sending.On } x when shop is not null => shop with
        {
            Sending = Sending.On,
            NotSendingSince = null,
            Pauses = SendingPause.After(shop.Pauses, shop.NotSendingSince, x.OccurredAt),
        },
        SendingSwitched x when shop is not null => shop with { Sending = x.Sending, NotSendingSince = shop.NotSendingSince ?? x.OccurredAt },
        WakingInterrupted x when shop is not null => shop with { Pauses = SendingPause.After(shop.Pauses, x.From, x.OccurredAt) },
        PolicyPublished x when shop is not null => shop with { Policy = x.Document, ExcludedTags = x.Tags },
        SecondOrderGapMeasured x when shop is not null => shop with { SecondOrderDays = x.Days },
        CadenceSwitched x when shop is not null => shop with
        {
            Cadences = shop.Cadences.SetItem(x.Cadence, CadenceStanding.After(shop.Cadences.GetValueOrDefault(x.Cadence), x)),
        },
        _ => shop,
    };

    private static bool Same(ShopSettings a, ShopSettings b) =>
        JsonSerializer.SerializeToUtf8Bytes(a, EventCatalog.Json).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(b, EventCatalog.Json));
}
