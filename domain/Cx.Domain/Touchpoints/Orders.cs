using System.Text.Json.Serialization;
using Cx.Domain.Privacy;

namespace Cx.Domain.Touchpoints;

/// <summary>An amount in one currency.</summary>
/// <param name="Currency">ISO 4217, three upper-case letters.</param>
public readonly record struct Money(decimal Amount, string Currency);

/// <summary>What a line is, where that is no parcel's content.</summary>
public enum LineKind { Digital, GiftCard }

/// <summary>One line of an order. Titles are the catalogue's words, not personal.</summary>
/// <param name="Quantity">As ordered; goods by weight have fractions.</param>
public sealed record OrderLine(ProductId? Product, string? Sku, string Title, decimal Quantity, decimal Price, string? Category)
{
    /// <summary>The source's id of the line, by which parcels and refunds name it.</summary>
    public string? Line { get; init; }

    /// <summary>What is left of the quantity after edits and returns, as the source states it; none where it does not.</summary>
    public decimal? Current { get; init; }

    /// <summary>None: goods that a parcel brings.</summary>
    public LineKind? Kind { get; init; }

    /// <summary>The product's tags: the shop's words, in the clear; none: not said.</summary>
    public Labels? Tags { get; init; }

    /// <summary>The collections that the product is in; none: not said.</summary>
    public Labels? Collections { get; init; }
}

/// <summary>So much of one line of an order.</summary>
/// <param name="Line">The source's id of the line.</param>
public readonly record struct LineQuantity(string Line, decimal Quantity);

/// <summary>Who cancelled an order; the score depends on it.</summary>
public enum Canceller { Customer, Shop, Unknown }

/// <summary>Something about an order that the shop took, or may take.</summary>
public interface IOrderEvent : ICustomerEvent
{
    OrderId Order { get; }
}

/// <summary>The shop took an order.</summary>
/// <param name="Revision">The source's instant of this state of the order; the latest state wins.</param>
/// <param name="PromisedBy">The last day promised for delivery, in the shop's zone.</param>
public sealed record OrderPlaced(
    OrderId Order, string? Number, Money Total, IReadOnlyList<OrderLine> Lines, DateOnly? PromisedBy, DateTimeOffset Revision,
    DateTimeOffset OccurredAt) : IOrderEvent
{
    /// <summary>What this state of the order says besides; none where the source states each fact on its own.</summary>
    public OrderStanding? Standing { get; init; }

    /// <summary>The keyed hash of the shop customer id that this state of the order names; none where it names none.</summary>
    public string? Buyer { get; init; }

    /// <summary>Whether it was recorded so long after the shop took it that it is history, which starts nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsHistory { get; init; }

    /// <summary>What this state of the order says besides its content; none where it says nothing.</summary>
    public OrderTraits? Traits { get; init; }

    public ICustomerEvent Sealed(Seal seal) => Traits is null ? this : this with { Traits = Traits.Sealed(seal) };
}

/// <summary>The content of a known order changed.</summary>
public sealed record OrderRevised(
    OrderId Order, Money Total, IReadOnlyList<OrderLine> Lines, DateTimeOffset Revision, DateTimeOffset OccurredAt) : IOrderEvent
{
    /// <inheritdoc cref="OrderPlaced.Standing"/>
    public OrderStanding? Standing { get; init; }

    /// <inheritdoc cref="OrderPlaced.Buyer"/>
    public string? Buyer { get; init; }

    /// <inheritdoc cref="OrderPlaced.Traits"/>
    public OrderTraits? Traits { get; init; }

    public ICustomerEvent Sealed(Seal seal) => Traits is null ? this : this with { Traits = Traits.Sealed(seal) };
}

/// <summary>The source states that the shop has not taken the order, or no longer: it awaits a payment, or that failed, or it is a draft.</summary>
/// <param name="OccurredAt">The revision of the order that says so.</param>
public sealed record OrderNotTaken(OrderId Order, DateTimeOffset OccurredAt) : IOrderEvent;

/// <summary>
/// What one revision of an order says of the facts that a later one may take back. Nothing is said of what is null; where there is an empty list or map, or null
/// under an id, the fact does not hold.
/// </summary>
public sealed record OrderStanding
{
    /// <summary>At most one.</summary>
    public IReadOnlyList<Cancellation>? Cancelled { get; init; }

