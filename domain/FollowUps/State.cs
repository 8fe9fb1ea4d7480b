using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>How far a step is. Queued means that its message exists; sent that it was accepted, failed that it never will be.</summary>
public enum StepStatus { Pending, Held, Queued, Sent, Skipped, Failed }

/// <summary>One cadence version running for one customer because of one trigger.</summary>
public sealed record FollowUp(string Cadence, int Version, string Trigger, OrderId? Order, string Because, bool Control, DateTimeOffset TriggeredAt, DateTimeOffset StartedAt)
{
    public DateTimeOffset? EndedAt { get; init; }

    public Reason? EndedFor { get; init; }

    public ImmutableSortedDictionary<string, StepState> Steps { get; init; } = ImmutableSortedDictionary.Create<string, StepState>(StringComparer.Ordinal);

    [JsonIgnore]
    public bool IsRunning => EndedAt is null;
}

/// <param name="Due">When it was due at first, once known.</param>
/// <param name="HeldSince">Start of the present hold.</param>
/// <param name="SentAt">When its message was accepted.</param>
/// <param name="Messages">How many messages this step has queued so far; the next message's id counts on from it.</param>
public sealed record StepState(StepStatus Status, Reason? Reason, DateTimeOffset? Due, DateTimeOffset? HeldSince, DateTimeOffset? Until, DateTimeOffset? SentAt, MessageId? Message, int Messages);

/// <summary>Where a message stands.</summary>
public enum MessageStatus { Queued, Sending, Accepted, Failed, InDoubt, Withdrawn }

public sealed record Message(
    FollowUpId FollowUp, string Step, Channel Channel, Category Category, string Template, string Language, OrderId? Order, IReadOnlyList<OfferedProduct> Offers,
    MessageStatus Status, DateTimeOffset QueuedAt, int Attempts, DateTimeOffset? AttemptedAt, bool Resendable, DateTimeOffset? RetryAt)
{
    /// <summary>Whether it takes a place under the caps: it went out, may have, or is about to.</summary>
    [JsonIgnore]
    public bool Counts => Status is not (MessageStatus.Withdrawn or MessageStatus.Failed);

    /// <summary>The instant that counts for spacing and caps.</summary>
    [JsonIgnore]
    public DateTimeOffset CountsAt => AttemptedAt ?? QueuedAt;
}
