using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps.Simulating;

/// <summary>
/// Goes through one customer's log as it came, and runs what runs live: facts are recorded, the customer is woken when due, messages are claimed, people control steps. Each
/// decision sees what was recorded before it, and nothing else.
/// </summary>
internal sealed class CustomerReplay(CustomerId id, RecordedLog log, ShopTimeline timeline, bool wakesAsRecorded, Action<Customer, ICustomerEvent> replayed)
{
    // What stands for products that the log does not name: the step finds something to offer.
    private static readonly OfferedProduct[] Something = [new(new("simulated"), "", "", Analogous: true)];

    private Customer customer = CustomerFold.Start(id);
    private DateTimeOffset? due;
    private DateTimeOffset now;
    private int moment;

    internal Customer Customer => customer;

    private ShopFacts Facts => timeline.Moments[moment].Facts;

    /// <summary>Takes over what was recorded, decisions included.</summary>
    internal void Take(RecordedTransaction recorded) =>
        customer = CustomerFold.Evolve(customer, recorded.Events.Select(e => e.Event)) with { RecordedAt = recorded.At };

    /// <summary>From here on everything is decided anew.</summary>
    internal void Begin(DateTimeOffset at)
    {
        while (moment + 1 < timeline.Moments.Length && timeline.Moments[moment + 1].From <= at)
            moment++;
        now = at;
        Plan();
    }

    /// <summary>Does what was due before a transaction of the log, and then what that did, in its place.</summary>
    internal void Replay(RecordedTransaction recorded)
    {
        WakeUntil(recorded.At, recorded.First.ShopVersion, recorded.Index);
        now = recorded.At;
        var facts = timeline.Of(recorded.First.ShopVersion) ?? Facts;
        switch (recorded.Kind)
        {
            case TransactionKind.Wake when due <= recorded.At:
                WakeAs(recorded, facts);
                break;
            case TransactionKind.Facts:
                Record(recorded.Facts(), Context(facts, recorded.At, recorded.First.Correlation) with { By = recorded.By });
                break;
            case TransactionKind.Command:
                Obey(recorded, facts);
                break;
        }
    }

    /// <summary>Does what is due up to an instant, that included; where wakes are as recorded, what comes after the last one may be due a little longer.</summary>
    internal void Finish(DateTimeOffset to) => WakeUntil(wakesAsRecorded ? to - RecordedLog.LatestWake : to.AddTicks(1), 0, int.MaxValue);

    // A change of plans comes before what is due at its instant.
    private void WakeUntil(DateTimeOffset until, long version, int index)
    {
        while (true)
        {
            var next = moment + 1 < timeline.Moments.Length && timeline.Moments[moment + 1] is var change && (change.From < until || change.Facts.Version <= version) ? change : null;
            var wake = due is { } at ? OwnWake(at > now ? at : now, index) : null;
            if (next is not null && !(wake < next.From))
                Enter(next);
            else if (wake < until)
                Wake(wake.Value, Facts, null);
            else
                return;
        }
    }

    private void Enter(ShopMoment next)
    {
        moment++;
        now = next.From > now ? next.From : now;
        if (next.ChangesPlans && (due is not null || customer.FollowUps.Values.Any(f => f.IsRunning)))
            Plan();
    }

    // The log's own wake is later than the due instant, and by how much only the log knows; one of an outage comes when that is over.
    private DateTimeOffset? OwnWake(DateTimeOffset at, int index)
    {
        if (log.IsWoken(index, at, wakesAsRecorded))
            return null;

        var awake = timeline.AwakeFrom(at);
        return awake != at && log.IsWoken(index, awake, wakesAsRecorded) ? null : awake;
    }

    // Several wakes of one instant are one transaction here.
    private void WakeAs(RecordedTransaction recorded, ShopFacts facts)
    {
        for (var decided = 0; decided < recorded.Events.Count && due <= recorded.At && Wake(recorded.At, facts, recorded) is > 0 and var more;)
            decided += more;
    }

    /// <returns>How much was decided; nothing where more is decided in a wake of its own.</returns>
    private int Wake(DateTimeOffset at, ShopFacts facts, RecordedTransaction? recorded)
    {
        now = at;
        var context = WithBars(Context(facts, at, "wake"));
        var decided = FollowUpDecisions.Wake(customer, context, OfferChoice.NotLookedUp);
        Commit(decided, at);
        if (FollowUpDecisions.WantsOffers(customer, facts, at))
        {
            if (recorded is not null && log.DecidesOffersAfter(recorded))
            {
                due = at;
                return 0;
            }

            decided = [.. decided, .. Commit(FollowUpDecisions.Wake(customer, context, new(recorded?.Offers ?? log.OfferedTo(customer) ?? Something)), at)];
        }

        foreach (var queued in decided.OfType<MessageQueued>())
            HandOver(queued, context);
        Plan();

        // Nothing that is known now changes that.
        if (decided.Count == 0 && due <= at)
            due = null;
        return decided.Count;
    }

