using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps;
using static Cx.Application.FollowUps.Explanations.Words;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>A step's story in sentences, for people who look a customer in the eye.</summary>
internal static class StepSummary
{
    /// <param name="events">Of the step, in order.</param>
    public static IEnumerable<string> Of(FollowUp followUp, DeliveryView? delivery, EventView? trigger, StepView step, IReadOnlyList<Recorded> events)
    {
        yield return delivery is null
            ? $"A command ({followUp.CorrelationId}) of our own brought it."
            : $"On {At(delivery.ReceivedAt)} {delivery.Source} delivered '{delivery.Topic}'.";
        yield return $"It said that on {At(trigger?.OccurredAt ?? followUp.TriggeredAt)} '{followUp.Trigger}' happened{(followUp.Order is { } order ? $" with order {order}" : "")}.";
        yield return $"That started the cadence '{followUp.Cadence}', version {followUp.Version}, in which this is the step '{step.Step}'.";
        if (followUp.Control)
        {
            yield return "The customer is in the control group, which gets nothing.";
        }

        foreach (var sentence in events.Select(r => DecisionView.Of(r) is { } decision ? Decision(decision) : Message(r.Event)).OfType<string>())
        {
            yield return sentence;
        }

        if (events.Count == 0)
        {
            yield return step.Due is { } due ? $"It was not looked at yet; it is due on {At(due)}." : "It was not looked at yet: what it counts from has not happened.";
        }
    }

    private static string Decision(DecisionView d) => d.Outcome switch
    {
        "queued" => $"On {At(d.OccurredAt)} all {d.Checks.Count} checks passed, and message {d.Message} was queued.",
        "held" => $"On {At(d.OccurredAt)} it was held ({Why(d)}){(d.Until is { } until ? $", until {At(until)} at the latest" : ", until the facts change")}.",
        "skipped" => $"On {At(d.OccurredAt)} it was skipped ({Why(d)}).",
        _ => $"On {At(d.OccurredAt)} message {d.Message} was withdrawn ({Why(d)}).",
    };

    private static string Why(DecisionView d)
    {
        var saw = d.Checks.Where(c => !c.Passed).Select(c => $"{c.Policy}: {c.Evidence}").ToList();
        return d.Reason is { } reason ? string.Join("; ", saw.Prepend(Words.Of(reason))) : string.Join("; ", saw);
    }

    private static string? Message(IEvent e) => e switch
    {
        MessageAttempted x => $"On {At(x.OccurredAt)} attempt {x.Attempt} by '{x.Sender}' began.",
        MessageAccepted x => $"On {At(x.OccurredAt)} the receiver took it: {x.Response}",
        MessageDeferred x => $"On {At(x.OccurredAt)} it could not be handed over ({x.Cause}); the next attempt is not before {At(x.RetryAt)}.",
        MessageFailed x => $"On {At(x.OccurredAt)} it failed for good: {x.Cause}",
        MessageInDoubt x => $"On {At(x.OccurredAt)} it came to be in doubt: {x.Cause}",
        MessageSettled x => $"On {At(x.OccurredAt)} {x.By} settled it as {(x.Delivered ? "delivered" : "not delivered")}.",
        SentDespite x => $"On {At(x.OccurredAt)} a fact arrived that would have stopped it: {Words.Of(x.Reason)}.",
        _ => null,
    };
}
