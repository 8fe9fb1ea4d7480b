using System.Text.Json.Serialization;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>Something that happened in a follow-up.</summary>
public interface IFollowUpEvent : ICustomerEvent
{
    FollowUpId FollowUp { get; }
}

/// <summary>Why a step waits or will not happen. The names are part of the API.</summary>
public enum Reason
{
    SendingOff, SendingPaused, NoAddress, NoConsent, Objected, OpenComplaint, QuietHours, OutsideWindow, Spacing, Cap, NotDue, TooLate, HeldTooLong,
    OrderCancelled, OrderRefunded, GoalReached, Exited, ControlGroup, NothingToOffer, Erased, SendFailed, SettledUndelivered, NotApplicable, Restricted,
    ProfilingObjected, OrderReassigned, AlreadyReceived, TriggerTakenBack, AskedLately, AskedTogether, AddressRefused,
    CadencePaused, CadenceReplaced, CadenceArchived, NotPlaced, ConditionFalse,
    SkippedByPerson, Postponed, StoppedByPerson, PathNotTaken,
    ProductExcluded, CollectionExcluded, OrderTagged, CustomerTagged, ValueTooLow, ChannelExcluded, RenewalExcluded, DigitalExcluded, ProductAskedLately,
    SpreadOut,
}

/// <summary>How a wait-for or a branch was passed. The names are part of the API, and stored.</summary>
public enum StepOutcome { Arrived, TimedOut, Then, Else }

/// <summary>One policy evaluated for a step, and the facts it evaluated at that instant.</summary>
public sealed record Check(string Policy, bool Passed, [property: JsonPropertyName("saw")] string Evidence);

/// <summary>Why a product is offered: bought together with one the customer has, of the same category as one, or liked by others.</summary>
public enum OfferKind { CoPurchase, Category, BestSeller }

/// <summary>A product offered to one customer.</summary>
/// <param name="Reason">A sentence that says why, in English and without personal data; messages say it in their language by kind.</param>
/// <param name="Analogous">Whether it is analogous to something bought, which the soft opt-in asks for.</param>
/// <param name="Of">The title of the product it is related to; none for a best-seller.</param>
public sealed record OfferedProduct(
    ProductId Product, string Title, [property: JsonPropertyName("because")] string Reason, bool Analogous, OfferKind Kind = OfferKind.CoPurchase, string? Of = null);

/// <summary>A cadence version began to run because of one trigger.</summary>
/// <param name="CorrelationId">The correlation of the delivery or command that brought the trigger.</param>
/// <param name="Control">Whether this customer is in the control group and gets nothing.</param>
public sealed record FollowUpStarted(
    FollowUpId FollowUp, string Cadence, int Version, string Trigger, OrderId? Order, [property: JsonPropertyName("because")] string CorrelationId, bool Control,
    DateTimeOffset TriggeredAt, DateTimeOffset OccurredAt) : IFollowUpEvent
{
    /// <summary>The linked customer by whose identifier the trigger came; none: the customer of the stream.</summary>
    public CustomerId? By { get; init; }

    /// <summary>What it is about; none: its order.</summary>
    public FollowUpSubject? Subject { get; init; }
}

/// <summary>Nothing more will happen in this follow-up, save what is already with a sender.</summary>
/// <param name="Reason">Why it ended before time; none: every step was decided.</param>
/// <param name="On">The event that ended it, by its name without version.</param>
public sealed record FollowUpEnded(FollowUpId FollowUp, Reason? Reason, string? On, DateTimeOffset OccurredAt) : IFollowUpEvent;

/// <summary>A running follow-up goes on with another version of its cadence, at the steps of the same ids; what was sent stays sent.</summary>
public sealed record FollowUpMigrated(FollowUpId FollowUp, int From, int To, DateTimeOffset OccurredAt) : IFollowUpEvent;

/// <summary>A step is due but waits.</summary>
/// <param name="Until">When it is evaluated again at the latest; none: when the facts change.</param>
/// <param name="Due">When it was due, by the facts known now.</param>
/// <param name="HeldFor">How long it was held before this, complaints left out; the maximum hold limits it, and lateness does not count it.</param>
public sealed record StepHeld(
    FollowUpId FollowUp, string Step, Reason Reason, DateTimeOffset Due, DateTimeOffset? Until, TimeSpan HeldFor, IReadOnlyList<Check> Checks,
    DateTimeOffset OccurredAt) : IFollowUpEvent;

/// <summary>A step will not happen.</summary>
/// <param name="Due">When it was due, by the facts known now; none: it never was.</param>
public sealed record StepSkipped(
    FollowUpId FollowUp, string Step, Reason Reason, DateTimeOffset? Due, IReadOnlyList<Check> Checks, DateTimeOffset OccurredAt) : IFollowUpEvent;

