using System.Collections.Immutable;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>
/// The fold of a customer's stream. Each event touches only what it speaks of, and conflicting statements are settled by the instant
/// they speak of (earliest, latest), never by arrival: facts in any order give the same customer.
/// </summary>
public static class CustomerFold
{
    public static Customer Start(CustomerId id) => new() { Id = id };

    public static Customer Evolve(Customer customer, IEnumerable<ICustomerEvent> events) => events.Aggregate(customer, Evolve);

    public static Customer Evolve(Customer customer, ICustomerEvent e) => Seen(Apply(customer, e), e);

    /// <summary>Whether a fact tells anything new: told twice, or later than a better one, it does not. Facts that leave no trace in the state always do.</summary>
    public static bool IsNews(Customer customer, ICustomerEvent fact) => fact is VisitMade or DataRequested || Apply(customer, fact) != customer;

    // Unchanged facts must give the equal record: maps return themselves when an equal value is set.
    private static Customer Apply(Customer c, ICustomerEvent e) => e is IFollowUpEvent step
        ? FollowUpFold.Evolve(c, step)
        : e switch
        {
            CustomerDetailsLearned x => c with { Details = DetailsFold.Evolve(c.Details, x), Relation = x.Relation is { } r and not Relation.Prospect ? r : c.Relation },
            IdentityConflictFound x => c with { ConflictsWith = c.ConflictsWith.Add(x.Other) },
            CustomersLinked x => c with { Members = c.Id == x.Lead ? c.Members.Add(x.Member) : c.Members },
            CustomersUnlinked x => c with { Members = c.Members.Remove(x.Member) },
            ConsentGiven x => c.WithConsent(x.Channel, x.Purpose, new(true, x.Basis, x.OccurredAt, x.Source)),
            ConsentWithdrawn x => c.WithConsent(x.Channel, x.Purpose, new(false, ConsentBasis.OptIn, x.OccurredAt, x.Source)),
            DataRequested => c,
            CustomerErased x => Erased(c, x),

            OrderPlaced x => (c.Relation == Relation.Prospect ? c with { Relation = Relation.Buyer } : c).WithOrder(x.Order, o => Content(o, x.Total, x.Lines, x.Revision) with
            {
                Number = x.Number ?? o.Number,
                PlacedAt = Earlier(o.PlacedAt, x.OccurredAt),
                PromisedBy = x.PromisedBy ?? o.PromisedBy,
            }),
            OrderRevised x => c.WithOrder(x.Order, o => Content(o, x.Total, x.Lines, x.Revision)),
            OrderPaid x => c.WithOrder(x.Order, o => o with { PaidAt = Earlier(o.PaidAt, x.OccurredAt) }),
            OrderShipped x => c.WithParcel(x.Order, x.Shipment, p => p with { ShippedAt = Earlier(p.ShippedAt, x.OccurredAt) }),
            OrderDelivered x => c.WithParcel(x.Order, x.Shipment, p => p with { DeliveredAt = Earlier(p.DeliveredAt, x.OccurredAt) }),
            OrderCancelled x => c.WithOrder(x.Order, o => o.CancelledAt <= x.OccurredAt ? o : o with { CancelledAt = x.OccurredAt, CancelledBy = x.By }),
            RefundRequested x => c.WithOrder(x.Order, o => o with { RefundRequestedAt = Earlier(o.RefundRequestedAt, x.OccurredAt) }),
            OrderRefunded x => c.WithOrder(x.Order, o => o with { Refunds = o.Refunds.SetItem(x.Refund, new(x.Amount, x.Full, x.OccurredAt)) }),
            CheckoutStarted x => c with { Checkouts = c.Checkouts.SetItem(x.Checkout, new(x.OccurredAt, x.Order)) },

            ContactMade x when x is { ExpectsAnswer: true, Direction: Direction.Inbound } => c.WithConversation(x.Conversation, x.Channel, t => t with
            {
                Order = x.Order ?? t.Order,
                Asked = t.Asked.SetItem(x.Contact, x.OccurredAt),
                Questions = t.Questions.SetItem(x.Contact, new(x.Channel, x.Stage)),
            }),
            ContactMade x => c.WithConversation(x.Conversation, x.Channel, t => t with { Others = t.Others.Add(x.Contact) }),
            ContactAnswered x => c.WithConversation(x.Conversation, x.Channel, t => t with { Answered = t.Answered.SetItem(x.Contact, x.OccurredAt) }),
            ContactLeftUnanswered x => c.WithConversation(x.Conversation, Channel.Email, t => t with { LeftUnanswered = t.LeftUnanswered.Add(x.AskedAt) }),

            // Either may arrive first: a complaint keeps both instants, and is open while only the first is known.
            ComplaintOpened x => c.WithComplaint(x.Complaint, k => k with { OpenedAt = Earlier(k.OpenedAt, x.OccurredAt), Channel = x.Channel, Order = x.Order ?? k.Order }),
            ComplaintResolved x => c.WithComplaint(x.Complaint, k => k with { ResolvedAt = Earlier(k.ResolvedAt, x.OccurredAt) }),

            VisitMade => c,
            FeedbackGiven x => c.WithOpinion($"{x.Kind}:{x.Feedback}", new(Kind(x.Kind), x.Score, 0, x.Channel, x.Stage, x.Order, x.OccurredAt)),
            ReviewPosted x => c.WithOpinion($"Stars:{x.Review}", new(OpinionKind.Stars, x.Stars, 0, x.Channel, Stage.PostSale, x.Order, x.OccurredAt)),
            MentionMade x => c.WithOpinion($"Mention:{x.Mention}", new(OpinionKind.Mention, x.Sentiment, x.Audience, x.Channel, Stage.PostSale, null, x.OccurredAt)),
            ReferralMade x => c with { Referrals = c.Referrals.SetItem(x.Referral, x.OccurredAt) },
            SpamReported x => c with { SpamReports = c.SpamReports.SetItem(x.Report, new(x.OccurredAt, x.Channel)) },
            _ => throw new UnknownEvent(e),
        };

