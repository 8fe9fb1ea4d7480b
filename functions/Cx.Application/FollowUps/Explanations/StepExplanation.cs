using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>Why a step was sent, held or skipped: delivery → event → cadence version → step → every policy check and the facts it saw.</summary>
/// <param name="Delivery">What a source posted; none when a command of our own started the chain.</param>
/// <param name="Decisions">In the order they were taken.</param>
/// <param name="Messages">What the step queued, each with all that happened to it.</param>
/// <param name="Summary">The same in sentences.</param>
public sealed record StepExplanation(
    FollowUpId FollowUp, CustomerId Customer, string Correlation, DeliveryView? Delivery, EventView? Trigger, CadenceView Cadence, StepView Step,
    IReadOnlyList<DecisionView> Decisions, IReadOnlyList<MessageTrail> Messages, IReadOnlyList<string> Summary);

/// <param name="Name">None when the shop no longer has this version.</param>
public sealed record CadenceView(string Slug, int Version, string? Name);

/// <summary>One decision about a step.</summary>
/// <param name="Outcome"><c>queued</c>, <c>held</c>, <c>skipped</c> or <c>withdrawn</c>.</param>
/// <param name="Until">Held: when the step is looked at again at the latest.</param>
public sealed record DecisionView(
    string Outcome, Reason? Reason, DateTimeOffset? Due, DateTimeOffset? Until, MessageId? Message, IReadOnlyList<Check> Checks, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, long Sequence)
{
    /// <summary>None for events that decide nothing about the step.</summary>
    internal static DecisionView? Of(Recorded recorded)
    {
        return recorded.Event switch
        {
            MessageQueued x => Make("queued", null, x.Due, null, x.Message, x.Checks),
            StepHeld x => Make("held", x.Reason, x.Due, x.Until, null, x.Checks),
            StepSkipped x => Make("skipped", x.Reason, x.Due, null, null, x.Checks),
            MessageWithdrawn x => Make("withdrawn", x.Reason, null, x.Until, x.Message, x.Checks),
            _ => null,
        };

        DecisionView Make(string outcome, Reason? reason, DateTimeOffset? due, DateTimeOffset? until, MessageId? message, IReadOnlyList<Check> checks) =>
            new(outcome, reason, due, until, message, checks, recorded.Event.OccurredAt, recorded.RecordedAt, recorded.Sequence);
    }
}

/// <summary>A message and what happened to it.</summary>
public sealed record MessageTrail(MessageId Id, MessageStatus State, IReadOnlyList<EventView> Events);
