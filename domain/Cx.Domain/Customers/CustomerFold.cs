using System.Collections.Immutable;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>
/// The fold of a customer's stream. Each event changes only what it is about, and conflicting statements are resolved by the instant that
/// they are about (earliest or latest), never by arrival: facts in any order give the same customer.
/// </summary>
public static class CustomerFold
{
    public static Customer Start(CustomerId id) => new() { Id = id };

    public static Customer Evolve(Customer customer, IEnumerable<ICustomerEvent> events) => events.Aggregate(customer, Evolve);

    /// <summary>
    /// Whether a fact changes the state: repeated, or superseded by a known one, it does not. Facts that the state does not keep always
    /// count as a change.
    /// </summary>
    public static bool ChangesState(Customer customer, ICustomerEvent fact) =>
        fact is VisitMade or DataRequested || Evolve(customer, fact) != customer;

    // A fact that changes nothing must give an equal record: immutable maps return themselves when an equal value is set.
    public static Customer Evolve(Customer c, ICustomerEvent e) => e is IFollowUpEvent step
        ? FollowUpFold.Evolve(c, step)
        : e switch
        {
            CustomerDetailsLearned x => DetailsFold.Evolve(c, x),
            CustomerDetailsCleared x => DetailsFold.Evolve(c, x),
            IdentityConflictFound x => c with { ConflictsWith = c.ConflictsWith.Add(x.Other) },
            CustomersLinked x => c with { Members = c.Id == x.Lead ? c.Members.Add(x.Member) : c.Members, WasLinked = true },
            CustomersUnlinked x => c with { Members = c.Id == x.Lead ? c.Members.Remove(x.Member) : c.Members, WasLinked = true },
            ConsentGiven x => c.WithConsent(x.Channel, x.Purpose, new(true, x.Basis, x.OccurredAt, x.Source)),
            ConsentWithdrawn x => c.WithConsent(x.Channel, x.Purpose, new(false, ConsentBasis.OptIn, x.OccurredAt, x.Source) { CountsFrom = x.CountsFrom == x.OccurredAt ? null : x.CountsFrom }),
            DataRequested => c,
            CustomerErased x => Erased(c, x),
            ProcessingRestricted x => c with { Restriction = Rights.Latest(c.Restriction, true, x.OccurredAt, x.By) },
            RestrictionLifted x => c with { Restriction = Rights.Latest(c.Restriction, false, x.OccurredAt, x.By) },
            ProfilingObjected x => c with { ProfilingObjection = Rights.Latest(c.ProfilingObjection, true, x.OccurredAt, x.By) },
            ProfilingObjectionLifted x => c with { ProfilingObjection = Rights.Latest(c.ProfilingObjection, false, x.OccurredAt, x.By) },

            OrderReassigned x => OrderReassignment.Evolve(c, x),
            OrderPlaced x => Taken(c, x.Order)
                .WithOrder(x.Order, o => OrderReassignment.Stated(PlacedAs(LatestContent(o, x.Total, x.Lines, x.Revision), x), x.Buyer, x.Revision)),
            OrderRevised x => c.WithOrder(x.Order, o => OrderReassignment.Stated(LatestContent(o, x.Total, x.Lines, x.Revision), x.Buyer, x.Revision)),
            OrderContactGiven x => c.WithOrder(x.Order, o => o with { Contact = OrderContact.Latest(o.Contact, x) }),
            OrderPaid x => c.WithOrder(x.Order, o => o with { PaidAt = Earlier(o.PaidAt, x.OccurredAt) }),
            OrderShipped x => c.WithParcel(x.Order, x.Shipment, p => p with { ShippedAt = Earlier(p.ShippedAt, x.OccurredAt) }),
            OrderDelivered x => c.WithParcel(x.Order, x.Shipment, p => p with { DeliveredAt = Earlier(p.DeliveredAt, x.OccurredAt) }),
            OrderCancelled x => c.WithOrder(x.Order, o => First((o.CancelledAt, o.CancelledBy), (x.OccurredAt, x.By)) is var (at, by)
                ? o with { CancelledAt = at, CancelledBy = by } : o),
            RefundRequested x => c.WithOrder(x.Order, o => o with { RefundRequestedAt = Earlier(o.RefundRequestedAt, x.OccurredAt) }),
            OrderRefunded x => c.WithOrder(
                x.Order, o => o with { Refunds = o.Refunds.SetItem(x.Refund, Refunded(o.Refunds.GetValueOrDefault(x.Refund), x)) }),
            CheckoutStarted x => c with { Checkouts = c.Checkouts.SetItem(x.Checkout, Begun(c.Checkouts.GetValueOrDefault(x.Checkout), x)) },

            ContactMade { ExpectsAnswer: true, Direction: Direction.Inbound } x =>
                c.WithConversation(x.Conversation, t => On(t, x.Channel, x.OccurredAt) with
                {
                    Order = Least(t.Order, x.Order),
                    Asked = t.Asked.Earliest(x.Contact, x.OccurredAt),
                    Questions = t.Questions.SetItem(x.Contact, Asked(t, x)),
                    Reference = Least(t.Reference, x.Reference),
                }),
            ContactMade x => c.WithConversation(x.Conversation, t => On(t, x.Channel, x.OccurredAt) with
            {
                Order = Least(t.Order, x.Order),
                Others = t.Others.Earliest(x.Contact, x.OccurredAt),
                Reference = Least(t.Reference, x.Reference),
            }),
            ContactAnswered x => c.WithConversation(x.Conversation, t => On(t, x.Channel, x.OccurredAt) with
            {
                Answered = t.Answered.Earliest(x.Contact, x.OccurredAt),
                Reference = Least(t.Reference, x.Reference),
            }),
            ContactLeftUnanswered x => c.WithConversation(x.Conversation, t => t with { LeftUnanswered = t.LeftUnanswered.Add(x.AskedAt) }),

            // Either may arrive first: a complaint keeps both instants, and is open while only the first is known.
            ComplaintOpened x => c.WithComplaint(x.Complaint, k => First((k.OpenedAt, k.Channel), (x.OccurredAt, x.Channel)) is var (at, channel)
                ? k with { OpenedAt = at, Channel = channel, Order = Least(k.Order, x.Order), Reference = Least(k.Reference, x.Reference) } : k),
            ComplaintResolved x => c.WithComplaint(
                x.Complaint, k => k with { ResolvedAt = Earlier(k.ResolvedAt, x.OccurredAt), Reference = Least(k.Reference, x.Reference) }),

            VisitMade x => c with
            {
                FirstVisitAt = Earlier(c.FirstVisitAt, x.OccurredAt),
                LastVisitAt = c.LastVisitAt >= x.OccurredAt ? c.LastVisitAt : x.OccurredAt,
            },
            FeedbackGiven x => c.WithOpinion(
                OpinionOf(x), new(Kind(x.Kind), x.Score, 0, x.Channel, x.Stage, x.Order, x.OccurredAt)),
            ReviewPosted x => c.WithOpinion(
                OpinionOf(x), new(OpinionKind.Stars, x.Stars, 0, x.Channel, Stage.PostSale, x.Order, x.OccurredAt)),
            MentionMade x => c.WithOpinion(
                OpinionOf(x), new(OpinionKind.Mention, x.Sentiment, x.Audience, x.Channel, Stage.PostSale, null, x.OccurredAt)),
            ReferralMade x => c with { Referrals = c.Referrals.Earliest(x.Referral, x.OccurredAt) },
            SpamReported x => c with { SpamReports = c.SpamReports.SetItem(x.Report, Reported(c.SpamReports.GetValueOrDefault(x.Report), x)) },
            _ => throw new UnknownEventException(e),
        };

