using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;

namespace Cx.Domain.FollowUps.Explaining;

/// <summary>An event of the customer, as it was recorded.</summary>
/// <param name="Transaction">The same for all that was recorded together.</param>
public sealed record LoggedEvent(ICustomerEvent Event, DateTimeOffset RecordedAt, string Transaction);

/// <summary>Goes through a customer's log as it came, and asks at each transaction what the decider asked: whether it started a follow-up, and why not.</summary>
internal static class TriggerReplay
{
    internal static IEnumerable<TriggerExplanation> Of(Customer customer, DecisionContext now, CadenceHistory history, IReadOnlyList<LoggedEvent> log)
    {
        var state = CustomerFold.Start(customer.Id) with { Members = customer.Members };
        foreach (var together in Transactions(log))
        {
            var fresh = together.Select(e => e.Event).Where(e => e is not IFollowUpEvent).ToList();
            var after = CustomerFold.Evolve(state, fresh);
            foreach (var trigger in FollowUpTriggers.Of(state, after, fresh))
            {
                if (Explain(customer, now, history, after, trigger, together) is { } explained)
                    yield return explained;
            }

            state = CustomerFold.Evolve(after, [.. together.Select(e => e.Event).Where(e => e is IFollowUpEvent)]);
        }
    }

    private static TriggerExplanation? Explain(
        Customer customer, DecisionContext now, CadenceHistory history, Customer after, FollowUpTrigger trigger, IReadOnlyList<LoggedEvent> together)
    {
        var at = together[0].RecordedAt;
        var slug = history.Cadence.Slug;
        var version = history.InForce(at, now.Shop);
        var entry = Entry.Of(after, version ?? history.Document, trigger, now with { At = at });
        var started = together.Select(e => e.Event).OfType<FollowUpStarted>().FirstOrDefault(s => s.Cadence == slug && s.Trigger == trigger.On && s.Order == trigger.Order && s.Subject == trigger.Subject);
        if (entry.Outcome == EntryOutcome.NotNamed && started is null)
            return null;

        var outcome = started is not null ? WhyCode.Started : entry.Outcome switch
        {
            EntryOutcome.History => WhyCode.History,
            EntryOutcome.AlreadyStarted => WhyCode.AlreadyStarted,
            _ when version is null && history.IsArchivedAt(at) => WhyCode.WhileArchived,
            _ when version is null => history.Cadence.Latest == 0 ? WhyCode.Draft : WhyCode.BeforePublication,
            EntryOutcome.ConditionFalse => WhyCode.ConditionFalse,
            EntryOutcome.OnceOnly => WhyCode.OnceOnly,
            EntryOutcome.StillRunning => WhyCode.StillRunning,
            EntryOutcome.TooSoon => WhyCode.TooSoon,
            _ => entry.Id is { } id && customer.FollowUps.ContainsKey(id) ? WhyCode.Started : WhyCode.NotStarted,
        };
        var followUp = started?.FollowUp ?? entry.Id;
        return new(
            trigger.On, trigger.Subject, trigger.Order, trigger.At, at, version?.Version, outcome, started is null ? [.. (entry.False ?? []).Select(f => Explain(f, customer, now, trigger))] : [],
            followUp is { } known && customer.FollowUps.ContainsKey(known) ? known : null,
            started is null ? entry.Last : null, started is null ? entry.Until : null);
    }

    private static ConditionExplanation Explain(FalseCondition unmet, Customer customer, DecisionContext now, FollowUpTrigger trigger) => new(
        unmet.Condition.Fact, unmet.Condition.Is, unmet.Condition.Wanted?.Trim('"'), unmet.Value,
        Facts.ValueOf(unmet.Condition.Fact, new(customer, trigger.Order, trigger.At, now.At) { Subject = trigger.Subject, Shop = now.Shop }));

    private static IEnumerable<IReadOnlyList<LoggedEvent>> Transactions(IReadOnlyList<LoggedEvent> log)
    {
        for (var (start, end) = (0, 0); start < log.Count; start = end)
        {
            while (end < log.Count && log[end].Transaction == log[start].Transaction)
                end++;
            yield return [.. log.Skip(start).Take(end - start)];
        }
    }
}
