using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Explaining;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Explaining;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>Why a step was sent, held or skipped: delivery → event → cadence version → step → every policy check and the facts it evaluated.</summary>
/// <param name="Delivery">What a source posted; none when a command of this system started the chain.</param>
/// <param name="Facts">What was said of what it is about, and taken back, in the order in which it was recorded.</param>
/// <param name="Decisions">In the order they were taken.</param>
/// <param name="Messages">What the step queued, each with all that happened to it.</param>
/// <param name="Language">That of the sentences: <c>it</c> or <c>en</c>.</param>
/// <param name="Summary">The same in sentences.</param>
public sealed record StepExplanationResponse(
    FollowUpId FollowUp, CustomerId Customer, string Correlation, DeliveryResponse? Delivery, EventResponse? Trigger, CadenceResponse Cadence, StepDetailsResponse Step,
    IReadOnlyList<FactResponse> Facts, IReadOnlyList<StepDecisionResponse> Decisions, IReadOnlyList<MessageTrailResponse> Messages, string Language, IReadOnlyList<string> Summary);

/// <summary>What a source posted, as far as it is stored for ever.</summary>
/// <param name="LeftOut">The fields that could not be read, with the reasons.</param>
public sealed record DeliveryResponse(string Source, string Topic, DateTimeOffset ReceivedAt, IReadOnlyList<string> LeftOut);

/// <summary>A fact of an order, and the statement that it came from.</summary>
/// <param name="Delivery">None when it came from no delivery.</param>
public sealed record FactResponse(EventResponse Event, string? Correlation, DeliveryResponse? Delivery);

/// <summary>A version of a cadence.</summary>
/// <param name="Name">None when the shop no longer has this version.</param>
public sealed record CadenceResponse(string Slug, int Version, string? Name);

/// <summary>One decision about a step.</summary>
/// <param name="Outcome">
/// <c>queued</c>, <c>held</c>, <c>skipped</c>, <c>reopened</c> or <c>withdrawn</c>; of a wait-for <c>arrived</c> or <c>timed-out</c>, of a branch <c>then</c> or <c>else</c>; by a person also
/// <c>postponed</c>, <c>send-requested</c> or <c>stopped</c>.
/// </param>
/// <param name="Until">Held: when the step is evaluated again at the latest.</param>
/// <param name="By">The person's key; none: decided by the rules.</param>
/// <param name="Note">Why, in the person's words; none once the customer is erased.</param>
public sealed record StepDecisionResponse(
    string Outcome, Reason? Reason, DateTimeOffset? Due, DateTimeOffset? Until, MessageId? Message, IReadOnlyList<CheckExplanation> Checks,
    DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, long Sequence, StepActorResponse? By, string? Note)
{
    /// <summary>None for events that decide nothing about the step.</summary>
    internal static StepDecisionResponse? Of(Recorded recorded, StepPeople people, Sentences say)
    {
        var control = recorded.Event as IStepControlEvent;
        return recorded.Event switch
        {
            MessageQueued x => Make("queued", null, x.Due, null, x.Message, x.Checks),
            StepHeld x => Make("held", x.Reason, x.Due, x.Until, null, x.Checks),
            StepSkipped x => Make("skipped", x.Reason, x.Due, null, null, x.Checks),
            StepPassed x => Make(JsonNaming.Kebab(x.Outcome), null, x.Due, null, null, x.Checks),
            StepReopened x => Make("reopened", null, null, null, null, x.Checks),
            MessageWithdrawn x => Make("withdrawn", x.Reason, null, x.Until, x.Message, x.Checks),
            StepSkippedByPerson => Make("skipped", Domain.FollowUps.Reason.SkippedByPerson, null, null, null, []),
            StepPostponed x => Make("postponed", Domain.FollowUps.Reason.Postponed, null, x.Until, null, []),
            StepSendRequested => Make("send-requested", null, null, null, null, []),
            FollowUpStopped => Make("stopped", Domain.FollowUps.Reason.StoppedByPerson, null, null, null, []),
            _ => null,
        };

        StepDecisionResponse Make(string outcome, Reason? reason, DateTimeOffset? due, DateTimeOffset? until, MessageId? message, IReadOnlyList<Check> checks) =>
            new(outcome, reason, due, until, message, CheckExplanation.Of(checks, say), recorded.Event.OccurredAt, recorded.RecordedAt, recorded.Sequence,
                control is null ? null : new(control.By, people.KeyNames.GetValueOrDefault(control.By)), people.Read(control?.Note));
    }
}

/// <summary>Whose key controlled a step, as the audit list has it.</summary>
/// <param name="Name">None where it was the installation's own.</param>
public sealed record StepActorResponse(string Id, string? Name);

