using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;

namespace Cx.Domain.FollowUps;

/// <summary>What becomes of something that happened, for one cadence. The names are part of the API.</summary>
internal enum EntryOutcome
{
    Starts,

    /// <summary>No trigger of the cadence names it.</summary>
    NotNamed,

    /// <summary>It was too old as it was recorded.</summary>
    History,

    ConditionFalse,

    /// <summary>The cadence runs, or ran, about the same subject.</summary>
    AlreadyStarted,

    /// <summary>The cadence runs once for a customer, and began before.</summary>
    OnceOnly,

    /// <summary>The cadence starts no second follow-up while one of it runs for the customer.</summary>
    StillRunning,

    /// <summary>The last follow-up of the cadence began too short a time ago.</summary>
    TooSoon,

    Erased,
}

/// <summary>Whether something that happened starts a follow-up of a cadence, and why not: what the decider asks, and what explains it.</summary>
/// <param name="Id">Of the follow-up that it starts, or that stands in its way.</param>
/// <param name="False">Of each trigger that names it, the first condition that does not hold.</param>
/// <param name="Last">When the follow-up began that the re-entry rule refuses it for.</param>
/// <param name="Until">Too soon: until when.</param>
internal sealed record Entry(EntryOutcome Outcome, FollowUpId? Id = null, IReadOnlyList<FalseCondition>? False = null, DateTimeOffset? Last = null, DateTimeOffset? Until = null)
{
    /// <summary>How old a trigger may be as it is recorded. Ours: two weeks cover an outage, and whoever bought earlier expects nothing more.</summary>
    internal static readonly TimeSpan OldestTrigger = TimeSpan.FromDays(14);

    /// <summary>Whether something is too old, as it is recorded, to start anything: imported, sent again, or edited long after.</summary>
    internal static bool IsHistory(DateTimeOffset happenedAt, DateTimeOffset recordedAt) => recordedAt - happenedAt > OldestTrigger;

    internal static Entry Of(Customer customer, CadenceDocument cadence, FollowUpTrigger trigger, DecisionContext s)
    {
        var named = new[] { cadence.Trigger, cadence.FallbackTrigger }.OfType<Trigger>().Where(t => t.On == trigger.On).ToList();
        if (named.Count == 0)
            return new(EntryOutcome.NotNamed);
        if (customer.IsErased)
            return new(EntryOutcome.Erased);
        if (trigger.IsHistory || IsHistory(trigger.At, s.At))
            return new(EntryOutcome.History);

        var about = trigger.KeyOf(customer);
        var started = customer.Ids.Select(id => StableHash.FollowUp(cadence.Slug, id, about)).Where(customer.FollowUps.ContainsKey).ToList();
        if (started.Count > 0)
            return new(EntryOutcome.AlreadyStarted, started[0]);

        var facts = new FactContext(customer, trigger.Order, trigger.At, s.At) { Subject = trigger.Subject, Shop = s.Shop };
        var unmet = named.ConvertAll(t => Facts.FirstFalse(t.Conditions, facts));

        if (!unmet.Contains(null))
            return new(EntryOutcome.ConditionFalse, False: [.. unmet.OfType<FalseCondition>()]);

        // By the id of the record that it came by, so that it is known as well once linked customers are parted.
        return Refused(customer, cadence, s.At) ?? new(EntryOutcome.Starts, StableHash.FollowUp(cadence.Slug, s.By ?? customer.Id, about));
    }

    private static Entry? Refused(Customer customer, CadenceDocument cadence, DateTimeOffset at)
    {
        if (cadence.Reentry is not { } rule || !customer.LastBegan.TryGetValue(cadence.Slug, out var last))
            return null;

        var running = customer.FollowUps.Where(f => f.Value.IsRunning && f.Value.Cadence == cadence.Slug).Select(f => (FollowUpId?)f.Key).FirstOrDefault();
        return rule.Once ? new(EntryOutcome.OnceOnly, running, Last: last)
            : !rule.WhileRunning && running is not null ? new(EntryOutcome.StillRunning, running, Last: customer.FollowUps[running.Value].StartedAt)
            : rule.After is { } after && at < last + after ? new(EntryOutcome.TooSoon, running, Last: last, Until: last + after)
            : null;
    }
}
