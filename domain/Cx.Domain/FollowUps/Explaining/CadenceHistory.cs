using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps.Explaining;

/// <summary>A cadence and how it came to stand as it does.</summary>
/// <param name="Changes">Its publications, pauses, resumptions and archivings, in order.</param>
/// <param name="SendingSince">Since when the shop's sending is switched as it is; none: it never was switched.</param>
public sealed record CadenceHistory(Cadence Cadence, IReadOnlyList<IEvent> Changes, DateTimeOffset? SendingSince)
{
    /// <summary>Since when, and by whose key, it is paused; none: it is not.</summary>
    internal CadencePaused? Pause => Cadence.State == CadenceState.Paused ? Changes.OfType<CadencePaused>().LastOrDefault() : null;

    /// <summary>Since when, and by whose key, it is archived; none: it is not.</summary>
    internal CadenceArchived? Archiving => Cadence.State == CadenceState.Archived ? Changes.OfType<CadenceArchived>().LastOrDefault() : null;

    /// <summary>What is explained: the latest version, else the draft.</summary>
    internal CadenceDocument Document => Cadence.Document ?? Cadence.Draft!;

    /// <summary>The version that was in force at an instant; none: none was published, or it was archived.</summary>
    internal CadenceDocument? InForce(DateTimeOffset at, ShopFacts shop) => IsArchivedAt(at) ? null
        : Changes.OfType<CadencePublished>().LastOrDefault(x => x.OccurredAt <= at)?.Document
        ?? (Cadence.Shipped(Cadence.Slug) is { Document: { } shipped } ? shop.Cadence(shipped.Slug, shipped.Version) : null);

    internal bool IsArchivedAt(DateTimeOffset at) =>
        Changes.LastOrDefault(x => x is CadencePublished or CadenceArchived && x.OccurredAt <= at) is CadenceArchived;
}