    internal static string OpinionOf(FeedbackGiven x) => $"{x.Kind}:{x.Feedback}";

    internal static string OpinionOf(ReviewPosted x) => $"Stars:{x.Review}";

    internal static string OpinionOf(MentionMade x) => $"Mention:{x.Mention}";

    // An erased customer keeps what replays and counts need, and nothing personal.
    private static Customer Erased(Customer c, CustomerErased x) => c with { ErasedAt = Earlier(c.ErasedAt, x.OccurredAt), Details = new() };

    private static Customer Taken(Customer c, OrderId order) => c with
    {
        OrdersTaken = c.OrdersTaken + (c.Orders.GetValueOrDefault(order)?.PlacedAt is null ? 1 : 0),
        Relation = c.Relation == Relation.Prospect ? Relation.Buyer : c.Relation,
    };

    /// <summary>The order as placed, its content apart: the earliest instant and promise, and its number.</summary>
    internal static Order PlacedAs(Order o, OrderPlaced x) => o with
    {
        Number = x.Number is null || string.CompareOrdinal(o.Number, x.Number) > 0 ? o.Number : x.Number,
        PlacedAt = Earlier(o.PlacedAt, x.OccurredAt),
        PromisedBy = Least(o.PromisedBy, x.PromisedBy),
    };