    private static Customer Seen(Customer c, ICustomerEvent e) => e is IFollowUpEvent or CustomerErased or ContactLeftUnanswered or IdentityConflictFound
        ? c
        : c with { FirstContactAt = Earlier(c.FirstContactAt, e.OccurredAt), LastContactAt = Later(c.LastContactAt, e.OccurredAt) };

    // The skeleton of an erased customer keeps what replays and counts, and nothing that could be personal.
    private static Customer Erased(Customer c, CustomerErased x) => c with { ErasedAt = Earlier(c.ErasedAt, x.OccurredAt), Details = new() };

    // The latest revision's content; at the same revision the larger total, so that arrival does not matter.
    private static Order Content(Order o, Money total, IReadOnlyList<OrderLine> lines, DateTimeOffset revision) =>
        o.Revision > revision || (o.Revision == revision && o.Total?.Amount >= total.Amount) ? o : o with { Total = total, Lines = lines, Revision = revision };

    private static OpinionKind Kind(FeedbackKind kind) => kind switch
    {
        FeedbackKind.Csat => OpinionKind.Csat,
        FeedbackKind.Nps => OpinionKind.Nps,
        _ => OpinionKind.Ces,
    };

    private static Customer WithOrder(this Customer c, OrderId id, Func<Order, Order> change) =>
        c with { Orders = c.Orders.SetItem(id, change(c.Orders.GetValueOrDefault(id) ?? new())) };

    private static Customer WithParcel(this Customer c, OrderId id, string? shipment, Func<Parcel, Parcel> change) =>
        c.WithOrder(id, o => o with { Parcels = o.Parcels.SetItem(shipment ?? "", change(o.Parcels.GetValueOrDefault(shipment ?? "") ?? new(null, null))) });

    private static Customer WithConversation(this Customer c, ConversationId id, Channel channel, Func<Conversation, Conversation> change) =>
        c with { Conversations = c.Conversations.SetItem(id, change(c.Conversations.GetValueOrDefault(id) ?? Conversation.New(channel))) };

    private static Customer WithComplaint(this Customer c, ComplaintId id, Func<Complaint, Complaint> change) =>
        c with { Complaints = c.Complaints.SetItem(id, change(c.Complaints.GetValueOrDefault(id) ?? new(null, null, null, null))) };

    private static Customer WithOpinion(this Customer c, string id, Opinion opinion) =>
        c.Opinions.TryGetValue(id, out var known) && !Replaces(opinion, known) ? c : c with { Opinions = c.Opinions.SetItem(id, opinion) };

    private static bool Replaces(Opinion said, Opinion known) => said.At > known.At || (said.At == known.At && said.Value < known.Value);

    private static Customer WithConsent(this Customer c, Channel channel, Purpose purpose, Consent said)
    {
        var key = ConsentKey.Of(channel, purpose);
        return c.Consents.TryGetValue(key, out var known) && !Consents.Replaces(said, known) ? c : c with { Consents = c.Consents.SetItem(key, said) };
    }

    private static DateTimeOffset Earlier(DateTimeOffset? known, DateTimeOffset said) => known <= said ? known.Value : said;

    private static DateTimeOffset Later(DateTimeOffset? known, DateTimeOffset said) => known >= said ? known.Value : said;
}
