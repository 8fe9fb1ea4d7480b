using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>
/// How far a step is. Queued means that its message exists; sent that it was accepted, failed that it never will be; passed that a wait-for or a branch was decided.
/// </summary>
public enum StepStatus { Pending, Held, Queued, Sent, Skipped, Failed, Passed }

/// <summary>One cadence version running for one customer because of one trigger.</summary>
public sealed record FollowUp(
    string Cadence, int Version, string Trigger, OrderId? Order, string CorrelationId, bool Control, DateTimeOffset TriggeredAt, DateTimeOffset StartedAt)
{
    public DateTimeOffset? EndedAt { get; init; }

    public Reason? EndedFor { get; init; }

    /// <summary>When it went over to the version that it runs; none: it began with that.</summary>
    public DateTimeOffset? MigratedAt { get; init; }

    /// <summary>The linked customer whose it is; none: that of the state.</summary>
    public CustomerId? By { get; init; }

    /// <summary>What it is about; none: its order.</summary>
    public FollowUpSubject? Subject { get; init; }

    /// <summary>Who stopped it for good, and when; none: nobody.</summary>
    public PersonDecision? Stopped { get; init; }

    public ImmutableSortedDictionary<string, StepState> Steps { get; init; } = ImmutableSortedDictionary.Create<string, StepState>(StringComparer.Ordinal);

    [JsonIgnore]
    public bool IsRunning => EndedAt is null;

    /// <summary>The cadence version that it runs; none when the shop no longer has it.</summary>
    public CadenceDocument? CadenceIn(ShopFacts shop) => shop.Cadence(Cadence, Version);

    /// <summary>How far a step is; pending when nothing happened to it yet.</summary>
    public StepState StepOf(string step) => Steps.GetValueOrDefault(step) ?? StepState.New;
}

/// <summary>How far one step of a follow-up is, and what a later decision needs to know of the earlier ones.</summary>
/// <param name="Reason">Why it waits, or will not happen.</param>
/// <param name="Due">When it was due, as last decided; none before its first decision.</param>
/// <param name="HeldSince">When it was last held for a new reason or instant.</param>
/// <param name="HeldFor">How long it was held before that, complaints left out.</param>
/// <param name="Until">Held: when it is evaluated again at the latest, none when the facts change. Queued: when the hold ended.</param>
/// <param name="SentAt">When its message was accepted.</param>
/// <param name="Messages">How many messages this step has queued so far; the next message's id counts on from it.</param>
public sealed record StepState(
    StepStatus Status, Reason? Reason, DateTimeOffset? Due, DateTimeOffset? HeldSince, TimeSpan HeldFor, DateTimeOffset? Until, DateTimeOffset? SentAt,
    MessageId? Message, int Messages)
{
    public static StepState New { get; } = new(StepStatus.Pending, null, null, null, TimeSpan.Zero, null, null, null, 0);

    /// <summary>What a person last wanted of it; none: nothing.</summary>
    public PersonDecision? Person { get; init; }

    /// <summary>Which variant its message is, as last queued; none where it has none.</summary>
    public string? Variant { get; init; }

    /// <summary>How a wait-for or a branch was passed.</summary>
    public StepOutcome? Outcome { get; init; }

    /// <summary>When a wait-for or a branch was passed.</summary>
    public DateTimeOffset? PassedAt { get; init; }

    /// <summary>Whether it still waits to be decided.</summary>
    [JsonIgnore]
    public bool IsOpen => Status is StepStatus.Pending or StepStatus.Held;

    /// <summary>Whether nothing can happen to it any more.</summary>
    [JsonIgnore]
    public bool IsOver => Status is StepStatus.Sent or StepStatus.Skipped or StepStatus.Failed or StepStatus.Passed;

    /// <summary>When it happened, for what counts from it; none where it did not.</summary>
    [JsonIgnore]
    public DateTimeOffset? HappenedAt => SentAt ?? PassedAt;

    /// <summary>From when on a path of it is taken; none where it is not.</summary>
    internal DateTimeOffset? TakenAt(StepPath path) => Outcome is { } outcome && (outcome is StepOutcome.Arrived or StepOutcome.Then) == path.IsThen ? PassedAt : null;
}

/// <summary>What has become of a message.</summary>
public enum MessageStatus { Queued, Sending, Accepted, Failed, InDoubt, Withdrawn }

