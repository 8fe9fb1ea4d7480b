using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;

namespace Cx.Domain.FollowUps.Simulating;

/// <summary>
/// What is simulated: two sides, each with what is in force in it. Up to <paramref name="From"/> all is as it was recorded; from then on everything is decided anew, up to
/// <paramref name="To"/>.
/// </summary>
/// <param name="From">None: from the beginning.</param>
public sealed record SimulationPlan(ShopTimeline Current, ShopTimeline Draft, DateTimeOffset? From, DateTimeOffset To)
{
    /// <summary>Messages of this cadence are kept as examples; none: of any.</summary>
    public string? Cadence { get; init; }

    /// <summary>A draft of a cadence against its latest version, each in force from the beginning.</summary>
    /// <param name="draft">With the words of tags hashed.</param>
    /// <param name="current">None: no version was published, and the other side is the shop without it.</param>
    public static SimulationPlan OfCadence(ShopTimeline timeline, CadenceDocument draft, CadenceDocument? current, DateTimeOffset? from, DateTimeOffset to) =>
        new(current is null ? timeline.Without(draft.Slug) : timeline.With(current), timeline.With(draft), from, to) { Cadence = draft.Slug };

    /// <summary>A draft of the contact policy against the policy in force now, each in force from the beginning.</summary>
    /// <param name="tags">Those of the draft as they are compared.</param>
    public static SimulationPlan OfPolicy(ShopTimeline timeline, ContactPolicy draft, ExcludedTags tags, DateTimeOffset? from, DateTimeOffset to)
    {
        var now = timeline.Moments[^1].Facts;
        return new(timeline.With(now.Policy, now.ExcludedTags), timeline.With(draft, tags), from, to);
    }

    /// <summary>A number in [0, 1) for a customer, always the same: a sample of one in four has those below a quarter.</summary>
    public static double Draw(CustomerId customer) => StableHash.Draw("simulation", customer);
}
