using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Shops;
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
                || (OrderFold.Evolve(order, e) is var after && SubjectFacts.OrderEvents.Any(on => SubjectFacts.When(on, order) is not null && SubjectFacts.When(on, after) is null))));

    /// <summary>
    /// From when on follow-ups began that get back what an order ended in them which the customer does not keep; none where no such order is lost. Half a year
    /// before that order: what began earlier is too late.
    /// </summary>
    /// <param name="before">The customer without the facts.</param>
    internal static DateTimeOffset? GivenBackSince(Customer before, IReadOnlyList<ICustomerEvent> facts) =>
        (from fact in facts.OfType<IOrderEvent>()
         let order = before.Orders.GetValueOrDefault(fact.Order)
         where order is { IsPurchase: true } && !OrderFold.Evolve(order, fact).IsPurchase
         select order.PlacedAt).Min()?.AddDays(-StepContext.LongestWaitDays);

    /// <summary>The follow-ups in which another order may have ended something.</summary>
    internal static IEnumerable<FollowUpId> EndedByOthers(Customer customer, ShopFacts shop, DateTimeOffset since) =>
        from followUp in customer.FollowUps
        where followUp.Value.TriggeredAt >= since && followUp.Value.CadenceIn(shop) is { } cadence && followUp.Value.Steps.Any(s => IsEndedByOther(cadence, s.Key, s.Value))
        select followUp.Key;

    /// <summary>Whether an exit or a goal ended a step.</summary>
    internal static bool IsExited(StepState step) => step is { Status: StepStatus.Skipped, Reason: Reason.Exited or Reason.GoalReached };

    /// <summary>Reopens the steps for whose skip no reason is left.</summary>
    internal static Decision Decide(Decision decision, DecisionContext s) => Decide(decision, s, context => context.State is { Status: StepStatus.Skipped, Reason: { } reason } && MayPass(reason));

    /// <summary>Reopens the steps that no other order ends any more.</summary>
    internal static Decision GiveBack(Decision decision, DecisionContext s, DateTimeOffset since) =>
        Decide(decision, s, context => context.FollowUp.TriggeredAt >= since && IsEndedByOther(context.Cadence, context.Step.Id, context.State));

    /// <summary>Reopens what was skipped because what it is about did not stand, where by the latest statements it does again.</summary>
    internal static Decision StandAgain(Decision decision, IReadOnlyList<FollowUpSubject> subjects, DecisionContext s) => subjects.Count == 0 ? decision :
        Decide(decision, s, context => context.FollowUp.Subject is { } subject && subjects.Contains(subject)
            && context.State is { Status: StepStatus.Skipped, Reason: Reason.TriggerTakenBack });

    private static bool IsEndedByOther(CadenceDocument cadence, string step, StepState state) =>
        IsExited(state) && cadence.Exits.Any(e => e.OtherSubject && e.Ends(step));

    private static Decision Decide(Decision decision, DecisionContext s, Func<StepContext, bool> isAffected) =>
        decision.ThenEach(
            from followUp in decision.Customer.FollowUps
            let cadence = followUp.Value.CadenceIn(s.Shop)
            where cadence is not null
            from step in StepContext.OfFollowUp(decision.Customer, s.Shop, s.At, followUp.Key, cadence)
            where isAffected(step)
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