    // The content of the later revision; at the same revision the greater one, so that arrival does not matter.
    private static Order LatestContent(Order o, Money total, IReadOnlyList<OrderLine> lines, DateTimeOffset revision) =>
        o.Revision > revision || (o.Revision == revision && Compare(o, total, lines) >= 0)
            ? o
            : o with { Total = total, Lines = lines, Revision = revision };

    private static int Compare(Order o, Money total, IReadOnlyList<OrderLine> lines)
    {
        var order = Nullable.Compare(o.Total?.Amount, total.Amount);
        order = order != 0 ? order : string.CompareOrdinal(o.Total?.Currency, total.Currency);
        order = order != 0 ? order : o.Lines.Count.CompareTo(lines.Count);
        for (var i = 0; order == 0 && i < lines.Count; i++)
        {
            order = Compare(o.Lines[i], lines[i]);
        }

        return order;
    }

    private static int Compare(OrderLine a, OrderLine b)
    {
        var order = (a.Quantity, a.Price).CompareTo((b.Quantity, b.Price));
        ReadOnlySpan<(string? A, string? B)> texts =
            [(a.Product?.Value, b.Product?.Value), (a.Sku, b.Sku), (a.Title, b.Title), (a.Category, b.Category)];
        for (var i = 0; order == 0 && i < texts.Length; i++)
        {
            order = string.CompareOrdinal(texts[i].A, texts[i].B);
        }

        return order;
    }

    private static Refund Refunded(Refund? known, OrderRefunded x) => known is null
        ? new(x.Amount, x.Full, x.OccurredAt)
        : new(IsMore(x.Amount, known.Amount) ? x.Amount : known.Amount, known.Full || x.Full, Earlier(known.At, x.OccurredAt));

    private static bool IsMore(Money? stated, Money? known) =>
        Nullable.Compare(stated?.Amount, known?.Amount) is var order
        && (order != 0 ? order : string.CompareOrdinal(stated?.Currency, known?.Currency)) > 0;

    private static Checkout Begun(Checkout? known, CheckoutStarted x) =>
        new(Earlier(known?.StartedAt, x.OccurredAt), Least(known?.Order, x.Order));

    private static SpamReport Reported(SpamReport? known, SpamReported x) =>
        First((known?.At, known?.Channel), (x.OccurredAt, x.Channel)) is var (at, channel) ? new(at!.Value, channel!.Value) : known!;

    // How a question was asked, by its earliest report.
    private static Question Asked(Conversation t, ContactMade x) =>
        t.Questions.GetValueOrDefault(x.Contact) is { } known && t.Asked.TryGetValue(x.Contact, out var at)
            && (at, known.Channel, known.Stage).CompareTo((x.OccurredAt, x.Channel, x.Stage)) <= 0
            ? known
            : new(x.Channel, x.Stage);

