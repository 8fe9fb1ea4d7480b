using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Explaining;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Explaining;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>What happened to a step, in sentences: for the people who answer the customer.</summary>
internal sealed class StepSummary(Sentences say, StepPeople people)
{
    /// <param name="events">Of the step, in order.</param>
    public IEnumerable<string> Of(FollowUp followUp, DeliveryResponse? delivery, EventResponse? trigger, StepDetailsResponse step, IReadOnlyList<Recorded> events)
    {
        yield return delivery is null
            ? Say("command", ("correlation", followUp.CorrelationId))
            : Say("delivered", ("at", delivery.ReceivedAt), ("source", delivery.Source), ("topic", delivery.Topic));
        yield return Say("reported", ("event", followUp.Trigger), ("order", followUp.Order?.Value), ("at", trigger?.OccurredAt ?? followUp.TriggeredAt));
        var started = events.Select(r => r.Event).OfType<FollowUpMigrated>().FirstOrDefault()?.From ?? followUp.Version;
        yield return Say("started", ("version", started), ("cadence", followUp.Cadence), ("step", step.Step));
        if (followUp.Control)
        {
            yield return say.Say("why.control-group");
        }

        foreach (var sentence in events.Select(r => StepDecisionResponse.Of(r, people, say) is { } decision ? Decision(decision) : Message(r.Event)).OfType<string>())
        {
            yield return sentence;
        }

        if (events.All(r => r.Event is FollowUpMigrated or StepSendRequested))
        {
            yield return step.Due is { } due ? Say("undecided", ("due", due)) : Say("unanchored");
        }
    }

    private string Decision(StepDecisionResponse d) => Say(
        d.By is null ? d.Outcome : $"by-{d.Outcome}", ("at", d.OccurredAt), ("checks", d.Checks.Count), ("message", d.Message?.Value), ("reason", d.Reason is { } reason ? say.Of(reason) : null),
        ("until", d.Until), ("why", string.Concat(d.Checks.Where(c => !c.Passed).Select(c => " " + c.Text))), ("last", d.Checks is [.., var last] ? " " + last.Text : ""),
        ("key", Key(d.By)), ("note", d.Note ?? Say("note-erased")));

    private string? Key(StepActorResponse? by) =>
        by is null ? null
        : by.Name is { } name ? say.Say("follow-up.key", ("name", name), ("by", by.Id))
        : say.Say("follow-up.unnamed-key", ("by", by.Id));

    private string? Message(IEvent e) => e switch
    {
        FollowUpMigrated x => Say("migrated", ("at", x.OccurredAt), ("from", x.From), ("to", x.To)),
        MessageAttempted x => Say("attempted", ("at", x.OccurredAt), ("attempt", x.Attempt), ("sender", x.Sender)),
        MessageAccepted x => Say("accepted", ("at", x.OccurredAt), ("response", x.Response)),
        MessageDeferred x => Say("deferred", ("at", x.OccurredAt), ("cause", x.Cause), ("retry", x.RetryAt)),
        MessageFailed x => Say("failed", ("at", x.OccurredAt), ("cause", x.Cause)),
        MessageInDoubt x => Say("in-doubt", ("at", x.OccurredAt), ("cause", x.Cause)),
        MessageSettled x => Say(x.Delivered ? "settled-delivered" : "settled-undelivered", ("at", x.OccurredAt), ("by", x.By)),
        SentDespite x => Say("despite", ("at", x.OccurredAt), ("reason", say.Of(x.Reason))),
        _ => null,
    };

    private string Say(string key, params IReadOnlyList<(string Name, object? Value)> values) => say.Say($"summary.{key}", values);
}
