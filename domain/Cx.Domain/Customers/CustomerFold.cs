using System.Collections.Immutable;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Silence;
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
            CustomerDetailsLearned x => RefusedAddresses.Give(DetailsFold.Evolve(c, x), x.OccurredAt, x.Email, x.Phone, x.Handle),
            CustomerDetailsCleared x => DetailsFold.Evolve(c, x),
            IdentityConflictFound x => c with { ConflictsWith = c.ConflictsWith.Add(x.Other) },
            // Whoever is taken in leads nobody any more: those it led are taken in by the same lead.
            CustomersLinked x => c with { Members = c.Id == x.Lead ? c.Members.Add(x.Member) : c.Id == x.Member ? [] : c.Members, WasLinked = true },
            CustomersUnlinked x => c with { Members = c.Id == x.Lead ? c.Members.Remove(x.Member) : c.Members, WasLinked = true },
            ConsentGiven x => c.WithConsent(x.Channel, x.Purpose, new(true, x.Basis, x.OccurredAt, x.Source)),
            ConsentWithdrawn x => c.WithConsent(x.Channel, x.Purpose, new(false, ConsentBasis.OptIn, x.OccurredAt, x.Source) { CountsFrom = x.CountsFrom == x.OccurredAt ? null : x.CountsFrom }),
            DataRequested => c,
            AddressRefused x => RefusedAddresses.Refuse(c, x),
            CustomerErased x => Erased(c, x),
            ProcessingRestricted x => c with { Restriction = Rights.Latest(c.Restriction, true, x.OccurredAt, x.By) },
            RestrictionLifted x => c with { Restriction = Rights.Latest(c.Restriction, false, x.OccurredAt, x.By) },
            ProfilingObjected x => c with { ProfilingObjection = Rights.Latest(c.ProfilingObjection, true, x.OccurredAt, x.By) },
            ProfilingObjectionLifted x => c with { ProfilingObjection = Rights.Latest(c.ProfilingObjection, false, x.OccurredAt, x.By) },

            OrderReassigned x => OrderReassignment.Evolve(c, x),
            OrderPlaced x => RefusedAddresses.GiveWith(Taken(c, x.Order).With(x), x.Order),
            OrderContactGiven x => RefusedAddresses.GiveWith(c.With(x), x.Order),
            IOrderEvent x => c.With(x),
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

            PurchaseOverdue x => PurchaseSilence.Evolve(c, x),

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
    private static Customer Erased(Customer c, CustomerErased x) => c with { ErasedAt = Earlier(c.ErasedAt, x.OccurredAt), Details = new(), RefusedAddresses = c.RefusedAddresses.Clear() };

    private static Customer Taken(Customer c, OrderId order) => c with
    {
        OrdersTaken = c.OrdersTaken + (c.Orders.GetValueOrDefault(order)?.FirstPlacedAt is null ? 1 : 0),
        Relation = c.Relation == Relation.Prospect ? Relation.Buyer : c.Relation,
    };

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

    private static Customer With(this Customer c, IOrderEvent x)
    {
        var known = c.Orders.GetValueOrDefault(x.Order);
        var order = OrderFold.Evolve(known ?? new(), x);
        return c with { Orders = c.Orders.SetItem(x.Order, order), Purchases = PurchaseSilence.Purchases(c, known, order) };
    }

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
        var known = c.Consents.GetValueOrDefault(key);
        var latest = Consents.Latest(stated, known);
        return latest == known ? c : c with { Consents = c.Consents.SetItem(key, latest) };
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