    private static Conversation On(Conversation t, Channel channel, DateTimeOffset at) =>
        First((t.Since, t.Since is null ? null : t.Channel), (at, (Channel?)channel)) is var (since, by)
            ? t with { Since = since, Channel = by!.Value }
            : t;

    private static OpinionKind Kind(FeedbackKind kind) => kind switch
    {
        FeedbackKind.Csat => OpinionKind.Csat,
        FeedbackKind.Nps => OpinionKind.Nps,
        _ => OpinionKind.Ces,
    };

    private static Customer WithOrder(this Customer c, OrderId id, Func<Order, Order> change) =>
        c with { Orders = c.Orders.SetItem(id, change(c.Orders.GetValueOrDefault(id) ?? new())) };

    private static Customer WithParcel(this Customer c, OrderId id, string? shipment, Func<Parcel, Parcel> change) => c.WithOrder(
        id, o => o with { Parcels = o.Parcels.SetItem(shipment ?? "", change(o.Parcels.GetValueOrDefault(shipment ?? "") ?? new(null, null))) });

    private static Customer WithConversation(this Customer c, ConversationId id, Func<Conversation, Conversation> change) =>
        c with { Conversations = c.Conversations.SetItem(id, change(c.Conversations.GetValueOrDefault(id) ?? Conversation.New)) };

    private static Customer WithComplaint(this Customer c, ComplaintId id, Func<Complaint, Complaint> change)
    {
        var known = c.Complaints.GetValueOrDefault(id) ?? new(null, null, null, null);
        var next = change(known);
        return c with
        {
            Complaints = c.Complaints.SetItem(id, next),
            OpenComplaints = c.OpenComplaints + (next.IsUnresolved ? 1 : 0) - (known.IsUnresolved ? 1 : 0),
        };
    }

    private static Customer WithOpinion(this Customer c, string id, Opinion opinion) =>
        c.Opinions.TryGetValue(id, out var known) && !Replaces(opinion, known) ? c : c with { Opinions = c.Opinions.SetItem(id, opinion) };

    // The latest statement wins, at the same instant the worse one; the rest only makes the order total.
    private static bool Replaces(Opinion stated, Opinion known) => Rank(stated).CompareTo(Rank(known)) > 0;

    private static (DateTimeOffset, double, long, Channel, Stage, OrderId) Rank(Opinion o) =>
        (o.At, -o.Value, o.Audience, o.Channel, o.Stage, o.Order ?? new(""));

    private static Customer WithConsent(this Customer c, Channel channel, Purpose purpose, Consent stated)
    {
        var key = ConsentKey.Of(channel, purpose);
        return c.Consents.TryGetValue(key, out var known) && !Consents.Replaces(stated, known)
            ? c
            : c with { Consents = c.Consents.SetItem(key, stated) };
    }

    private static DateTimeOffset Earlier(DateTimeOffset? known, DateTimeOffset stated) => known <= stated ? known.Value : stated;

    // The earlier of two statements; at the same instant the lesser value, so that arrival does not matter.
    private static (DateTimeOffset? At, T? Value) First<T>((DateTimeOffset? At, T? Value) known, (DateTimeOffset At, T? Value) stated)
        where T : struct =>
        known.At < stated.At || (known.At == stated.At && Comparer<T?>.Default.Compare(known.Value, stated.Value) <= 0) ? known : stated;

    private static T? Least<T>(T? known, T? stated) where T : struct, IComparable<T> =>
        known is null ? stated : stated is null || known.Value.CompareTo(stated.Value) <= 0 ? known : stated;

    private static Personal? Least(Personal? known, Personal? stated) =>
        known is null ? stated : stated is null || string.CompareOrdinal(known.Value, stated.Value) <= 0 ? known : stated;

    private static ImmutableSortedDictionary<string, DateTimeOffset> Earliest(
        this ImmutableSortedDictionary<string, DateTimeOffset> map, string key, DateTimeOffset at) =>
        map.TryGetValue(key, out var known) && known <= at ? map : map.SetItem(key, at);
}
