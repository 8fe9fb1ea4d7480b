using System.Collections.Frozen;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>
/// The events a cadence may name, read from the facts rather than from the stream, so that an anchor or exit is known whatever order
/// the facts arrived in.
/// </summary>
public static class SubjectFacts
{
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

    /// <summary>What an order that the customer does not keep may have come to.</summary>
    internal static FrozenSet<string> Losses { get; } = FrozenSet.Create(StringComparer.Ordinal, "order-cancelled", "refund-requested", "order-refunded");

    /// <summary>What a follow-up may be triggered by.</summary>
    public static FrozenSet<string> Triggers { get; } = OfOrder.Keys.Append("complaint-opened").ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What a delay may count from, besides the trigger and the previous step.</summary>
    public static FrozenSet<string> Anchors { get; } = OfOrder.Keys.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What may end a follow-up or a step.</summary>
    public static FrozenSet<string> Exits { get; } = OfOrder.Keys.Concat(["review-posted", "complaint-opened"]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>When an event of an order happened; none while the facts do not say that it did.</summary>
    public static DateTimeOffset? When(string on, Order? order) => order is not null && OfOrder.TryGetValue(on, out var fact) ? fact(order) : null;

    /// <summary>When an event of the follow-up's own order happened.</summary>
    public static DateTimeOffset? When(string on, Customer customer, FollowUp followUp) => When(on, OrderOf(customer, followUp));

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
        { On: "complaint-opened" } => customer.Complaints.Values.Where(c => c.OpenedAt >= followUp.TriggeredAt).Min(c => c.OpenedAt),
        _ => When(exit.On, customer, followUp),
    };

    private static Order? OrderOf(Customer customer, FollowUp followUp) => followUp.Order is { } id ? customer.Orders.GetValueOrDefault(id) : null;

    private static DateTimeOffset PlacedAt(Customer customer, FollowUp followUp) => OrderOf(customer, followUp)?.PlacedAt ?? followUp.TriggeredAt;

    // Orders of the same instant follow each other by id, so that exactly one of them is the last.
    private static IEnumerable<Order> LaterOrders(Customer customer, FollowUp followUp)
    {
        var placedAt = PlacedAt(customer, followUp);
        return from o in customer.Orders
               where o.Key != followUp.Order && (o.Value.PlacedAt > placedAt || (o.Value.PlacedAt == placedAt && followUp.Order is { } id && o.Key.CompareTo(id) > 0))
               select o.Value;
    }

    private static IEnumerable<Opinion> Reviews(Customer customer, FollowUp followUp)
    {
        var placedAt = PlacedAt(customer, followUp);
        return customer.Opinions.Values.Where(o => o.Kind == OpinionKind.Stars && (o.Order is { } order ? order == followUp.Order : o.At >= placedAt));
    }
}
