using System.Globalization;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>What happened to a step, in sentences: for the people who answer the customer.</summary>
internal static class StepSummary
{
    /// <param name="events">Of the step, in order.</param>
    public static IEnumerable<string> Of(
        FollowUp followUp, DeliveryResponse? delivery, EventResponse? trigger, StepDetailsResponse step, IReadOnlyList<Recorded> events,
        StepPeople people)
    {
        yield return delivery is null
            ? $"A command of this system ({followUp.CorrelationId}) recorded the trigger."
            : $"On {At(delivery.ReceivedAt)} {delivery.Source} delivered '{delivery.Topic}'.";
        var order = followUp.Order is { } id ? $" of order {id}" : "";
        yield return $"It reported '{followUp.Trigger}'{order}, which happened on {At(trigger?.OccurredAt ?? followUp.TriggeredAt)}.";
        var started = events.Select(r => r.Event).OfType<FollowUpMigrated>().FirstOrDefault()?.From ?? followUp.Version;
        yield return $"That started version {started} of the cadence '{followUp.Cadence}'; this is its step '{step.Step}'.";
        if (followUp.Control)
        {
            yield return "The customer is in the control group, which gets no messages.";
        }

        foreach (var sentence in events.Select(r => StepDecisionResponse.Of(r, people) is { } decision ? Decision(decision) : Message(r.Event)).OfType<string>())
        {
            yield return sentence;
        }

        if (events.All(r => r.Event is FollowUpMigrated or StepSendRequested))
        {
            yield return step.Due is { } due
                ? $"It is not decided yet; it is due on {At(due)}."
                : "It is not decided yet: the event that its delay counts from has not happened.";
        }
    }

    private static string Decision(StepDecisionResponse d) => d.Outcome switch
    {
        _ when d.By is { } by => $"On {At(d.OccurredAt)} {Who(by)} {Wanted(d)}: {d.Note ?? "the reason was erased"}",
        "queued" => $"On {At(d.OccurredAt)} all {d.Checks.Count} checks passed, and message {d.Message} was queued.",
        "held" => $"On {At(d.OccurredAt)} it was held ({Why(d)}){(d.Until is { } until ? $", until {At(until)} at the latest" : ", until the facts change")}.",
        "skipped" => $"On {At(d.OccurredAt)} it was skipped ({Why(d)}).",
        "arrived" => $"On {At(d.OccurredAt)} what it waits for had happened ({d.Checks[^1].Evidence}): it was passed.",
        "timed-out" => $"On {At(d.OccurredAt)} its time was up ({d.Checks[^1].Evidence}): it was passed.",
        "then" => $"On {At(d.OccurredAt)} its conditions held ({d.Checks[^1].Evidence}): its path 'then' was taken.",
        "else" => $"On {At(d.OccurredAt)} its conditions did not hold ({d.Checks[^1].Evidence}): its path 'else' was taken.",
        "reopened" => $"On {At(d.OccurredAt)} what it was skipped for was taken back: it is decided again.",
        _ => $"On {At(d.OccurredAt)} message {d.Message} was withdrawn ({Why(d)}).",
    };

    private static string Who(StepActorResponse by) => by.Name is { } name ? $"the key '{name}' ({by.Id})" : $"the key '{by.Id}'";

    private static string Wanted(StepDecisionResponse d) => d.Outcome switch
    {
        "skipped" => "skipped it for good",
        "postponed" => $"postponed it until {At(d.Until!.Value)}",
        "send-requested" => "asked to send it now, whatever the caps and the hour",
        _ => "stopped its follow-up for good",
    };

    private static string Why(StepDecisionResponse d)
    {
        var evidence = d.Checks.Where(c => !c.Passed).Select(c => $"{c.Policy}: {c.Evidence}");
        return string.Join("; ", d.Reason is { } reason ? evidence.Prepend(JsonNaming.Kebab(reason)) : evidence);
    }

    private static string? Message(IEvent e) => e switch
    {
        FollowUpMigrated x => $"On {At(x.OccurredAt)} the follow-up went over from version {x.From} to version {x.To}.",
        MessageAttempted x => $"On {At(x.OccurredAt)} attempt {x.Attempt} by '{x.Sender}' began.",
        MessageAccepted x => $"On {At(x.OccurredAt)} the receiver took it: {x.Response}",
        MessageDeferred x => $"On {At(x.OccurredAt)} it could not be handed over ({x.Cause}); the next attempt is not before {At(x.RetryAt)}.",
        MessageFailed x => $"On {At(x.OccurredAt)} it failed and is not tried again: {x.Cause}",
        MessageInDoubt x => $"On {At(x.OccurredAt)} its outcome came to be in doubt: {x.Cause}",
        MessageSettled x => $"On {At(x.OccurredAt)} {x.By} settled it as {(x.Delivered ? "delivered" : "not delivered")}.",
        SentDespite x => $"On {At(x.OccurredAt)} a fact arrived that would have stopped it: {JsonNaming.Kebab(x.Reason)}.",
        _ => null,
    };

    private static string At(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