    private void Record(List<ICustomerEvent> fresh, DecisionContext context)
    {
        if (fresh.Count == 0)
            return;

        var after = CustomerFold.Evolve(customer, fresh);
        var effects = FollowUpDecisions.React(customer, after, fresh, context);
        Commit([.. fresh, .. effects], context.At);
        Plan();
    }

    // A message that the log queued at the same instant is claimed when it was; any other at once, and what became of one of the same step then becomes of it.
    private void HandOver(MessageQueued queued, DecisionContext context)
    {
        var known = log.MessageOf(queued.Message);
        if (known?.QueuedAt == queued.OccurredAt)
            return;

        Commit(MessageDecisions.Claim(customer, context, queued.Message, "simulated", resendable: false), context.At);
        if (customer.Messages[queued.Message].Status != MessageStatus.Sending)
            return;

        Commit(known?.Result switch
        {
            MessageFailed x => MessageDecisions.Failed(customer, context, queued.Message, x.Cause, known.Refused),
            MessageSettled { Delivered: false } => MessageDecisions.Failed(customer, context, queued.Message, "settled as not delivered"),
            MessageInDoubt x => MessageDecisions.InDoubt(customer, context, queued.Message, x.Cause),
            _ => MessageDecisions.Accepted(customer, context, queued.Message, "simulated"),
        }, context.At);
    }

    private void Obey(RecordedTransaction recorded, ShopFacts facts)
    {
        AddressRefused? refused = null;
        foreach (var e in recorded.Events)
        {
            var context = Context(facts, recorded.At, e.Correlation);
            switch (e.Event)
            {
                case IStepControlEvent x:
                    Commit(Controlled(x, context), recorded.At);
                    break;
                case AddressRefused x:
                    refused = x;
                    break;
                case MessageFailed x when refused is not null && !IsSending(x):
                    Record([refused], context);
                    break;
                case IMessageEvent x when log.MessageOf(x.Message) is { } known && customer.Messages.GetValueOrDefault(x.Message)?.QueuedAt == known.QueuedAt:
                    Commit(Resulting(x, recorded, WithBars(context), refused?.Address), recorded.At);
                    break;
            }
        }

        Plan();
    }

    private IReadOnlyList<ICustomerEvent> Resulting(IMessageEvent e, RecordedTransaction recorded, DecisionContext context, Personal? refused) => e switch
    {
        MessageAttempted x => MessageDecisions.Claim(customer, context, x.Message, x.Sender, x.Resendable),
        MessageWithdrawn x when recorded.IsSending => MessageDecisions.Claim(customer, context, x.Message, "simulated", resendable: false),
        MessageAccepted x => MessageDecisions.Accepted(customer, context, x.Message, x.Response),
        MessageDeferred x => MessageDecisions.Deferred(customer, context, x.Message, x.Cause),
        MessageFailed x => MessageDecisions.Failed(customer, context, x.Message, x.Cause, refused),
        MessageInDoubt x when IsSending(x) => [x],
        MessageSettled x when customer.Messages[x.Message].Status == MessageStatus.InDoubt => MessageDecisions.Settle(customer, context, x.Message, x.Delivered, x.By),
        _ => [],
    };

    private IReadOnlyList<ICustomerEvent> Controlled(IStepControlEvent e, DecisionContext context)
    {
        var (control, until) = e switch
        {
            StepSkippedByPerson => (StepControl.Skip, (DateTimeOffset?)null),
            StepPostponed x => (StepControl.Postpone, x.Until),
            StepSendRequested => (StepControl.Send, null),
            _ => (StepControl.Never, null),
        };
        try
        {
            return StepControls.Decide(customer, context, new(control, e.FollowUp, e.Step, until, e.By, e.Note));
        }
        catch (RuleBrokenException)
        {
            // On this side there is nothing of it any more, or never was.
            return [];
        }
    }

    private bool IsSending(IMessageEvent e) => customer.Messages.GetValueOrDefault(e.Message)?.Status == MessageStatus.Sending;

    private IReadOnlyList<ICustomerEvent> Commit(IReadOnlyList<ICustomerEvent> events, DateTimeOffset at)
    {
        foreach (var e in events)
        {
            customer = CustomerFold.Evolve(customer, e);
            replayed(customer, e);
        }

        if (events.Count > 0)
            customer = customer with { RecordedAt = at };
        return events;
    }

    private void Plan() => due = FollowUpDecisions.NextDue(customer, Facts);

    private static DecisionContext Context(ShopFacts facts, DateTimeOffset at, string correlation) => new(facts, at, correlation, value => value, [], []);

    private DecisionContext WithBars(DecisionContext context) => context with
    {
        Barred = [.. log.History.Barred.Where(b => b.Since <= context.At)],
        Refused = [.. log.History.Refused.Where(r => r.At <= context.At)],
        Received = log.History.Received,
    };
}
