using System.Collections.Immutable;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>
/// A later statement of the source names another customer as the buyer of an order; in both streams. The stream that it leaves keeps what was recorded, but
/// the order is that customer's no more; in the other one the facts of the order follow.
/// </summary>
/// <param name="Arrives">Whether this stream is that of the customer who has the order now.</param>
/// <param name="Move">How many times the order has moved, this time included.</param>
/// <param name="Checkouts">The checkouts that led to the order: they go with it.</param>
/// <param name="Received">What was written about the order so far, wherever it was: none of it is sent to the same address again.</param>
/// <param name="OccurredAt">The instant of the statement, by the source's clock.</param>
public sealed record OrderReassigned(
    OrderId Order, CustomerId From, CustomerId To, bool Arrives, int Move, IReadOnlyList<string> Checkouts, IReadOnlyList<ReceivedStep> Received,
    DateTimeOffset OccurredAt) : ICustomerEvent
{
    /// <summary>The keyed hash of the shop customer id that the statement names; none where the shop has not taken the order.</summary>
    public string? Buyer { get; init; }
}

/// <summary>A step of a cadence whose message went to an address, or may have.</summary>
/// <param name="KeyVersion">Of the lookup key.</param>
/// <param name="Address">The keyed hash of the address, hexadecimal.</param>
public sealed record ReceivedStep(string Cadence, string Step, int KeyVersion, string Address);

/// <summary>The move that brought an order to its customer.</summary>
/// <param name="Number">How many times the order has moved, this time included.</param>
/// <param name="Received">What had been written about it before.</param>
public sealed record OrderMove(int Number, IReadOnlyList<ReceivedStep> Received);

/// <summary>Whose an order is.</summary>
public static class OrderReassignment
{
    /// <summary>
    /// The instant of a delivery's statement about an order; none where it states nothing of the order itself. What came before the shop took the order has
    /// no instant.
    /// </summary>
    public static (OrderId Order, DateTimeOffset? At)? Stated(IReadOnlyList<ICustomerEvent> facts)
    {
        var stated = facts.Select(x => x switch
        {
            OrderPlaced placed => (placed.Order, At: (DateTimeOffset?)placed.Revision),
            OrderNotTaken not => (not.Order, At: not.OccurredAt),
            CheckoutStarted { Order: { } order } => (order, At: null),
            _ => ((OrderId Order, DateTimeOffset? At)?)null,
        }).OfType<(OrderId Order, DateTimeOffset? At)>().ToList();
        return stated.DistinctBy(s => s.Order).Count() == 1 ? stated.MaxBy(s => s.At) : null;
    }

    /// <summary>
    /// Whether a statement that names another buyer is the latest about whose the order is. Of statements of one instant the one of the greater buyer is, so
    /// that arrival does not matter.
    /// </summary>
    /// <param name="known">The order as its present owner has it; none where the shop has not taken it.</param>
    /// <param name="at">The instant of the statement; none where the shop has not taken the order.</param>
    public static bool IsLater(Order? known, DateTimeOffset? at, string buyer) =>
        (known?.BuyerStatedAt ?? known?.Revision) is not { } knownAt ? at is not null || known is null
        : at > knownAt || (at == knownAt && string.CompareOrdinal(buyer, known?.Buyer) > 0);

    /// <summary>Whether a fact is about an order alone, so that it goes where the order goes. A contact and what a person wrote are somebody's.</summary>
    public static bool IsOfOrder(ICustomerEvent fact, OrderId? order = null) => OrderOf(fact) is { } of && (order is null || of == order);

    internal static Order Stated(Order order, string? buyer, DateTimeOffset at) =>
        buyer is null || order.BuyerStatedAt > at || (order.BuyerStatedAt == at && string.CompareOrdinal(order.Buyer, buyer) >= 0)
            ? order
            : order with { Buyer = buyer, BuyerStatedAt = at };

    internal static Customer Evolve(Customer customer, OrderReassigned x) => x.Arrives
        ? customer with
        {
            Orders = customer.Orders.SetItem(
                x.Order, Stated((customer.Orders.GetValueOrDefault(x.Order) ?? new()) with { Moved = new(x.Move, x.Received) }, x.Buyer, x.OccurredAt)),
        }
        : Without(customer, x);

    private static Customer Without(Customer customer, OrderReassigned x)
    {
        var taken = customer.OrdersTaken - (customer.Orders.GetValueOrDefault(x.Order)?.FirstPlacedAt is null ? 0 : 1);
        var isBuyerByOrders = customer.Relation == Relation.Buyer && !customer.Details.LearnedAt.ContainsKey("relation");
        return customer with
        {
            OrdersTaken = taken,
            Relation = isBuyerByOrders && taken == 0 ? Relation.Prospect : customer.Relation,
            Orders = customer.Orders.Remove(x.Order),
            Purchases = Silence.PurchaseSilence.Purchases(customer with { OrdersTaken = taken }, customer.Orders.GetValueOrDefault(x.Order), after: null),
            Checkouts = customer.Checkouts.RemoveRange(x.Checkouts),
        };
    }

    private static OrderId? OrderOf(ICustomerEvent fact) => fact switch
    {
        CheckoutStarted x => x.Order,
        OrderContactGiven or OrderReassigned => null,
        _ => StateQuery.OrdersOf(StateQuery.KeysOf(fact)).Cast<OrderId?>().FirstOrDefault(),
    };
}
