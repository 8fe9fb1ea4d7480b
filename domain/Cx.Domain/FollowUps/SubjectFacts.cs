using System.Collections.Frozen;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Silence;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>
/// The events a cadence may name, read from the facts rather than from the stream, so that an anchor or exit is known whatever order
/// the facts arrived in.
/// </summary>
public static class SubjectFacts
{
    /// <summary>A review, or an answer to the question how satisfied somebody is: what has 1 to 5.</summary>
    public const string RatingGiven = "rating-given";

    /// <summary>The next purchase of a customer is missing.</summary>
    public const string PurchaseOverdue = "purchase-overdue";

    private static readonly FrozenDictionary<string, Func<Order, DateTimeOffset?>> OfOrder = new Dictionary<string, Func<Order, DateTimeOffset?>>
    {
        ["order-placed"] = o => o.PlacedAt,
        ["order-paid"] = o => o.PaidAt,
        ["order-shipped"] = o => o.ShippedAt(),
        ["order-delivered"] = o => o.DeliveredAt(),
        ["order-cancelled"] = o => o.CancelledAt,
        ["refund-requested"] = o => o.RefundRequestedAt,
        ["order-refunded"] = o => o.RefundedAt(),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Func<Customer, FollowUpSubject, DateTimeOffset?>> OfOthers = new Dictionary<string, Func<Customer, FollowUpSubject, DateTimeOffset?>>
    {
        ["complaint-opened"] = (c, s) => ComplaintOf(c, s)?.OpenedAt,
        ["complaint-resolved"] = (c, s) => ComplaintOf(c, s)?.ResolvedAt,
        ["feedback-given"] = (c, s) => RatingOf(c, s) is { Kind: not OpinionKind.Stars } rating ? rating.At : null,
        ["review-posted"] = (c, s) => RatingOf(c, s) is { Kind: OpinionKind.Stars } review ? review.At : null,
        [RatingGiven] = (c, s) => RatingOf(c, s) is { Kind: OpinionKind.Stars or OpinionKind.Csat } rating ? rating.At : null,
        ["contact-made"] = (c, s) => AskedAt(c, s) is { } asked && (AnsweredAt(c, s) is not null || IsFirst(c, s)) ? asked : null,
        ["contact-answered"] = AnsweredAt,
        ["checkout-started"] = (c, s) => s.Kind == SubjectKind.Checkout ? c.Checkouts.GetValueOrDefault(s.Id)?.StartedAt : null,
        [PurchaseOverdue] = (c, s) => PurchaseSilence.Standing(c) is { } silent && silent.Subject == s ? silent.Since : null,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What happens to an order.</summary>
    public static FrozenSet<string> OrderEvents { get; } = OfOrder.Keys.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What an order that the customer does not keep may have come to.</summary>
    internal static FrozenSet<string> Losses { get; } = FrozenSet.Create(StringComparer.Ordinal, "order-cancelled", "refund-requested", "order-refunded");

    /// <summary>What a follow-up may be triggered by.</summary>
    public static FrozenSet<string> Triggers { get; } =
        OfOrder.Keys.Concat(OfOthers.Keys).Except(["complaint-resolved", "contact-answered"]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What a delay may count from, besides the trigger and the previous step.</summary>
    public static FrozenSet<string> Anchors { get; } = OfOrder.Keys.Concat(OfOthers.Keys).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What may end a follow-up or a step.</summary>
    public static FrozenSet<string> Exits { get; } =
        OfOrder.Keys.Concat(["review-posted", "complaint-opened", "complaint-resolved", "contact-answered"]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>When an event of an order happened; none while the facts do not say that it did.</summary>
    public static DateTimeOffset? When(string on, Order? order) => order is not null && OfOrder.TryGetValue(on, out var fact) ? fact(order) : null;

    /// <summary>When an event of what the follow-up is about happened, or of its order.</summary>
    public static DateTimeOffset? When(string on, Customer customer, FollowUp followUp) =>
        followUp.Subject is { } subject && OfOthers.TryGetValue(on, out var fact) ? fact(customer, subject) : When(on, OrderOf(customer, followUp));

    /// <summary>
    /// When an exit came true. A refund ends only when it is in full; another order only when it came after and, unless its loss is what the exit names, while
    /// the customer keeps it.
    /// </summary>
    public static DateTimeOffset? When(Exit exit, Customer customer, FollowUp followUp) => exit switch
    {
        { OtherSubject: true } => OfOrder.TryGetValue(exit.On, out var fact)
            ? LaterOrders(customer, followUp).Where(o => o.IsPurchase || Losses.Contains(exit.On)).Select(fact).Min()
            : null,
        { On: "review-posted" } => Reviews(customer, followUp).Min(o => (DateTimeOffset?)o.At),
        { On: "complaint-opened" } => Complaints(customer, followUp).Where(c => c.OpenedAt >= TriggeredAt(customer, followUp)).Min(c => c.OpenedAt),
        { On: "complaint-resolved" } when followUp.Subject is not { Kind: SubjectKind.Complaint } =>
            Complaints(customer, followUp).Where(c => c.ResolvedAt >= TriggeredAt(customer, followUp)).Min(c => c.ResolvedAt),
        _ => When(exit.On, customer, followUp),
    };

    /// <summary>When what started a follow-up happened, as is known now: an earlier statement of it may have arrived since.</summary>
    internal static DateTimeOffset TriggeredAt(Customer customer, FollowUp followUp) =>
        (followUp.Subject is null ? null : When(followUp.Trigger, customer, followUp)) ?? followUp.TriggeredAt;

    /// <summary>When a question was asked; none where the follow-up is about no question.</summary>
    public static DateTimeOffset? AskedAt(Customer customer, FollowUpSubject? subject) =>
        subject is { Kind: SubjectKind.Question, Contact: { } contact } && customer.Conversations.GetValueOrDefault(new(subject.Id)) is { } conversation
        && conversation.Asked.TryGetValue(contact, out var at) ? at : null;

    /// <summary>The rating that a follow-up is about; none where it is about none.</summary>
    internal static Opinion? RatingOf(Customer customer, FollowUpSubject? subject) =>
        subject is { Kind: SubjectKind.Rating } ? customer.Opinions.GetValueOrDefault(subject.Id) : null;

    /// <summary>The triggers that an opinion comes under.</summary>
    internal static IEnumerable<string> NamesOf(Opinion opinion) => opinion.Kind switch
    {
        OpinionKind.Stars => ["review-posted", RatingGiven],
        OpinionKind.Csat => ["feedback-given", RatingGiven],
        OpinionKind.Nps or OpinionKind.Ces => ["feedback-given"],
        _ => [],
    };

    private static Order? OrderOf(Customer customer, FollowUp followUp) => followUp.Order is { } id ? customer.Orders.GetValueOrDefault(id) : null;

    private static Complaint? ComplaintOf(Customer customer, FollowUpSubject subject) =>
        subject.Kind == SubjectKind.Complaint ? customer.Complaints.GetValueOrDefault(new(subject.Id)) : null;

    // By the latest answer, which is always loaded with a conversation.
    private static DateTimeOffset? AnsweredAt(Customer customer, FollowUpSubject subject) =>
        AskedAt(customer, subject) is { } asked && customer.Conversations[new(subject.Id)].LatestAnswer()?.At is { } answered && answered >= asked ? answered : null;

    private static bool IsFirst(Customer customer, FollowUpSubject subject) =>
        customer.Conversations.GetValueOrDefault(new(subject.Id))?.PendingSince()?.Contact == subject.Contact;

    private static DateTimeOffset Since(Customer customer, FollowUp followUp) =>
        followUp.Subject is null ? OrderOf(customer, followUp)?.PlacedAt ?? followUp.TriggeredAt : TriggeredAt(customer, followUp);

    // Orders of the same instant follow each other by id, so that exactly one of them is the last. What is not about an order comes before every order of its instant.
    private static IEnumerable<Order> LaterOrders(Customer customer, FollowUp followUp)
    {
        var (since, isOfOrder) = (Since(customer, followUp), followUp.Subject is null);
        return from o in customer.Orders
               where (o.Key != followUp.Order || followUp.Subject is { Kind: SubjectKind.Checkout })
                   && (o.Value.PlacedAt > since || (o.Value.PlacedAt == since && (!isOfOrder || (followUp.Order is { } id && o.Key.CompareTo(id) > 0))))
               select o.Value;
    }

    // Other than the one that it is about.
    private static IEnumerable<Complaint> Complaints(Customer customer, FollowUp followUp) =>
        from complaint in customer.Complaints where !(followUp.Subject is { Kind: SubjectKind.Complaint } own && own.Id == complaint.Key.Value) select complaint.Value;

    private static IEnumerable<Opinion> Reviews(Customer customer, FollowUp followUp)
    {
        var since = Since(customer, followUp);
        return from opinion in customer.Opinions
               where opinion.Value.Kind == OpinionKind.Stars && !(followUp.Subject is { Kind: SubjectKind.Rating } own && own.Id == opinion.Key)
                   && (opinion.Value.Order is { } order ? order == followUp.Order : opinion.Value.At >= since)
               select opinion.Value;
    }
}
