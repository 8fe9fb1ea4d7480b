using Cx.Domain.Customers;

namespace Cx.Domain.FollowUps.Simulating;

/// <summary>Says what would have happened to customers on the two sides of a plan. It keeps nothing of one customer for the next, and may be used by several threads.</summary>
public sealed class Simulator(SimulationPlan plan)
{
    /// <exception cref="ArgumentException">The customer was erased.</exception>
    public CustomerOutcome Run(CustomerHistory history)
    {
        if (history.IsErased)
            throw new ArgumentException($"Customer {history.Customer} was erased.", nameof(history));

        var log = new RecordedLog(history);
        var current = new SideRecorder(history.Customer, plan.Cadence, keepsMessages: false);
        var draft = new SideRecorder(history.Customer, plan.Cadence, keepsMessages: true);
        var before = Run(log, plan.Current, current.Add);
        var after = Run(log, plan.Draft, draft.Add);
        return new(history.Customer, history.Events.Count, current.Outcome, draft.Outcome, [.. Differences(current.Outcome, before, draft.Outcome, after)]);
    }

    private Customer Run(RecordedLog log, ShopTimeline timeline, Action<Customer, ICustomerEvent> record) => Run(log, timeline, plan.From, plan.To, wakesAsRecorded: false, record);

    /// <param name="wakesAsRecorded">Whether the log's wakes are waited for, however late they came.</param>
    internal static Customer Run(RecordedLog log, ShopTimeline timeline, DateTimeOffset? from, DateTimeOffset to, bool wakesAsRecorded, Action<Customer, ICustomerEvent> record)
    {
        var replay = new CustomerReplay(log.History.Customer, log, timeline, wakesAsRecorded, record);
        var hasBegun = false;
        foreach (var transaction in log.Transactions)
        {
            if (transaction.At > to)
                break;
            if (transaction.At < from)
            {
                replay.Take(transaction);
                continue;
            }

            if (!hasBegun)
                replay.Begin(from ?? DateTimeOffset.MinValue);
            hasBegun = true;
            replay.Replay(transaction);
        }

        if (!hasBegun && from is not null)
            replay.Begin(from.Value);
        replay.Finish(to);
        return replay.Customer;
    }

    private static IEnumerable<StepDifference> Differences(SideOutcome current, Customer before, SideOutcome draft, Customer after)
    {
        var (one, other) = (Last(current), Last(draft));
        return from step in one.Keys.Union(other.Keys)
               let was = one.GetValueOrDefault(step)
               let became = other.GetValueOrDefault(step)
               where !IsSame(was, became)
               let followUp = (after.FollowUps.GetValueOrDefault(step.FollowUp) ?? before.FollowUps.GetValueOrDefault(step.FollowUp))!
               orderby was?.At ?? became!.At, step.FollowUp, step.Step
               select new StepDifference(step.FollowUp, followUp.Cadence, step.Step, followUp.Order, followUp.Subject, was, became);
    }

    private static Dictionary<(FollowUpId FollowUp, string Step), SimulatedDecision> Last(SideOutcome side)
    {
        var last = new Dictionary<(FollowUpId FollowUp, string Step), SimulatedDecision>();
        foreach (var decision in side.Decisions)
            last[(decision.FollowUp, decision.Step)] = decision;
        return last;
    }

    private static bool IsSame(SimulatedDecision? was, SimulatedDecision? became) =>
        was is not null && became is not null && (was.At, was.Outcome, was.Reason, was.Path) == (became.At, became.Outcome, became.Reason, became.Path);
}
