using System.Collections.Immutable;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;

namespace Cx.Domain.FollowUps;

/// <summary>
/// Decides what becomes of a queued message. The attempt is committed before its body goes out, and every policy is evaluated again in
/// that transaction; an attempt without an answer is made again only where the receiver deduplicates, else it is in doubt.
/// </summary>
public static class MessageDecisions
{
    /// <summary>A sender wants to hand the message over now: attempted when every policy
    /// still passes, else withdrawn. No event when the message is not to be attempted now: it is with a sender already, or not yet due again.</summary>
    /// <param name="sender">The sender's name.</param>
    /// <param name="resendable">Whether its receiver deduplicates.</param>
    /// <param name="template">What it was rendered from; none where it could not be.</param>
    /// <exception cref="RuleBrokenException"><c>message-unknown</c>.</exception>
    public static IReadOnlyList<ICustomerEvent> Claim(
        Customer customer, DecisionContext s, MessageId message, string sender, bool resendable, UsedTemplate? template = null)
    {
        var known = Known(customer, message);
        return known.Status switch
        {
            MessageStatus.Queued when !(known.RetryAt > s.At) => Attempt(customer, s, message, sender, resendable, template),
            MessageStatus.Sending when known.Resendable => resendable
                ? AttemptAgain(customer, s, message, sender, template)
                : [new MessageInDoubt(known.FollowUp, known.Step, message, $"no answer, and '{sender}' cannot repeat it", s.At)],
            _ => [],
        };
    }

    /// <summary>The receiver took the message, as its answer or a later mail event says.</summary>
    /// <param name="response">The receiver's answer, without personal data.</param>
    public static IReadOnlyList<ICustomerEvent> Accepted(Customer customer, DecisionContext s, MessageId message, string response) =>
        Known(customer, message) is { Status: MessageStatus.Sending or MessageStatus.InDoubt } m
            ? Closed(customer, s, new MessageAccepted(m.FollowUp, m.Step, message, response, s.At))
            : [];

    /// <summary>The message certainly was not handed over, and may be later: tried again after a pause, or failed after the last attempt.</summary>
    public static IReadOnlyList<ICustomerEvent> Deferred(Customer customer, DecisionContext s, MessageId message, string cause) =>
        Known(customer, message) is not { Status: MessageStatus.Sending } m ? []
        : Retries.After(m.Attempts) is { } pause ? [new MessageDeferred(m.FollowUp, m.Step, message, cause, s.At + pause, s.At)]
        : Closed(customer, s, new MessageFailed(m.FollowUp, m.Step, message, cause, s.At));

    /// <summary>The message certainly was not handed over and never will be.</summary>
    /// <param name="refused">The address, as it is sealed in the state, where it is the address that was refused; else none.</param>
    public static IReadOnlyList<ICustomerEvent> Failed(Customer customer, DecisionContext s, MessageId message, string cause, Personal? refused = null)
    {
        if (Known(customer, message) is not { Status: MessageStatus.Sending or MessageStatus.InDoubt } m)
            return [];

        var decision = Decision.About(customer);
        if (refused is not null && !customer.IsErased)
            decision = decision.Then(new AddressRefused(m.Channel, refused, cause, s.At));

        return FollowUpDecisions.Close(decision.Then(new MessageFailed(m.FollowUp, m.Step, message, cause, s.At)), s.Shop, s.At).Events;
    }

    /// <summary>An attempt ended without an answer. A resendable message keeps its status, and is claimed again.</summary>
    public static IReadOnlyList<ICustomerEvent> InDoubt(Customer customer, DecisionContext s, MessageId message, string cause) =>
        Known(customer, message) is { Status: MessageStatus.Sending, Resendable: false } m
            ? [new MessageInDoubt(m.FollowUp, m.Step, message, cause, s.At)]
            : [];

