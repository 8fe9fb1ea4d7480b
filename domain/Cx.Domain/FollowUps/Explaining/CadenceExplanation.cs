using System.Text.Json.Serialization;
using Cx.Domain.Explaining;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Forecasting;

namespace Cx.Domain.FollowUps.Explaining;

/// <summary>What is explained. The names are part of the API; <see cref="Sentences"/> says each in its languages.</summary>
public enum WhyCode
{
    /// <summary>Follow-ups of the cadence run for the customer.</summary>
    Running,

    /// <summary>They ran, and ended.</summary>
    Ended,

    /// <summary>Something happened, and a follow-up started.</summary>
    Started,

    /// <summary>Nothing that a trigger names has happened.</summary>
    NeverTriggered,

    /// <summary>It happened too long before it was recorded.</summary>
    History,

    /// <summary>It was recorded before the first version was published.</summary>
    BeforePublication,

    /// <summary>It was recorded while the cadence was archived.</summary>
    WhileArchived,

    ConditionFalse,

    /// <summary>The cadence ran about the same already.</summary>
    AlreadyStarted,

    /// <summary>The cadence runs once for a customer, and had begun before.</summary>
    OnceOnly,

    /// <summary>The cadence starts no second follow-up while one of it runs, and one ran.</summary>
    StillRunning,

    /// <summary>The cadence starts again only after a while.</summary>
    TooSoon,

    /// <summary>The version of then would have started a follow-up, and the log has none: another version of the system recorded it.</summary>
    NotStarted,

    /// <summary>The cadence was never published.</summary>
    Draft,
    CadencePaused,
    CadenceArchived,
    SendingOff,
    SendingPaused,
    ControlGroup,
    Restricted,

    /// <summary>The customer objected to messages of a purpose on a channel.</summary>
    Objected,

    /// <summary>The customer marked a message as spam.</summary>
    MarkedAsSpam,

    /// <summary>An address of the customer is barred in the whole shop, whoever objected.</summary>
    AddressBarred,

    /// <summary>An address of the customer refused mail for good.</summary>
    AddressRefused,
}

/// <summary>Something that stands in the way now, or decided then.</summary>
/// <param name="Since">From when; none: not recorded.</param>
/// <param name="By">Who or what did it: the id of a key, the source of an objection; none: not recorded.</param>
/// <param name="Subject">What of the customer: <c>email/marketing</c>; none: all.</param>
public sealed record WhyReason(WhyCode Code, DateTimeOffset? Since = null, string? By = null, string? Subject = null)
{
    /// <summary>The name of that key; none: it is no key of the shop.</summary>
    public string? ByName { get; init; }

    /// <summary>The same as a sentence.</summary>
    public string Text { get; init; } = "";
}

/// <summary>A condition that did not hold, with the fact's value in words; of one that was not known none.</summary>
/// <param name="Then">As the trigger was recorded.</param>
public sealed record ConditionExplanation(string Fact, Comparison Is, string? Wanted, string? Then, string? Now);

/// <summary>Something that happened and that a trigger of the cadence names, and what came of it.</summary>
/// <param name="Subject">What it is about; none: the order.</param>
/// <param name="Version">The version in force as it was recorded; none: there was none.</param>
/// <param name="Outcome">Among others <see cref="WhyCode.Started"/> and <see cref="WhyCode.ConditionFalse"/>.</param>
/// <param name="Conditions">Those that did not hold, the first of each trigger.</param>
/// <param name="FollowUp">The one that it started, or that stood in its way.</param>
/// <param name="Last">Refused by the re-entry rule: when the follow-up began that stood in its way.</param>
/// <param name="Until">Too soon: until when.</param>
public sealed record TriggerExplanation(
    string Event, FollowUpSubject? Subject, OrderId? Order, DateTimeOffset HappenedAt, DateTimeOffset RecordedAt, int? Version, WhyCode Outcome, IReadOnlyList<ConditionExplanation> Conditions, FollowUpId? FollowUp,
    DateTimeOffset? Last = null, DateTimeOffset? Until = null)
{
    /// <summary>The same as a sentence.</summary>
    public string Text { get; init; } = "";
}

