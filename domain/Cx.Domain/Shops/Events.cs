namespace Cx.Domain.Shops;

/// <summary>The shop's settings as set, whole.</summary>
public sealed record ShopConfigured(ShopSettings Settings, DateTimeOffset OccurredAt) : IEvent;

/// <summary>Sending was switched.</summary>
public sealed record SendingSwitched(Sending Sending, DateTimeOffset OccurredAt) : IEvent;

/// <summary>What an administrator sets of a shop. What is left out keeps its default.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Languages">BCP 47, the shop's own first; at least one.</param>
/// <param name="SoftOptIn">Attests that buyers were told they may object when they left their address (Directive 2002/58/EC, article 13(2)).</param>
public sealed record ShopSettings(
    string Name, string TimeZone, IReadOnlyList<string> Languages, BusinessHours? BusinessHours = null, ContactPolicy? Policy = null,
    Experience.ExperienceSettings? Experience = null, bool SoftOptIn = false, string? ReviewUrl = null, string? Website = null);