/// <summary>A wait-for or a branch was decided, once: what follows it goes on, and the path that it does not take is over.</summary>
/// <param name="Due">When it was reached.</param>
/// <param name="PassedAt">From when on what follows it counts: when the decision was due, however late it was taken; after a hold, when that was over.</param>
public sealed record StepPassed(
    FollowUpId FollowUp, string Step, StepOutcome Outcome, DateTimeOffset Due, DateTimeOffset PassedAt, IReadOnlyList<Check> Checks,
    DateTimeOffset OccurredAt) : IFollowUpEvent;

/// <summary>What a step was skipped for was taken back: it is decided again, and its follow-up goes on.</summary>
public sealed record StepReopened(FollowUpId FollowUp, string Step, IReadOnlyList<Check> Checks, DateTimeOffset OccurredAt) : IFollowUpEvent;

/// <summary>A step was decided: its message goes to the outbox.</summary>
public sealed record MessageQueued(
    FollowUpId FollowUp, string Step, MessageId Message, Channel Channel, Category Category, string Template, string Language, OrderId? Order,
    IReadOnlyList<OfferedProduct> Offers, DateTimeOffset Due, IReadOnlyList<Check> Checks, DateTimeOffset OccurredAt) : IFollowUpEvent
{
    /// <summary>Whether it asks for a review.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsReviewRequest { get; init; }

    /// <summary>Whether it alerts the shop, and does not go to the customer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsForShop { get; init; }

    /// <summary>Further orders that it asks about; none: its own alone.</summary>
    public IReadOnlyList<OrderId>? Together { get; init; }

    /// <summary>Which variant of its step it is; none where the step has none.</summary>
    public string? Variant { get; init; }

    /// <summary>Asks for a review: the products that it asks about; none: no product is known.</summary>
    public IReadOnlyList<ProductId>? Items { get; init; }
}

/// <summary>Something that happened to one message.</summary>
public interface IMessageEvent : IFollowUpEvent
{
    MessageId Message { get; }

    string Step { get; }
}

/// <summary>An attempt to hand the message over began; committed before its body goes out.</summary>
/// <param name="Attempt">Counts from 1.</param>
/// <param name="Resendable">Whether the receiver deduplicates, so that an attempt without an answer may be made again.</param>
public sealed record MessageAttempted(
    FollowUpId FollowUp, string Step, MessageId Message, int Attempt, string Sender, bool Resendable, DateTimeOffset OccurredAt) : IMessageEvent
{
    /// <summary>The address that it goes to; none where the channel has none.</summary>
    public Personal? To { get; init; }

    /// <summary>What it was rendered from; none of an attempt by a version that did not record it.</summary>
    public UsedTemplate? Template { get; init; }

    public ICustomerEvent Sealed(Seal seal) => this with { To = seal(To) };
}

/// <summary>Which template of its name a message was rendered from.</summary>
/// <param name="Language">In which it was found; BCP 47.</param>
/// <param name="Version">Of the shop's own; 0: the shipped one.</param>
/// <param name="Hash">Over the template and the partials that it may use: the same texts give the same on every machine.</param>
public sealed record UsedTemplate(string Language, int Version, string Hash);

/// <summary>The receiver took the message.</summary>
public sealed record MessageAccepted(FollowUpId FollowUp, string Step, MessageId Message, string Response, DateTimeOffset OccurredAt) : IMessageEvent;

/// <summary>An attempt certainly did not hand the message over; it is tried again.</summary>
public sealed record MessageDeferred(
    FollowUpId FollowUp, string Step, MessageId Message, string Cause, DateTimeOffset RetryAt, DateTimeOffset OccurredAt) : IMessageEvent;

/// <summary>The message certainly was not handed over and will not be.</summary>
public sealed record MessageFailed(FollowUpId FollowUp, string Step, MessageId Message, string Cause, DateTimeOffset OccurredAt) : IMessageEvent;

/// <summary>It is not known whether the message was handed over; only a person or a mail event settles it.</summary>
public sealed record MessageInDoubt(FollowUpId FollowUp, string Step, MessageId Message, string Cause, DateTimeOffset OccurredAt) : IMessageEvent;

/// <summary>The message will not be sent; it no longer counts for the caps.</summary>
/// <param name="Until">Set when the reason passes: the step waits again until then, or until the facts change.</param>
/// <param name="Final">Whether the step is over with it; otherwise it waits.</param>
/// <param name="HeldFor">How long the step was held before this, complaints left out.</param>
public sealed record MessageWithdrawn(
    FollowUpId FollowUp, string Step, MessageId Message, Reason Reason, bool Final, DateTimeOffset? Until, TimeSpan HeldFor, IReadOnlyList<Check> Checks,
    DateTimeOffset OccurredAt) : IMessageEvent;

/// <summary>A person settled a message in doubt.</summary>
/// <param name="Delivered">Whether it was handed over after all.</param>
public sealed record MessageSettled(FollowUpId FollowUp, string Step, MessageId Message, bool Delivered, string By, DateTimeOffset OccurredAt) : IMessageEvent;

/// <summary>A fact that arrived after a message went out and would have stopped it.</summary>
public sealed record SentDespite(FollowUpId FollowUp, string Step, MessageId Message, Reason Reason, DateTimeOffset OccurredAt) : IMessageEvent;