/// <summary>One message of a step, from the decision to its outcome.</summary>
/// <param name="AttemptedAt">When the last attempt began.</param>
/// <param name="RetryAt">Deferred: the earliest instant of the next attempt.</param>
public sealed record Message(
    FollowUpId FollowUp, string Step, Channel Channel, Category Category, string Template, string Language, OrderId? Order, IReadOnlyList<OfferedProduct> Offers,
    MessageStatus Status, DateTimeOffset QueuedAt, int Attempts, DateTimeOffset? AttemptedAt, bool Resendable, DateTimeOffset? RetryAt)
{
    /// <summary>The address of the last attempt, sealed.</summary>
    public Personal? To { get; init; }

    /// <summary>Whether it asks for a review.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsReviewRequest { get; init; }

    /// <inheritdoc cref="MessageQueued.IsForShop"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsForShop { get; init; }

    /// <summary>Further orders that it asks about; none: its own alone.</summary>
    public IReadOnlyList<OrderId>? Together { get; init; }

    /// <summary>Which variant of its step it is; none where the step has none.</summary>
    public string? Variant { get; init; }

    /// <summary>Asks for a review: the products that it asks about; none: no product is known.</summary>
    public IReadOnlyList<ProductId>? Items { get; init; }

    /// <summary>What would have stopped it, had it been known in time.</summary>
    public Reason? LateReason { get; init; }

    /// <summary>Whether a sender has it or is about to get it.</summary>
    [JsonIgnore]
    public bool IsOnItsWay => Status is MessageStatus.Queued or MessageStatus.Sending;

    /// <summary>Whether it went out, or may have.</summary>
    [JsonIgnore]
    public bool MayHaveArrived => Status is MessageStatus.Sending or MessageStatus.Accepted or MessageStatus.InDoubt;

    /// <summary>When it went out, or may have, as long as no fact is known that would have stopped it.</summary>
    [JsonIgnore]
    public DateTimeOffset? UncontestedSentAt =>
        LateReason is null && MayHaveArrived ? AttemptedAt : null;

    /// <summary>Whether it counts for the caps: it went out, may have, or is about to.</summary>
    [JsonIgnore]
    public bool Counts => Status is not (MessageStatus.Withdrawn or MessageStatus.Failed);

    /// <summary>The instant that counts for spacing and caps.</summary>
    [JsonIgnore]
    public DateTimeOffset CountsAt => AttemptedAt ?? QueuedAt;
}

/// <summary>A message that counts for caps and spacing: none that is transactional.</summary>
public readonly record struct CountedMessage(Channel Channel, Category Category, DateTimeOffset At);

/// <summary>A request for a review that went out, may have, or is about to.</summary>
/// <param name="Products">Those that it asks about, as far as they are known.</param>
public sealed record ReviewRequest(DateTimeOffset At, ImmutableArray<ProductId> Products)
{
    public bool Equals(ReviewRequest? other) => other is not null && At == other.At && Products.AsSpan().SequenceEqual(other.Products.AsSpan());

    public override int GetHashCode() => HashCode.Combine(At, Products.Length);
}

