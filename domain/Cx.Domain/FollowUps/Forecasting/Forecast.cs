using Cx.Domain.Customers;

namespace Cx.Domain.FollowUps.Explaining;

/// <summary>What the decider will do about a customer's open steps if no fact comes: wakes are run ahead, each at its instant, on a copy.</summary>
internal static class Forecast
{
    // Ours: more wakes than one customer's steps need, and as far ahead as a step may be postponed.
    private const int MostWakes = 200;

    private static readonly TimeSpan Longest = StepControls.LongestPostponement;

    internal static ILookup<(FollowUpId FollowUp, string Step), ForecastDecision> Of(Customer customer, DecisionContext now, OfferChoice offers)
    {
        var decided = new List<((FollowUpId, string) Step, ForecastDecision Decision)>();
        var at = now.At;
        var state = customer with { RecordedAt = at };
        for (var wakes = 0; wakes < MostWakes; wakes++)
        {
            var events = FollowUpDecisions.Wake(state, now with { At = at }, offers);
            decided.AddRange(events.SelectMany(e => Decision(e, at)));
            state = CustomerFold.Evolve(state, events) with { RecordedAt = at };
            if (FollowUpDecisions.NextDue(state, now.Shop) is not { } next || next <= at || next > now.At + Longest)
                break;
            at = next;
        }

        return decided.ToLookup(d => d.Step, d => d.Decision);
    }

    private static IEnumerable<((FollowUpId, string), ForecastDecision)> Decision(ICustomerEvent e, DateTimeOffset at) => e switch
    {
        MessageQueued x => [((x.FollowUp, x.Step), new(at, Outlook.Send, null, null) { Checks = x.Checks })],
        StepHeld x => [((x.FollowUp, x.Step), new(at, Outlook.Hold, x.Reason, x.Until) { Checks = x.Checks })],
        StepSkipped x => [((x.FollowUp, x.Step), new(at, Outlook.Skip, x.Reason, null) { Checks = x.Checks })],
        StepPassed x => [((x.FollowUp, x.Step), new(at, Outlook.Pass, null, null) { Outcome = x.Outcome, Checks = x.Checks })],
        _ => [],
    };
}