/// <summary>Who controlled a step, and how their words are opened.</summary>
/// <param name="KeyNames">By the ids of the shop's keys.</param>
internal sealed record StepPeople(Func<Personal?, string?> Read, IReadOnlyDictionary<string, string> KeyNames)
{
    public static StepPeople None { get; } = new(_ => null, new Dictionary<string, string>());
}

/// <summary>A message and what happened to it.</summary>
public sealed record MessageTrailResponse(MessageId Id, MessageStatus State, IReadOnlyList<EventResponse> Events);

/// <summary>An event as the API shows it.</summary>
/// <param name="Type">Its stored name.</param>
/// <param name="Data">The event itself, without personal values.</param>
public sealed record EventResponse(string Type, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, long Sequence, string? Source, object? Data)
{
    internal static EventResponse Of(Recorded recorded, bool withData = true) => new(
        recorded.Type, recorded.Event.OccurredAt, recorded.RecordedAt, recorded.Sequence, recorded.Source, withData ? ((ICustomerEvent)recorded.Event).Sealed(_ => null) : null);
}

/// <summary>Explains a step from the customer's events.</summary>
internal static class StepExplainer
{
    public static StepExplanationResponse Explain(
        Customer customer, ShopFacts shop, FollowUpId id, StepDetailsResponse step, IReadOnlyDictionary<string, DeliveryResponse> deliveries, IReadOnlyList<Recorded> log,
        StepPeople people, Sentences say)
    {
        var followUp = customer.FollowUps[id];
        var delivery = deliveries.GetValueOrDefault(followUp.CorrelationId);
        var facts = Facts(followUp, log).Select(r => new FactResponse(
            EventResponse.Of(r, withData: r.Event is not OrderContactGiven), r.Correlation, r.Correlation is null ? null : deliveries.GetValueOrDefault(r.Correlation)));
        var trigger = Trigger(followUp, log) is { } recorded ? EventResponse.Of(recorded, withData: false) : null;
        var ofStep = log.Where(r => Concerns(r.Event, id, step.Step)).ToList();
        var messages = (from r in ofStep
                        let message = r.Event switch { MessageQueued q => q.Message, IMessageEvent m => (MessageId?)m.Message, _ => null }
                        where message is not null
                        group EventResponse.Of(r) by message.Value into trail
                        select new MessageTrailResponse(trail.Key, customer.Messages[trail.Key].Status, [.. trail])).ToList();
        var cadence = new CadenceResponse(followUp.Cadence, followUp.Version, followUp.CadenceIn(shop)?.Name);
        return new(
            id, customer.Id, followUp.CorrelationId, delivery, trigger, cadence, step, [.. facts],
            [.. ofStep.Select(r => StepDecisionResponse.Of(r, people, say)).OfType<StepDecisionResponse>()], messages, say.Language,
            [.. new StepSummary(say, people).Of(followUp, delivery, trigger, step, ofStep)]);
    }

    internal static bool Concerns(IEvent e, FollowUpId id, string step) => e switch
    {
        IMessageEvent x => x.FollowUp == id && x.Step == step,
        MessageQueued x => x.FollowUp == id && x.Step == step,
        StepHeld x => x.FollowUp == id && x.Step == step,
        StepSkipped x => x.FollowUp == id && x.Step == step,
        StepPassed x => x.FollowUp == id && x.Step == step,
        StepReopened x => x.FollowUp == id && x.Step == step,
        FollowUpMigrated x => x.FollowUp == id,
        FollowUpStopped x => x.FollowUp == id,
        IStepControlEvent x => x.FollowUp == id && x.Step == step,
        _ => false,
    };

    /// <summary>What was said of what a follow-up is about.</summary>
    internal static IEnumerable<Recorded> Facts(FollowUp followUp, IReadOnlyList<Recorded> log) =>
        followUp.Subject is { } subject ? log.Where(r => subject.IsOf(r.Event))
        : followUp.Order is { } order ? log.Where(r => r.Event is IOrderEvent e && e.Order == order) : [];

    // What makes a fact true may be another event than the one that is named after it: a revision that leaves a line out.
    private static Recorded? Trigger(FollowUp followUp, IReadOnlyList<Recorded> log)
    {
        var ofSubject = log.Where(r => followUp.Subject is { } subject ? subject.IsOf(r.Event) : r.Event is ComplaintOpened complaint ? complaint.Order == followUp.Order : r.Event is IOrderEvent e && e.Order == followUp.Order).ToList();
        var named = ofSubject.FindAll(r => EventCatalog.ShortNameOf(r.Event) is var name && (name == followUp.Trigger || (followUp.Trigger == SubjectFacts.RatingGiven && r.Event is FeedbackGiven or ReviewPosted)));
        return named.Find(r => r.Correlation == followUp.CorrelationId) ?? named.FirstOrDefault() ?? ofSubject.Find(r => r.Correlation == followUp.CorrelationId);
    }
}
