using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>Whether the follow-up still has its cause.</summary>
internal static class SubjectPolicies
{
    internal static Finding Running(StepContext context) =>
        context.Customer.ErasedAt is { } erased ? new("follow-up", $"the customer was erased on {Say(erased)}", Reason.Erased, Final: true)
        : context.FollowUp.EndedAt is { } ended ? new("follow-up", $"ended on {Say(ended)}", context.FollowUp.EndedFor ?? Reason.Exited, Final: true)
        : new("follow-up", $"runs since {Say(context.FollowUp.StartedAt)}");

    internal static Finding ControlGroup(StepContext context) => context.FollowUp.Control
        ? new("control-group", "the customer is in the control group", Reason.ControlGroup, Final: true)
        : new("control-group", "not in the control group");

    /// <summary>An order must still be valid, unless its loss is what the cadence is about.</summary>
    internal static Finding OrderValid(StepContext context) =>
        context.FollowUp.Order is null ? new("order", "not about an order")
        : context.Cadence.Trigger.On is "order-cancelled" or "order-refunded" ? new("order", $"its loss is the trigger: {context.Cadence.Trigger.On}")
        : SubjectFacts.When("order-cancelled", context.Customer, context.FollowUp) is { } cancelled ? new("order", $"cancelled on {Say(cancelled)}", Reason.OrderCancelled, Final: true)
        : SubjectFacts.When("order-refunded", context.Customer, context.FollowUp) is { } refunded ? new("order", $"refunded in full on {Say(refunded)}", Reason.OrderRefunded, Final: true)
        : new("order", "neither cancelled nor refunded in full");

    /// <summary>The goal and the other exits that end this step.</summary>
    internal static Finding GoalAndExits(StepContext context)
    {
        foreach (var exit in context.Cadence.Exits.Where(e => e.Ends(context.Step.Id)))
        {
            if (SubjectFacts.When(exit, context.Customer, context.FollowUp) is { } instant)
                return new("goal-and-exits", $"{exit.On} on {Say(instant)}", ReasonOf(exit), Final: true);
        }

        return new("goal-and-exits", "neither goal nor exit reached");
    }

    internal static Reason ReasonOf(Cadences.Exit exit) => exit switch
    {
        { Goal: true } => Reason.GoalReached,
        { On: "order-cancelled", OtherSubject: false } => Reason.OrderCancelled,
        { On: "order-refunded", OtherSubject: false } => Reason.OrderRefunded,
        _ => Reason.Exited,
    };
}
