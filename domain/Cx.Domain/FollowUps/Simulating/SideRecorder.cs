using Cx.Domain.Customers;

namespace Cx.Domain.FollowUps.Simulating;

/// <summary>Takes down what is decided about one customer on one side.</summary>
/// <param name="cadence">Whose messages are kept; none: those of all.</param>
internal sealed class SideRecorder(CustomerId id, string? cadence, bool keepsMessages)
{
    private readonly List<SimulatedDecision> decisions = [];
    private readonly List<SimulatedMessage> messages = [];
    private readonly Dictionary<FollowUpId, FollowUpStarted> started = [];
    private readonly Dictionary<MessageId, MessageQueued> queued = [];

    internal SideOutcome Outcome => new(decisions, messages);

    /// <param name="after">The customer with the event.</param>
    internal void Add(Customer after, ICustomerEvent e)
    {
        switch (e)
        {
            case FollowUpStarted x when keepsMessages && (cadence is null || x.Cadence == cadence):
                started[x.FollowUp] = x;
                break;
            case MessageQueued x when started.ContainsKey(x.FollowUp):
                queued[x.Message] = x;
                break;
            case MessageAttempted { Attempt: 1 } x:
                Add(after, x, x.Step, SimulatedOutcome.Sent, null, isToCustomer: !after.Messages[x.Message].IsForShop);
                if (queued.Remove(x.Message, out var message))
                    messages.Add(new(id, x.OccurredAt, started[x.FollowUp], message));
                break;
            case MessageFailed x:
                Add(after, x, x.Step, SimulatedOutcome.Failed, Reason.SendFailed);
                break;
            case MessageSettled { Delivered: false } x:
                Add(after, x, x.Step, SimulatedOutcome.Failed, Reason.SettledUndelivered);
                break;
            case StepHeld x:
                Add(after, x, x.Step, Waiting(x.Reason), x.Reason);
                break;
            case StepPostponed x:
                Add(after, x, x.Step, SimulatedOutcome.Held, Reason.Postponed);
                break;
            case MessageWithdrawn x:
                Add(after, x, x.Step, x.Final ? SimulatedOutcome.Skipped : Waiting(x.Reason), x.Reason);
                break;
            case StepSkipped x:
                Add(after, x, x.Step, SimulatedOutcome.Skipped, x.Reason);
                break;
            case StepSkippedByPerson x:
                Add(after, x, x.Step, SimulatedOutcome.Skipped, Reason.SkippedByPerson);
                break;
            case StepPassed x:
                Add(after, x, x.Step, SimulatedOutcome.Passed, null, path: x.Outcome);
                break;
        }
    }

    private void Add(Customer after, IFollowUpEvent e, string step, SimulatedOutcome outcome, Reason? reason, StepOutcome? path = null, bool isToCustomer = false)
    {
        var followUp = after.FollowUps[e.FollowUp];
        decisions.Add(new(e.OccurredAt, e.FollowUp, followUp.Cadence, followUp.Version, step, outcome, reason, followUp.StepOf(step).Due, path) { IsToCustomer = isToCustomer });
    }

    private static SimulatedOutcome Waiting(Reason reason) => reason is Reason.Cap or Reason.Spacing ? SimulatedOutcome.Capped : SimulatedOutcome.Held;
}
