namespace Cx.Domain.Touchpoints;

/// <summary>An amount in one currency.</summary>
/// <param name="Currency">ISO 4217, three upper-case letters.</param>
public readonly record struct Money(decimal Amount, string Currency);

/// <summary>One line of an order. Titles are the catalogue's words, not personal.</summary>
public sealed record OrderLine(ProductId? Product, string? Sku, string Title, int Quantity, decimal Price, string? Category);

/// <summary>Who cancelled an order; decides how bad it is.</summary>
public enum Canceller { Customer, Shop, Unknown }

/// <summary>The shop took an order.</summary>
/// <param name="Revision">The source's instant of this state of the order; the latest state wins.</param>
/// <param name="PromisedBy">The last day promised for delivery, in the shop's zone.</param>
public sealed record OrderPlaced(OrderId Order, string? Number, Money Total, IReadOnlyList<OrderLine> Lines, DateOnly? PromisedBy, DateTimeOffset Revision, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The content of a known order changed.</summary>
public sealed record OrderRevised(OrderId Order, Money Total, IReadOnlyList<OrderLine> Lines, DateTimeOffset Revision, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>An order was paid in full.</summary>
public sealed record OrderPaid(OrderId Order, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>A parcel of an order left, or, without a shipment, the whole order did.</summary>
public sealed record OrderShipped(OrderId Order, string? Shipment, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>A parcel of an order arrived, or, without a shipment, the whole order did.</summary>
public sealed record OrderDelivered(OrderId Order, string? Shipment, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>An order will not be fulfilled.</summary>
public sealed record OrderCancelled(OrderId Order, Canceller By, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The customer asked for money back.</summary>
public sealed record RefundRequested(OrderId Order, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>Money went back to the customer.</summary>
/// <param name="Refund">The source's id of the refund; the same refund told twice counts once.</param>
/// <param name="Full">Whether it ends the order, as far as the source says.</param>
public sealed record OrderRefunded(OrderId Order, string Refund, Money? Amount, bool Full, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>A customer began a checkout, which an order may or may not follow.</summary>
public sealed record CheckoutStarted(string Checkout, OrderId? Order, Money? Total, IReadOnlyList<OrderLine> Lines, DateTimeOffset OccurredAt) : ICustomerEvent;
