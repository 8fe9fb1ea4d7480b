using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>How far a step is. Queued means that its message exists; sent that it was accepted, failed that it never will be.</summary>
public enum StepStatus { Pending, Held, Queued, Sent, Skipped, Failed }

/// <summary>One cadence version running for one customer because of one trigger.</summary>
public sealed record FollowUp(string Cadence, int Version, string Trigger, OrderId? Order, string CorrelationId, bool Control, DateTimeOffset TriggeredAt, DateTimeOffset StartedAt)
{
    public DateTimeOffset? EndedAt { get; init; }

    public Reason? EndedFor { get; init; }

    public ImmutableSortedDictionary<string, StepState> Steps { get; init; } = ImmutableSortedDictionary.Create<string, StepState>(StringComparer.Ordinal);

    [JsonIgnore]
    public bool IsRunning => EndedAt is null;

    /// <summary>How far a step is; pending when nothing happened to it yet.</summary>
    public StepState StepOf(string step) => Steps.GetValueOrDefault(step) ?? StepState.New;
}

/// <param name="Reason">Why it waits, or will not happen.</param>
/// <param name="Due">When it was due, as last reckoned; none before it was looked at.</param>
/// <param name="HeldSince">When it was last held for a new reason or instant.</param>
/// <param name="HeldFor">How long it was held before that, complaints left out.</param>
/// <param name="Until">Held: when it is looked at again at the latest, none when the facts change. Queued: when the hold ended.</param>
/// <param name="SentAt">When its message was accepted.</param>
/// <param name="Messages">How many messages this step has queued so far; the next message's id counts on from it.</param>
public sealed record StepState(StepStatus Status, Reason? Reason, DateTimeOffset? Due, DateTimeOffset? HeldSince, TimeSpan HeldFor, DateTimeOffset? Until, DateTimeOffset? SentAt, MessageId? Message, int Messages)
{
    public static StepState New { get; } = new(StepStatus.Pending, null, null, null, TimeSpan.Zero, null, null, null, 0);

    /// <summary>Whether it still waits to be decided.</summary>
    [JsonIgnore]
    public bool IsOpen => Status is StepStatus.Pending or StepStatus.Held;

    /// <summary>Whether nothing can happen to it any more.</summary>
    [JsonIgnore]
    public bool IsOver => Status is StepStatus.Sent or StepStatus.Skipped or StepStatus.Failed;
}

/// <summary>Where a message stands.</summary>
public enum MessageStatus { Queued, Sending, Accepted, Failed, InDoubt, Withdrawn }

/// <summary>One message of a step, from the decision to its fate.</summary>
/// <param name="AttemptedAt">When a sender last took it in hand.</param>
/// <param name="RetryAt">Deferred: not tried before.</param>
public sealed record Message(
    FollowUpId FollowUp, string Step, Channel Channel, Category Category, string Template, string Language, OrderId? Order, IReadOnlyList<OfferedProduct> Offers,
    MessageStatus Status, DateTimeOffset QueuedAt, int Attempts, DateTimeOffset? AttemptedAt, bool Resendable, DateTimeOffset? RetryAt)
{
    /// <summary>What would have stopped it, had it been known in time.</summary>
    public Reason? LateReason { get; init; }

    /// <summary>Whether it takes a place under the caps: it went out, may have, or is about to.</summary>
    [JsonIgnore]
    public bool Counts => Status is not (MessageStatus.Withdrawn or MessageStatus.Failed);

    /// <summary>The instant that counts for spacing and caps.</summary>
    [JsonIgnore]
    public DateTimeOffset CountsAt => AttemptedAt ?? QueuedAt;
}
