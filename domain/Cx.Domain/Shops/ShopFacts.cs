using Cx.Domain.Experience;
using Cx.Domain.FollowUps.Cadences;

namespace Cx.Domain.Shops;

/// <summary>Whether messages may leave. A new shop starts with <see cref="Off"/>.</summary>
public enum Sending { Off, On, Paused }

/// <summary>What protects a customer from too much.</summary>
/// <param name="MarketingSpacing">Least time between two marketing e-mails; default 16 h.</param>
/// <param name="MarketingCap">Most marketing e-mails in <paramref name="CapDays"/> days; default 5 in 30.</param>
/// <param name="MaxHoldDays">A step held longer is skipped; default 7 days.</param>
/// <param name="QuietFrom">Local start of the quiet hours; default 21:00.</param>
/// <param name="QuietTo">Local end of the quiet hours; default 08:00.</param>
/// <param name="SoftOptIn">Whether the shop attests that buyers were told, when leaving their address, that they may object.</param>
/// <param name="ComplaintHoldDays">A review request waits for an open complaint no longer than this; default 30 days.</param>
public sealed record ContactPolicy(
    TimeSpan MarketingSpacing, int MarketingCap, int CapDays, int MaxHoldDays, TimeOnly QuietFrom, TimeOnly QuietTo, bool SoftOptIn, int ComplaintHoldDays)
{
    public static ContactPolicy Default { get; } = new(TimeSpan.FromHours(16), 5, 30, 7, new(21, 0), new(8, 0), SoftOptIn: false, 30);
}

/// <summary>All that decisions about a customer need to know of the shop. Its version is recorded with every event decided under it.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Languages">BCP 47, the shop's own language first.</param>
/// <param name="ReviewUrl">Where a customer is led to leave a review; none: the message has no link.</param>
public sealed record ShopFacts(
    ShopId Id, long Version, string Name, string TimeZone, IReadOnlyList<string> Languages, BusinessHours BusinessHours, Sending Sending,
    ContactPolicy Policy, ExperienceSettings Experience, IReadOnlyList<CadenceDocument> Cadences, string? ReviewUrl = null, string? Website = null);
