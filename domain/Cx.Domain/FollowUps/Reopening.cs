using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>Decides again what was skipped because of a fact that was taken back, as long as it is not too late.</summary>
internal static class Reopening
{
    /// <summary>
    /// Whether a fact may be the end of what a step was skipped for: something that held of an order does not any more, or what happened to a linked
    /// customer turns out to be somebody else's.
    /// </summary>
    /// <param name="before">The customer without the fact.</param>
    internal static bool MayFollow(Customer before, ICustomerEvent fact) =>
        fact is CustomersUnlinked
        || (fact is OrderFactTakenBack or OrderNotTaken or ShipmentInTransit or DeliveryFailed
            && (IOrderEvent)fact is var e && before.Orders.TryGetValue(e.Order, out var order)
            && (fact is OrderFactTakenBack { Fact: OrderFact.NotTaken }
                || (OrderFold.Evolve(order, e) is var after && SubjectFacts.Anchors.Any(on => SubjectFacts.When(on, order) is not null && SubjectFacts.When(on, after) is null))));

    /// <summary>Reopens the steps for whose skip no reason is left.</summary>
    internal static Decision Decide(Decision decision, DecisionContext s) =>
        decision.ThenEach(
            from followUp in decision.Customer.FollowUps
            let cadence = followUp.Value.CadenceIn(s.Shop)
            where cadence is not null
            from step in StepContext.OfFollowUp(decision.Customer, s.Shop, s.At, followUp.Key, cadence)
            where step.State is { Status: StepStatus.Skipped, Reason: { } reason } && MayPass(reason)
            select step,
            (customer, skipped) =>
            {
                var step = skipped with { Customer = customer, FollowUp = customer.FollowUps[skipped.Id] with { EndedAt = null, EndedFor = null } };
                return Policy.WhyNotReopened(step) is null && step.UnreachableReason is null
                    ? new StepReopened(step.Id, step.Step.Id, [new("taken-back", Passed: true, "nothing is left of what it was skipped for")], s.At)
                    : null;
            });

    private static bool MayPass(Reason reason) =>
        reason is Reason.OrderCancelled or Reason.OrderRefunded or Reason.TriggerTakenBack or Reason.GoalReached or Reason.Exited or Reason.NotApplicable;
}
