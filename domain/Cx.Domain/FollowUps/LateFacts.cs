using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>Notes messages that went out before a fact arrived that had already happened and would have stopped or delayed them.</summary>
internal static class LateFacts
{
    internal static void Note(Ledger ledger, IReadOnlyList<ICustomerEvent> fresh, Situation s)
    {
        foreach (var (id, message) in ledger.Customer.Messages)
        {
            if (message is not { Status: MessageStatus.Sending or MessageStatus.Accepted or MessageStatus.InDoubt, AttemptedAt: { } sentAt, Despite: null }
                || Look.OfMessage(ledger.Customer, s.Shop, s.At, id) is not { } look)
                continue;

            var late = fresh.Where(f => f.OccurredAt <= sentAt).Select(f => ReasonOf(f, look, sentAt)).FirstOrDefault(r => r is not null);
            if (late is { } reason)
                ledger.Add(new SentDespite(message.FollowUp, message.Step, id, reason, s.At));
        }
    }

    private static Reason? ReasonOf(ICustomerEvent fact, Look look, DateTimeOffset sentAt) => fact switch
    {
        ConsentWithdrawn x => x.Channel == look.Step.Channel && PurposeOf(look) == x.Purpose ? Reason.Objected : null,
        ComplaintOpened => ComplaintHold.Covers(look, sentAt) ? Reason.OpenComplaint : ExitOf(fact, look, sentAt),
        OrderCancelled x when x.Order == look.FollowUp.Order => Reason.OrderCancelled,
        OrderRefunded { Full: true } x when x.Order == look.FollowUp.Order => Reason.OrderRefunded,
        _ => ExitOf(fact, look, sentAt),
    };

    private static Reason? ExitOf(ICustomerEvent fact, Look look, DateTimeOffset sentAt)
    {
        var on = EventCatalog.ShortNameOf(fact);
        var exit = look.Cadence.Exits.FirstOrDefault(e => e.On == on && e.Ends(look.Step.Id) && SubjectFacts.When(e, look.Customer, look.FollowUp) <= sentAt);
        return exit is null ? null : SubjectPolicies.ReasonOf(exit);
    }

    private static Purpose? PurposeOf(Look look) => look.Step.Category switch
    {
        Cadences.Category.Marketing => Purpose.Marketing,
        Cadences.Category.Service => Purpose.Service,
        _ => null,
    };
}
