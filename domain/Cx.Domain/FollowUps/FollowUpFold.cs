using Cx.Domain.Customers;

namespace Cx.Domain.FollowUps;

/// <summary>The part of the customer's fold that follow-ups and their messages make.</summary>
public static class FollowUpFold
{
    public static Customer Evolve(Customer customer, IFollowUpEvent e) => e switch
    {
        FollowUpStarted x => customer with
        {
            FollowUps = customer.FollowUps.SetItem(x.FollowUp, new(x.Cadence, x.Version, x.Trigger, x.Order, x.CorrelationId, x.Control, x.TriggeredAt, x.OccurredAt)),
        },
        FollowUpEnded x => customer.With(x.FollowUp, f => f with { EndedAt = x.OccurredAt, EndedFor = x.Reason }),
        StepHeld x => customer.With(x, x.Step, s => Held(s, x.Reason, x.Until, x.HeldFor, x.OccurredAt) with { Due = x.Due }),
        StepSkipped x => customer.With(x, x.Step, s => s with { Status = StepStatus.Skipped, Reason = x.Reason, Due = x.Due ?? s.Due, Until = null }),
        MessageQueued x => customer.With(x, x.Step, s => s with
        {
            Status = StepStatus.Queued,
            Reason = null,
            Due = x.Due,
            Until = s.HeldSince is null ? null : x.OccurredAt,
            Message = x.Message,
            Messages = s.Messages + 1,
        }) with
        {
            Messages = customer.Messages.SetItem(x.Message, new(
                x.FollowUp, x.Step, x.Channel, x.Category, x.Template, x.Language, x.Order, x.Offers, MessageStatus.Queued, x.OccurredAt, 0, null, false, null)),
        },

        MessageAttempted x => customer.With(x, m => m with
        {
            Status = MessageStatus.Sending,
            Attempts = x.Attempt,
            AttemptedAt = x.OccurredAt,
            Resendable = x.Resendable,
            RetryAt = null,
        }),
        MessageAccepted x => customer.With(x, m => m with { Status = MessageStatus.Accepted }, s => Sent(s, x.OccurredAt)),
        MessageDeferred x => customer.With(x, m => m with { Status = MessageStatus.Queued, RetryAt = x.RetryAt }),
        MessageFailed x => customer.With(x, m => m with { Status = MessageStatus.Failed }, s => Failed(s, Reason.SendFailed)),
        MessageInDoubt x => customer.With(x, m => m with { Status = MessageStatus.InDoubt }),
        MessageSettled { Delivered: true } x => customer.With(x, m => m with { Status = MessageStatus.Accepted }, s => Sent(s, customer.Messages[x.Message].AttemptedAt ?? x.OccurredAt)),
        MessageSettled x => customer.With(x, m => m with { Status = MessageStatus.Failed }, s => Failed(s, Reason.SettledUndelivered)),
        MessageWithdrawn { Final: true } x => customer.With(x, m => m with { Status = MessageStatus.Withdrawn }, s => s with { Status = StepStatus.Skipped, Reason = x.Reason, Until = null }),
        MessageWithdrawn x => customer.With(x, m => m with { Status = MessageStatus.Withdrawn }, s => Held(s, x.Reason, x.Until, x.HeldFor, x.OccurredAt)),
        SentDespite x => customer.With(x, m => m with { LateReason = x.Reason }),
        _ => throw new UnknownEventException(e),
    };

    private static StepState Held(StepState step, Reason reason, DateTimeOffset? until, TimeSpan heldFor, DateTimeOffset at) =>
        step with { Status = StepStatus.Held, Reason = reason, Until = until, HeldSince = at, HeldFor = heldFor };

    private static StepState Sent(StepState step, DateTimeOffset at) => step with { Status = StepStatus.Sent, Reason = null, SentAt = at };

    private static StepState Failed(StepState step, Reason reason) => step with { Status = StepStatus.Failed, Reason = reason };

    private static Customer With(this Customer customer, FollowUpId id, Func<FollowUp, FollowUp> change) =>
        customer with { FollowUps = customer.FollowUps.SetItem(id, change(customer.FollowUps[id])) };

    private static Customer With(this Customer customer, IFollowUpEvent e, string step, Func<StepState, StepState> change) =>
        customer.With(e.FollowUp, f => f with { Steps = f.Steps.SetItem(step, change(f.StepOf(step))) });

    private static Customer With(this Customer customer, IMessageEvent e, Func<Message, Message> change, Func<StepState, StepState>? step = null)
    {
        var changed = customer with { Messages = customer.Messages.SetItem(e.Message, change(customer.Messages[e.Message])) };
        return step is null ? changed : changed.With(e, e.Step, step);
    }
}
