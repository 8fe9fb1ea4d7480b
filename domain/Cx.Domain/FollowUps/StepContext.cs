using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Places;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Silence;

namespace Cx.Domain.FollowUps;

/// <summary>One step of one follow-up, with all that a policy may see of it at an instant.</summary>
/// <param name="Zones">The recipient's.</param>
public sealed record StepContext(
    Customer Customer, ShopFacts Shop, DateTimeOffset At, FollowUpId Id, FollowUp FollowUp, CadenceDocument Cadence, Step Step, RecipientZones Zones)
{
    private (DateTimeOffset? At, bool IsKnown) due;

    // What is found out about the one does not hold of the other.
    private StepContext(StepContext other)
    {
        (Customer, Shop, At, Id, FollowUp, Cadence, Step, Zones) = (other.Customer, other.Shop, other.At, other.Id, other.FollowUp, other.Cadence, other.Step, other.Zones);
        (Own, Offers, Barred, Refused, Received) = (other.Own, other.Offers, other.Barred, other.Refused, other.Received);
    }

    /// <summary>
    /// Days after its trigger from which a follow-up no longer waits for an anchor that never came. Ours: half a year covers the
    /// slowest delivery, and nobody reports on an older one.
    /// </summary>
    public const int LongestWaitDays = 180;

    /// <summary>The message that is evaluated again; it does not count against itself.</summary>
    public MessageId? Own { get; init; }

    /// <summary>The products to offer; none while they are not looked up.</summary>
    public IReadOnlyList<OfferedProduct>? Offers { get; init; }

    /// <summary>The addresses of the customer that are barred; none are while they are not looked up.</summary>
    public IReadOnlyList<BarredAddress> Barred { get; init; } = [];

    /// <summary>Which of the customer's addresses were refused, or given anew, in the whole shop; nothing while it is not looked up.</summary>
    public IReadOnlyList<RefusedAddress> Refused { get; init; } = [];

    /// <summary>What addresses got about an order before that came to the customer; nothing while it is not looked up.</summary>
    public IReadOnlyList<ReceivedMessage> Received { get; init; } = [];

    /// <summary>Where its message to the customer goes; none where no address is known, or the channel needs none.</summary>
    public Personal? Address => Step is { IsForShop: false, Channel: { } channel } ? Recipient.Address(Customer, Order, channel) : null;

    /// <summary>The order that it is about.</summary>
    public Order? Order => OrderOf(Customer, FollowUp);

    public StepState State => FollowUp.StepOf(Step.Id);

    /// <summary>What conditions are read of.</summary>
    internal FactContext Facts => new(Customer, FollowUp.Order, FollowUp.TriggeredAt, At) { Subject = FollowUp.Subject, Shop = Shop };

    public Step? PreviousStep => CadencePaths.Previous(Cadence, Step);

    /// <summary>
    /// When the step is due, by the facts known now; the fallback anchor counts while the first one is unknown; none while both are. What a person postponed
    /// is due then at the earliest, and what a person wants sent is due since; neither is late for it, or was held too long before.
    /// </summary>
    public DateTimeOffset? Due => due.IsKnown ? due.At : (due = (FindDue(), IsKnown: true)).At;

    /// <summary>When a wait-for is passed, by the facts known now; none for any other step, and while it is not known when it is reached.</summary>
    public DateTimeOffset? WaitsUntil => Step.WaitFor is null ? null : FlowSteps.PassesAt(this);

    /// <summary>When a step that waits for its anchor is given up.</summary>
    public DateTimeOffset GivenUpAt => FollowUp.TriggeredAt.AddDays(LongestWaitDays);

    /// <summary>Whether it waits for another step, and not for an event.</summary>
    public bool WaitsForStep => Step.Anchor.On == Anchor.PreviousStep || PathTakenAt is null;

    /// <summary>Why a step that is not due will never be; none while it may.</summary>
    public Finding? UnreachableReason =>
        Due is not null ? null
        : Path is { } path && PathTakenAt is null ? FollowUp.StepOf(path.Owner) switch
        {
            { Status: StepStatus.Passed, Outcome: { } outcome } => new("path", $"'{path.Owner}' took the other path: {JsonNaming.Kebab(outcome)}", Reason.PathNotTaken, Final: true),
            { IsOver: true } => new("path", $"'{path.Owner}', which leads to it, was not passed", Reason.NotApplicable, Final: true),
            _ => null,
        }
        : Step.Anchor.On != Anchor.PreviousStep ? At < GivenUpAt ? null
            : new("due", $"no anchor {LongestWaitDays} days after the trigger", Reason.NotApplicable, Final: true)
        : PreviousStep is { } previous && FollowUp.StepOf(previous.Id).IsOver
            ? new("due", previous.Sends ? "the previous step was not sent" : "the previous step was not passed", Reason.NotApplicable, Final: true)
        : null;

    /// <summary>Who wants it sent now, whatever the hour and whatever was sent before; none where nobody does, or it is too long ago.</summary>
    public PersonDecision? SendNow => State.Person is { Control: StepControl.Send } now && At - now.At <= PersonDecision.SendNowFor ? now : null;

    /// <summary>Whether an open complaint holds the step: marketing waits until the shop has resolved it.</summary>
    public bool WaitsForComplaints => Step.Category == Category.Marketing;

    /// <summary>The same with what was looked up for the decision.</summary>
    public StepContext With(DecisionContext s) => this with { Barred = s.Barred, Refused = s.Refused, Received = s.Received };

    /// <summary>Every step of every running follow-up whose cadence the shop has, in a stable order.</summary>
    public static IEnumerable<StepContext> AtAll(Customer customer, ShopFacts shop, DateTimeOffset at) =>
        from running in customer.FollowUps
        where running.Value.IsRunning
        let cadence = running.Value.CadenceIn(shop)
        where cadence is not null
        from step in OfFollowUp(customer, shop, at, running.Key, cadence)
        select step;

    /// <summary>Every step of one follow-up, in the cadence's order.</summary>
    public static IEnumerable<StepContext> OfFollowUp(Customer customer, ShopFacts shop, DateTimeOffset at, FollowUpId id, CadenceDocument cadence)
    {
        var followUp = customer.FollowUps[id];
        var zones = Recipient.Zones(customer, OrderOf(customer, followUp), shop);
        return cadence.Steps.Select(step => new StepContext(customer, shop, at, id, followUp, cadence, step, step.IsForShop ? Recipient.Zones(shop) : zones));
    }

    /// <summary>A message's step, running or not; none when the shop no longer has the cadence.</summary>
    public static StepContext? OfMessage(Customer customer, ShopFacts shop, DateTimeOffset at, MessageId id)
    {
        var message = customer.Messages[id];
        var followUp = customer.FollowUps[message.FollowUp];
        return followUp.CadenceIn(shop) is { } cadence && cadence.Steps.FirstOrDefault(s => s.Id == message.Step) is { } step
            ? new(customer, shop, at, message.FollowUp, followUp, cadence, step, step.IsForShop ? Recipient.Zones(shop) : Recipient.Zones(customer, OrderOf(customer, followUp), shop)) { Own = id, Offers = message.Offers }
            : null;
    }

    private StepPath? Path => CadencePaths.Of(Cadence, Step.Id);

    // Where it is on no path: as if that was taken from the beginning.
    private DateTimeOffset? PathTakenAt => Path is { } path ? FollowUp.StepOf(path.Owner).TakenAt(path) : DateTimeOffset.MinValue;

    private DateTimeOffset? FindDue() => State.Person switch
    {
        { Control: StepControl.Send } now => now.At,
        { Control: StepControl.Postpone, Until: { } until } when Planned < until => until,
        _ => Planned,
    };

    private DateTimeOffset? Planned => PathTakenAt is not { } taken ? null : DueFrom(Step.Anchor, taken) ?? (Step.FallbackAnchor is { } fallback ? DueFrom(fallback, taken) : null);

    // Not before its path is taken. On a day on which it may not happen, the same time of the next on which it may.
    private DateTimeOffset? DueFrom(Anchor anchor, DateTimeOffset taken)
    {
        if (InstantOf(anchor.On) is not { } instant)
            return null;

        var delay = ReviewRequests.Delayed(this, anchor.Delay ?? new(anchor.Days, TimeSpan.Zero));
        var target = anchor.OfTarget is { } share && FollowUp.Subject is { } question ? Deadlines.Of(Customer, question, share, Shop) : null;
        var counted = target ?? After(instant, delay);
        var due = counted > taken ? counted : taken;
        if (Step.Weekdays is null)
            return due.ToUniversalTime();

        return Enumerable.Range(0, 7).Select(days => LocalCalendar.AddDays(due, days, Zones.Main)).FirstOrDefault(at => Step.IsOn(at, Zones.Main), due);
    }

    private DateTimeOffset? InstantOf(string on) => on switch
    {
        Anchor.Trigger => SubjectFacts.TriggeredAt(Customer, FollowUp),
        Anchor.PreviousStep => PreviousStep is { } previous ? FollowUp.StepOf(previous.Id).HappenedAt : null,
        _ => SubjectFacts.When(on, Customer, FollowUp),
    };

    /// <summary>So long after an instant, by the recipient's calendar.</summary>
    internal DateTimeOffset After(DateTimeOffset instant, Delay delay) => LocalCalendar.AddDays(instant, delay.Days, Zones.Main) + delay.Time;

    private static Order? OrderOf(Customer customer, FollowUp followUp) => followUp.Order is { } id ? customer.Orders.GetValueOrDefault(id) : null;
}