/// <summary>The part of the customer's fold that follow-ups and their messages make.</summary>
public static class FollowUpFold
{
    public static Customer Evolve(Customer customer, IFollowUpEvent e) => e switch
    {
        FollowUpStarted x => customer with
        {
            FollowUps = customer.FollowUps.SetItem(x.FollowUp, new(x.Cadence, x.Version, x.Trigger, x.Order, x.CorrelationId, x.Control, x.TriggeredAt, x.OccurredAt) { By = x.By, Subject = x.Subject }),
            LastBegan = customer.LastBegan.SetItem(x.Cadence, Later(customer.LastBegan.TryGetValue(x.Cadence, out var last) ? last : null, x.OccurredAt)),
        },
        FollowUpEnded { Reason: Reason.OrderReassigned } x => NotBegun(customer, customer.FollowUps[x.FollowUp])
            .With(x.FollowUp, f => f with { EndedAt = x.OccurredAt, EndedFor = x.Reason }),
        FollowUpMigrated x => customer.With(x.FollowUp, f => f with { Version = x.To, MigratedAt = x.OccurredAt }),
        FollowUpEnded x => customer.With(x.FollowUp, f => f with { EndedAt = x.OccurredAt, EndedFor = x.Reason }),
        StepHeld x => customer.With(x, x.Step, s => Held(s, x.Reason, x.Until, x.HeldFor, x.OccurredAt) with { Due = x.Due }),
        StepSkipped x => customer.With(x, x.Step, s => s with { Status = StepStatus.Skipped, Reason = x.Reason, Due = x.Due ?? s.Due, Until = null }),
        StepPassed x => customer.With(x, x.Step, s => s with { Status = StepStatus.Passed, Reason = null, Due = x.Due, Until = null, Outcome = x.Outcome, PassedAt = x.PassedAt }),
        StepReopened x => customer.With(x.FollowUp, f => f with { EndedAt = null, EndedFor = null })
            .With(x, x.Step, s => s with { Status = StepStatus.Pending, Reason = null }),
        StepSkippedByPerson x => customer.With(x, x.Step, s =>
            s with { Status = StepStatus.Skipped, Reason = Reason.SkippedByPerson, Until = null, Person = new(StepControl.Skip, x.By, x.OccurredAt) }),
        StepPostponed x => customer.With(x, x.Step, s => Held(s, Reason.Postponed, x.Until, TimeSpan.Zero, x.OccurredAt) with
        {
            Due = null,
            Person = new(StepControl.Postpone, x.By, x.OccurredAt, x.Until),
        }),
        StepSendRequested x => customer.With(x, x.Step, s => s with { Person = new(StepControl.Send, x.By, x.OccurredAt) }),
        FollowUpStopped x => customer.With(x.FollowUp, f => f with { Stopped = new(StepControl.Never, x.By, x.OccurredAt) }),
        MessageQueued x => customer.With(x, x.Step, s => s with
        {
            Status = StepStatus.Queued,
            Reason = null,
            Due = x.Due,
            Until = s.HeldSince is null ? null : x.OccurredAt,
            Message = x.Message,
            Messages = s.Messages + 1,
            Variant = x.Variant,
        }).With(x.Message, new(
            x.FollowUp, x.Step, x.Channel, x.Category, x.Template, x.Language, x.Order, x.Offers, MessageStatus.Queued, x.OccurredAt, 0, null, false, null)
        {
            IsReviewRequest = x.IsReviewRequest,
            IsForShop = x.IsForShop,
            Together = x.Together,
            Variant = x.Variant,
            Items = x.Items,
        }),

        MessageAttempted x => customer.With(x, m => m with
        {
            Status = MessageStatus.Sending,
            Attempts = x.Attempt,
            AttemptedAt = x.OccurredAt,
            To = x.To,
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

    private static DateTimeOffset Later(DateTimeOffset? known, DateTimeOffset stated) => known > stated ? known.Value : stated;

    // What turns out to be another's has not begun here.
    private static Customer NotBegun(Customer customer, FollowUp followUp) =>
        customer.LastBegan.TryGetValue(followUp.Cadence, out var at) && at == followUp.StartedAt ? customer with { LastBegan = customer.LastBegan.Remove(followUp.Cadence) } : customer;

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
        var changed = customer.With(e.Message, change(customer.Messages[e.Message]));
        return step is null ? changed : changed.With(e, e.Step, step);
    }

    private static Customer With(this Customer customer, MessageId id, Message message) => customer with
    {
        Messages = customer.Messages.SetItem(id, message),
        CountedMessages = message.Category == Category.Transactional ? customer.CountedMessages
            : message.Counts ? Recent(customer.CountedMessages.SetItem(id, new(message.Channel, message.Category, message.CountsAt)))
            : customer.CountedMessages.Remove(id),
        ReviewRequests = !message.IsReviewRequest ? customer.ReviewRequests
            : message.Counts ? Remembered(customer.ReviewRequests.SetItem(id, new(message.CountsAt, [.. message.Items ?? []])))
            : customer.ReviewRequests.Remove(id),
    };

    // The one that is evaluated does not count, so the last before it is kept as well, however old.
    private static ImmutableSortedDictionary<MessageId, CountedMessage> Recent(ImmutableSortedDictionary<MessageId, CountedMessage> messages)
    {
        var from = From(messages.Values.Select(m => m.At), TimeSpan.FromDays(ContactPolicy.MostDays));
        return messages.Values.All(m => m.At >= from) ? messages : messages.RemoveRange(messages.Where(m => m.Value.At < from).Select(m => m.Key));
    }

    private static ImmutableSortedDictionary<MessageId, ReviewRequest> Remembered(ImmutableSortedDictionary<MessageId, ReviewRequest> requests)
    {
        var from = From(requests.Values.Select(r => r.At), TimeSpan.FromDays(ContactPolicy.MostDays));
        return requests.Values.All(r => r.At >= from) ? requests : requests.RemoveRange(requests.Where(r => r.Value.At < from).Select(r => r.Key));
    }

    private static DateTimeOffset From(IEnumerable<DateTimeOffset> instants, TimeSpan span)
    {
        var latest = instants.OrderDescending().Take(2).ToArray();
        return latest[0] - span is var earliest && earliest < latest[^1] ? earliest : latest[^1];
    }
}
