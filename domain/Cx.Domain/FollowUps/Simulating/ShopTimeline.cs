using System.Collections.Immutable;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps.Simulating;

/// <summary>An event of a shop's own stream.</summary>
/// <param name="Version">Of the stream, with it.</param>
public sealed record ShopChange(IEvent Event, long Version, DateTimeOffset RecordedAt);

/// <summary>What was in force in a shop from an instant on.</summary>
/// <param name="ChangesPlans">Whether every customer who has something planned is woken for it.</param>
public sealed record ShopMoment(DateTimeOffset From, ShopFacts Facts, bool ChangesPlans);

/// <summary>
/// What was in force in a shop from which instant: cadence versions, policy versions, settings, the sending switch and pauses; and the outages, in which nobody was
/// woken.
/// </summary>
public sealed class ShopTimeline
{
    private ShopTimeline(ImmutableArray<ShopMoment> moments, ImmutableArray<SendingPause> outages) => (Moments, Outages) = (moments, outages);

    /// <summary>In their order; at least one.</summary>
    public ImmutableArray<ShopMoment> Moments { get; }

    /// <summary>From when to when nobody was woken, in their order.</summary>
    public ImmutableArray<SendingPause> Outages { get; }

    /// <param name="changes">The shop's stream in its order, from the beginning; what changes nothing of this may be left out.</param>
    /// <param name="published">Every cadence version that was ever published in the shop; that which is shipped is known.</param>
    /// <exception cref="ArgumentException">The shop was never configured.</exception>
    public static ShopTimeline Of(ShopId shop, IEnumerable<ShopChange> changes, IReadOnlyList<CadenceDocument> published)
    {
        var (state, moments, outages) = ((Shop?)null, ImmutableArray.CreateBuilder<ShopMoment>(), ImmutableArray.CreateBuilder<SendingPause>());
        foreach (var change in changes)
        {
            if (change.Event is WakingInterrupted outage)
                outages.Add(new(outage.From, outage.OccurredAt));
            var next = Shop.Evolve(state, shop, change.Event);
            if (next is null || next == state)
                continue;

            state = next with { Version = change.Version };
            moments.Add(new(change.RecordedAt, ShopFacts.Of(state, published.Where(d => d.Version <= state.Cadences.GetValueOrDefault(d.Slug)?.Version)), change.Event is IPlanChange));
        }

        return moments.Count == 0 ? throw new ArgumentException($"Shop {shop} was never configured.", nameof(changes)) : new(moments.ToImmutable(), outages.ToImmutable());
    }

    /// <summary>The same with a document in force from the beginning, in place of what was published of its cadence.</summary>
    /// <param name="document">With the words of tags hashed; its version is that after the latest, or the latest.</param>
    public ShopTimeline With(CadenceDocument document) => With(facts => facts with
    {
        Cadences = [.. facts.Cadences.Where(c => c.Slug != document.Slug || c.Version < document.Version), document],
        Standings = facts.Standings.SetItem(document.Slug, Standing(facts.Standings.GetValueOrDefault(document.Slug), document)),
    });

    /// <summary>The same without a cadence.</summary>
    public ShopTimeline Without(string cadence) => With(facts => facts with { Cadences = [.. facts.Cadences.Where(c => c.Slug != cadence)] });

    /// <summary>The same with a contact policy in force from the beginning.</summary>
    /// <param name="tags">Its tags as they are compared.</param>
    public ShopTimeline With(ContactPolicy policy, ExcludedTags tags) => With(facts => facts with { Policy = policy, ExcludedTags = tags });

    /// <summary>The facts of a version, or those that were in force before it; none: it is not known by which it was decided.</summary>
    internal ShopFacts? Of(long version)
    {
        if (version == 0)
            return null;

        var (low, high) = (0, Moments.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Moments[middle].Facts.Version <= version ? (middle, high) : (low, middle - 1);
        }

        return Moments[low].Facts;
    }

    /// <summary>The first instant from one on that is in no outage.</summary>
    internal DateTimeOffset AwakeFrom(DateTimeOffset at)
    {
        foreach (var outage in Outages)
        {
            if (outage.From <= at && at < outage.To)
                at = outage.To;
        }

        return at;
    }

    private ShopTimeline With(Func<ShopFacts, ShopFacts> change) => new([.. Moments.Select(m => m with { Facts = change(m.Facts) })], Outages);

    // Its pauses are as they were. Nothing that runs takes a turn that a publication or the archiving was: it stays in the version in which it began.
    private static CadenceStanding Standing(CadenceStanding? known, CadenceDocument document) => known is null
        ? new(CadenceState.Published, document.Version, [])
        : known with { State = known.State == CadenceState.Paused ? CadenceState.Paused : CadenceState.Published, Version = document.Version, Turns = [] };
}