    /// <summary>At most one.</summary>
    public IReadOnlyList<Occurrence>? Paid { get; init; }

    /// <summary>The parcels that left, by the source's id; the empty id is the whole order.</summary>
    public IReadOnlyDictionary<string, Dispatch?>? Shipped { get; init; }

    /// <summary>Whether everything that is to be shipped has left, or only a part of it; null where the source does not say, or nothing has left.</summary>
    public bool? IsWhollyShipped { get; init; }

    /// <summary>The refunds, by the source's id.</summary>
    public IReadOnlyDictionary<string, Refund?>? Refunded { get; init; }
}

/// <summary>An order was paid in full.</summary>
public sealed record OrderPaid(OrderId Order, DateTimeOffset OccurredAt) : IOrderEvent
{
    /// <summary>The source's instant of the statement, by which a later one may take the fact back; none: when the fact occurred.</summary>
    public DateTimeOffset? Revision { get; init; }
}

/// <summary>A parcel of an order left, or, without a shipment, the whole order did.</summary>
public sealed record OrderShipped(OrderId Order, string? Shipment, DateTimeOffset OccurredAt) : IOrderEvent
{
    /// <inheritdoc cref="OrderPaid.Revision"/>
    public DateTimeOffset? Revision { get; init; }

    /// <summary>What is in the parcel; none: not said.</summary>
    public IReadOnlyList<LineQuantity>? Lines { get; init; }
}

/// <summary>A parcel of an order arrived, or, without a shipment, the whole order did.</summary>
public sealed record OrderDelivered(OrderId Order, string? Shipment, DateTimeOffset OccurredAt) : IOrderEvent
{
    /// <inheritdoc cref="OrderPaid.Revision"/>
    public DateTimeOffset? Revision { get; init; }
}

/// <summary>The carrier has a parcel, or has it again: it has neither arrived nor been given up.</summary>
public sealed record ShipmentInTransit(OrderId Order, string? Shipment, DateTimeOffset OccurredAt) : IOrderEvent;

/// <summary>The carrier gave a parcel up.</summary>
public sealed record DeliveryFailed(OrderId Order, string? Shipment, DateTimeOffset OccurredAt) : IOrderEvent;

/// <summary>An order will not be fulfilled.</summary>
public sealed record OrderCancelled(OrderId Order, Canceller By, DateTimeOffset OccurredAt) : IOrderEvent
{
    /// <inheritdoc cref="OrderPaid.Revision"/>
    public DateTimeOffset? Revision { get; init; }
}

/// <summary>The customer asked for money back.</summary>
public sealed record RefundRequested(OrderId Order, DateTimeOffset OccurredAt) : IOrderEvent;

/// <summary>Money, or credit, went back to the customer, usually for goods that came back.</summary>
/// <param name="Refund">The source's id of the refund; the same refund reported twice counts once.</param>
/// <param name="Full">Whether it ends the order, as far as the source says.</param>
public sealed record OrderRefunded(OrderId Order, string Refund, Money? Amount, bool Full, DateTimeOffset OccurredAt) : IOrderEvent
{
    /// <inheritdoc cref="OrderPaid.Revision"/>
    public DateTimeOffset? Revision { get; init; }

    /// <summary>What is refunded; none: not said.</summary>
    public IReadOnlyList<LineQuantity>? Lines { get; init; }
}

/// <summary>A fact of an order that may be taken back.</summary>
public enum OrderFact
{
    Paid, Cancelled, Refunded,

    /// <summary>Of one parcel.</summary>
    Shipped,

    /// <summary>Of one parcel.</summary>
    Delivered,

    /// <summary>That the order is not taken.</summary>
    NotTaken,
}

/// <summary>A fact of an order does not hold, or no longer, as the source states it.</summary>
/// <param name="Item">The shipment or the refund; none: the whole order.</param>
/// <param name="OccurredAt">The instant of the statement, by the source's clock.</param>
public sealed record OrderFactTakenBack(OrderId Order, OrderFact Fact, string? Item, DateTimeOffset OccurredAt) : IOrderEvent;