    /// <summary>A person says what became of a message in doubt. Not delivered, it has failed: it is never sent again by itself.</summary>
    /// <param name="by">Who says so: the name of a key, not of a person.</param>
    /// <exception cref="RuleBrokenException"><c>message-unknown</c>, <c>message-not-in-doubt</c>.</exception>
    public static IReadOnlyList<ICustomerEvent> Settle(Customer customer, DecisionContext s, MessageId message, bool delivered, string by) => Known(customer, message) switch
    {
        { Status: MessageStatus.InDoubt } m => Closed(customer, s, new MessageSettled(m.FollowUp, m.Step, message, delivered, by, s.At)),
        { Status: MessageStatus.Accepted } when delivered => [],
        { Status: MessageStatus.Failed } when !delivered => [],
        var m => throw new RuleBrokenException("message-not-in-doubt", $"The message is {m.Status}, not in doubt."),
    };

    private static ImmutableList<ICustomerEvent> Attempt(
        Customer customer, DecisionContext s, MessageId message, string sender, bool resendable, UsedTemplate? template)
    {
        var m = customer.Messages[message];
        if (StepContext.OfMessage(customer, s.Shop, s.At, message) is not { } context)
            return Closed(customer, s, new MessageWithdrawn(
                m.FollowUp, m.Step, message, Reason.NotApplicable, Final: true, null, TimeSpan.Zero,
                [new("follow-up", Passed: false, "the shop no longer has this cadence")], s.At));

        return Policy.Evaluate(context.With(s)) is { Reason: { } reason } stop
            ? Closed(customer, s, new MessageWithdrawn(m.FollowUp, m.Step, message, reason, stop.Final, stop.Until, stop.HeldFor, stop.Checks, s.At))
            : [Attempted(m, message, sender, resendable, template, context, s)];
    }

    // It may have arrived already, so it cannot be withdrawn: a final reason leaves it in doubt, a passing one lets it wait.
    private static IReadOnlyList<ICustomerEvent> AttemptAgain(Customer customer, DecisionContext s, MessageId message, string sender, UsedTemplate? template)
    {
        var m = customer.Messages[message];
        return StepContext.OfMessage(customer, s.Shop, s.At, message) is not { } context
            ? [new MessageInDoubt(m.FollowUp, m.Step, message, "no answer, and the shop no longer has this cadence", s.At)]
            : Policy.Evaluate(context.With(s)) switch
            {
                { Passes: true } => [Attempted(m, message, sender, resendable: true, template, context, s)],
                { Final: true } stop => [new MessageInDoubt(m.FollowUp, m.Step, message, $"no answer, and not to be tried again: {stop.Reason}", s.At)],
                _ => [],
            };
    }

    private static MessageAttempted Attempted(Message m, MessageId id, string sender, bool resendable, UsedTemplate? template, StepContext context, DecisionContext s) =>
        new(m.FollowUp, m.Step, id, m.Attempts + 1, sender, resendable, s.At) { To = context.Address, Template = template };

    // Its step may be over with it, and that may end the follow-up.
    private static ImmutableList<ICustomerEvent> Closed(Customer customer, DecisionContext s, ICustomerEvent e) =>
        FollowUpDecisions.Close(FollowUpDecisions.AskAgain(Decision.About(customer).Then(e), s.Shop, s.At), s.Shop, s.At).Events;

    private static Message Known(Customer customer, MessageId message) =>
        customer.Messages.GetValueOrDefault(message) ?? throw new RuleBrokenException("message-unknown", "The customer has no such message.");
}

/// <summary>
/// How long to wait after each failed attempt. Ours: minutes at first, because most refusals are greylisting or a restart, then hours, within the
/// two to five days for which RFC 5321 §4.5.4.1 lets a sender try.
/// </summary>
public static class Retries
{
    private static readonly ImmutableArray<TimeSpan> Pauses =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(6), TimeSpan.FromHours(12), TimeSpan.FromHours(24),
    ];

    /// <summary>Most attempts of one message.</summary>
    public static int MostAttempts => Pauses.Length + 1;

    /// <summary>The pause after so many attempts; none when no more follow.</summary>
    public static TimeSpan? After(int attempts) => attempts <= Pauses.Length ? Pauses[Math.Max(attempts, 1) - 1] : null;
}