/// <summary>A policy check.</summary>
/// <param name="Evidence">As it is noted in the log, in English.</param>
/// <param name="Text">The same as a sentence.</param>
public sealed record CheckExplanation(string Policy, bool Passed, [property: JsonPropertyName("saw")] string Evidence, string Text)
{
    public static IReadOnlyList<CheckExplanation> Of(IEnumerable<Check> checks, Sentences say) => [.. checks.Select(c => new CheckExplanation(c.Policy, c.Passed, c.Evidence, say.Of(c)))];
}

/// <summary>How a step is, and what comes next of it.</summary>
/// <param name="Reason">Why it waits, or will not happen.</param>
/// <param name="Due">When it was due, else when it is, by the facts known now.</param>
/// <param name="Until">Held: when it is evaluated again at the latest.</param>
/// <param name="Outcome">How a wait-for or a branch was passed.</param>
/// <param name="WaitsFor">The event that its delay counts from, and that is not known yet.</param>
/// <param name="Person">What a person last wanted of it, or of its follow-up.</param>
/// <param name="Forecast">What is decided about it, by the facts known now; several where it is held first. None: it is over, or waits for facts.</param>
/// <param name="CheckedAt">The instant of the checks: that of the next decision, where its instant is known; else now.</param>
public sealed record StepExplanation(
    string Step, StepKind Kind, StepStatus Status, Reason? Reason, DateTimeOffset? Due, DateTimeOffset? Until, DateTimeOffset? SentAt, MessageId? Message, StepOutcome? Outcome, string? WaitsFor,
    PersonDecision? Person, IReadOnlyList<ForecastDecision> Forecast, DateTimeOffset CheckedAt, IReadOnlyList<CheckExplanation> Checks)
{
    /// <summary>The same as a sentence.</summary>
    public string Text { get; init; } = "";
}

/// <summary>A follow-up of the cadence.</summary>
/// <param name="Subject">What it is about; none: its order.</param>
public sealed record FollowUpExplanation(
    FollowUpId Id, int Version, string Trigger, FollowUpSubject? Subject, OrderId? Order, DateTimeOffset TriggeredAt, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, Reason? EndedFor, bool Control,
    IReadOnlyList<StepExplanation> Steps)
{
    /// <summary>The same as a sentence.</summary>
    public string Text { get; init; } = "";
}

/// <summary>An order of the customer, and when what triggers may name happened to it; what is not known is left out.</summary>
/// <param name="IsHistory">Whether it was recorded as history, which starts nothing.</param>
public sealed record KnownOrder(OrderId Order, IReadOnlyDictionary<string, DateTimeOffset> Events, bool IsHistory);

/// <summary>What comes next of the cadence for the customer.</summary>
public sealed record NextDecision(FollowUpId FollowUp, string Step, DateTimeOffset At, Outlook Outlook, Reason? Reason);

/// <summary>Why a cadence did, or did not, write to a customer: recomputed from what is stored, by what decides.</summary>
/// <param name="Name">As marketing calls it.</param>
/// <param name="Version">The latest published; none: it is a draft.</param>
/// <param name="PublishedAt">When the first version was published here; none: it is a draft, or shipped.</param>
/// <param name="Verdict">The whole in one word.</param>
/// <param name="Reasons">What stands in the way now.</param>
/// <param name="Events">What its triggers name.</param>
/// <param name="Triggers">What of that happened, the latest first, the latest fifty.</param>
/// <param name="FollowUps">The latest first.</param>
/// <param name="Orders">The latest twenty.</param>
/// <param name="Next">None: nothing is planned.</param>
public sealed record CadenceExplanation(
    CustomerId Customer, string Cadence, string Name, CadenceState State, int? Version, DateTimeOffset? PublishedAt, DateTimeOffset At, WhyCode Verdict,
    IReadOnlyList<WhyReason> Reasons, IReadOnlyList<string> Events, IReadOnlyList<TriggerExplanation> Triggers, IReadOnlyList<FollowUpExplanation> FollowUps,
    IReadOnlyList<KnownOrder> Orders, NextDecision? Next)
{
    /// <summary>That of the sentences: <c>it</c> or <c>en</c>.</summary>
    public string Language { get; init; } = "";

    /// <summary>The same in sentences.</summary>
    public IReadOnlyList<string> Summary { get; init; } = [];
}
