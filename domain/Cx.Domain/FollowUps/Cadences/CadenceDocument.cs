using System.Text.Json;
using System.Text.Json.Serialization;
using Cx.Domain.Touchpoints;
using NodaTime;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>The legal category of a message: transactional needs no consent, service only about something that exists, marketing needs consent.</summary>
public enum Category { Transactional, Service, Marketing }

/// <summary>Whom a step writes to.</summary>
public enum StepRecipient
{
    Customer,

    /// <summary>The shop itself, at the address of its alerts: whatever the customer consented to, and at any hour.</summary>
    Shop,
}

/// <summary>What a step does.</summary>
public enum StepKind { Message, Survey, Offer, Webhook, WaitFor, Branch }

/// <summary>Marketing's configured follow-up sequence: the document that is validated, published as an immutable version, and run.</summary>
/// <param name="Slug">Stable name of the cadence in its shop.</param>
/// <param name="Version">Counts from 1; given at publishing.</param>
/// <param name="Priority">The lower number goes first when steps compete.</param>
/// <param name="Exits">What ends the whole follow-up, or the steps named, at once.</param>
/// <param name="FallbackTrigger">Starts it where the trigger has not: of the two, the first that comes true starts it, once for its subject.</param>
/// <param name="Reentry">When it starts again for a customer for whom it began before; none: once for each subject.</param>
/// <param name="ControlShare">Share of customers (0-1) that gets nothing, to measure against.</param>
public sealed record CadenceDocument(
    string Slug, int Version, string Name, Trigger Trigger, IReadOnlyList<Step> Steps, IReadOnlyList<Exit> Exits, int Priority, double ControlShare = 0,
    Trigger? FallbackTrigger = null, Reentry? Reentry = null)
{
    /// <summary>Whether two documents say the same.</summary>
    public static bool Same(CadenceDocument one, CadenceDocument other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, EventCatalog.Json).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, EventCatalog.Json));
}

/// <summary>
/// When a cadence starts again for a customer for whom it began before, linked customers counting as one. All that is said holds; once for each subject is
/// always the most.
/// </summary>
/// <param name="Once">Never again.</param>
/// <param name="WhileRunning">Whether it starts while another of its follow-ups runs for that customer.</param>
/// <param name="After">Not before so long after the last began; ISO 8601, days of 24 hours.</param>
public sealed record Reentry(bool Once = false, bool WhileRunning = true, TimeSpan? After = null);

/// <summary>The event that starts a follow-up, once for its subject (the order, the complaint).</summary>
/// <param name="On">A stored event name without its version: <c>order-placed</c>.</param>
/// <param name="Conditions">All of them must hold as the event is recorded, or it starts nothing.</param>
public sealed record Trigger(string On, IReadOnlyList<Condition>? Conditions = null);

/// <summary>One step of a cadence.</summary>
/// <param name="Id">Unique in the cadence.</param>
/// <param name="Anchor">What its delay counts from.</param>
/// <param name="FallbackAnchor">Counts as long as the first anchor's event is unknown.</param>
/// <param name="Window">Local time of day in which it may happen; none: any time outside quiet hours.</param>
/// <param name="Channel">Of what is sent; none where nothing is.</param>
/// <param name="Category">Of what is sent; none where nothing is.</param>
/// <param name="Template">Of what is sent; none where nothing is.</param>
/// <param name="Conditions">
/// Of what is sent: all of them must hold when it is due and when its message is sent, or it is skipped. Of a branch: whether all hold says which path is taken.
/// </param>
/// <param name="Weekdays">The days on which it may happen, local to the recipient; none: every day.</param>
/// <param name="MaxLateness">How late it may be decided before it is skipped; ISO 8601 duration; default 14 days. Time on hold does not count.</param>
/// <param name="WaitFor">Of a wait-for: what it waits for once it is reached, and how long.</param>
/// <param name="Then">The later steps that happen only where a branch's conditions hold, or what a wait-for waits for comes in time.</param>
/// <param name="Else">The later steps that happen only where they do not, or it does not.</param>
/// <param name="Variants">Of what is sent: which shares of the customers get which template instead; none: all get the step's own.</param>
public sealed record Step(
    string Id, StepKind Kind, Anchor Anchor, Anchor? FallbackAnchor, Channel? Channel, Category? Category, string? Template,
    LocalWindow? Window = null, TimeSpan? MaxLateness = null, IReadOnlyList<Condition>? Conditions = null, IReadOnlyList<Weekday>? Weekdays = null,
    WaitFor? WaitFor = null, IReadOnlyList<string>? Then = null, IReadOnlyList<string>? Else = null,
    IReadOnlyList<Variant>? Variants = null)
{
    /// <summary>Whether it sends something; a wait-for and a branch only lead on.</summary>
    [JsonIgnore]
    public bool Sends => Kind is not (StepKind.WaitFor or StepKind.Branch);

    /// <summary>Ours: two weeks after its due instant a message about an order is still understood; later it is not.</summary>
    public static TimeSpan DefaultMaxLateness { get; } = TimeSpan.FromDays(14);

    /// <summary>Whom it writes to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public StepRecipient To { get; init; }

    /// <summary>Whether it alerts the shop.</summary>
    [JsonIgnore]
    public bool IsForShop => To == StepRecipient.Shop;

    /// <summary>Whether an instant is on a day on which it may happen.</summary>
    internal bool IsOn(DateTimeOffset at, DateTimeZone zone) =>
        Weekdays is null || Weekdays.Contains((Weekday)Instant.FromDateTimeOffset(at).InZone(zone).DayOfWeek);
}

/// <summary>An instant that a delay counts from.</summary>
/// <param name="On"><c>trigger</c>, <c>previous-step</c>, or an event of the same subject such as <c>order-delivered</c>.</param>
/// <param name="Days">Calendar days in the recipient's zone.</param>
/// <param name="Delay">Instead of days: ISO 8601, calendar days and hours.</param>
public sealed record Anchor(string On, int Days = 0, Delay? Delay = null)
{
    /// <summary>
    /// Instead of days: the share, above 0 and up to 1, of the time in which the shop aims to answer on the question's channel, in the shop's business hours.
    /// </summary>
    public double? OfTarget { get; init; }

    public const string Trigger = "trigger";
    public const string PreviousStep = "previous-step";
}

/// <summary>What a wait-for waits for.</summary>
/// <param name="On">An event of the follow-up's subject; what happened before counts.</param>
/// <param name="Timeout">Its time is up so long after it was reached: ISO 8601, calendar days in the recipient's zone and hours.</param>
public sealed record WaitFor(string On, Delay Timeout);

/// <summary>From one local time of day to another, possibly over midnight.</summary>
public sealed record LocalWindow(TimeOnly From, TimeOnly To);

/// <summary>What ends a follow-up, or some of its steps, before time.</summary>
/// <param name="On">An event name, of the same subject unless said otherwise: <c>order-cancelled</c>, <c>review-posted</c>.</param>
/// <param name="Steps">The steps it ends; none: all.</param>
/// <param name="Goal">Whether this is the cadence's goal.</param>
/// <param name="OtherSubject">Whether the event of another subject counts: a second order.</param>
public sealed record Exit(string On, IReadOnlyList<string>? Steps = null, bool Goal = false, bool OtherSubject = false)
{
    /// <summary>Whether it ends this step.</summary>
    public bool Ends(string step) => Steps is null || Steps.Contains(step);

    /// <summary>Whether it ends the whole follow-up.</summary>
    [JsonIgnore]
    public bool EndsAll => Steps is null;
}
