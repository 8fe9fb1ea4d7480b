using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Customers;

/// <summary>When an order is shipped, delivered and refunded, by its lines and parcels as last stated.</summary>
public class OrderTests
{
    private static readonly OrderId Id = new("1");

    private static readonly DateTimeOffset Day0 = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly OrderLine[] Two = [Line("1", 1), Line("2", 1)];

    [Fact]
    public void An_order_is_shipped_and_delivered_with_the_last_of_its_lines()
    {
        var one = Told(Placed(Two), Shipped("a", 1, new LineQuantity("1", 1)), Delivered("a", 3));
        Assert.Equal((null, null), (one.ShippedAt(), one.DeliveredAt()));

        var both = Told(one, Shipped("b", 5, new LineQuantity("2", 1)));
        Assert.Equal((Day(5), null), (both.ShippedAt(), both.DeliveredAt()));
        Assert.Equal(Day(8), Told(both, Delivered("b", 8)).DeliveredAt());
    }

    [Fact]
    public void Half_of_a_quantity_is_not_the_line() =>
        Assert.Null(Told(Placed([Line("1", 2)]), Shipped("a", 1, new LineQuantity("1", 1)), Delivered("a", 2)).DeliveredAt());

    [Theory]
    [InlineData(LineKind.Digital)]
    [InlineData(LineKind.GiftCard)]
    public void What_needs_no_parcel_is_not_waited_for(LineKind kind)
    {
        var order = Told(Placed([Line("1", 1), Line("2", 1) with { Kind = kind }]), Shipped("a", 1, new LineQuantity("1", 1)), Delivered("a", 3));
        Assert.Equal((Day(1), Day(3)), (order.ShippedAt(), order.DeliveredAt()));
    }

    [Fact]
    public void What_was_removed_or_came_back_is_not_waited_for()
    {
        var sent = Told(Placed(Two), Shipped("a", 1, new LineQuantity("1", 1)), Delivered("a", 3));

        Assert.Equal(Day(3), Told(sent, new OrderRevised(Id, new(30, "EUR"), [Line("1", 1), Line("2", 1) with { Current = 0 }], Day(4), Day(4))).DeliveredAt());
        Assert.Equal(Day(3), Told(sent, Returned("r", 4, new LineQuantity("2", 1))).DeliveredAt());
    }

    [Fact]
    public void A_parcel_that_does_not_say_what_is_in_it_brings_all_until_another_follows()
    {
        var one = Told(Placed(Two), Shipped("a", 1), Delivered("a", 3));
        Assert.Equal((Day(1), Day(3)), (one.ShippedAt(), one.DeliveredAt()));

        var two = Told(one, Shipped("b", 13));
        Assert.Equal((Day(13), null), (two.ShippedAt(), two.DeliveredAt()));
    }

    [Fact]
    public void A_parcel_that_was_cancelled_or_given_up_has_not_left_until_it_is_replaced_or_arrives()
    {
        var sent = Told(Placed(Two), Shipped("a", 1));
        var cancelled = Told(sent, new OrderFactTakenBack(Id, OrderFact.Shipped, "a", Day(2)));
        var lost = Told(sent, new DeliveryFailed(Id, "a", Day(2)));

        Assert.Equal((null, null), (cancelled.ShippedAt(), lost.ShippedAt()));
        Assert.Equal(Day(9), Told(cancelled, Shipped("b", 6), Delivered("b", 9)).DeliveredAt());
        Assert.Equal(Day(9), Told(lost, Delivered("a", 9)).DeliveredAt());
        Assert.Equal(Day(1), Told(lost, new ShipmentInTransit(Id, "a", Day(3))).ShippedAt());
        Assert.Null(Told(sent, Delivered("a", 2), new ShipmentInTransit(Id, "a", Day(3))).DeliveredAt());
    }

    [Fact]
    public void A_lost_parcel_is_waited_for_until_another_leaves()
    {
        var lost = Told(Placed(Two), Shipped("a", 1), Shipped("b", 2), Delivered("a", 3), new DeliveryFailed(Id, "b", Day(4)));
        Assert.Equal((null, null), (lost.ShippedAt(), lost.DeliveredAt()));
        Assert.Equal((Day(5), Day(7)), (Told(lost, Shipped("c", 5)).ShippedAt(), Told(lost, Shipped("c", 5), Delivered("c", 7)).DeliveredAt()));
        Assert.Equal(Day(3), Told(lost, new OrderFactTakenBack(Id, OrderFact.Shipped, "b", Day(5))).DeliveredAt());
    }

    [Fact]
    public void An_order_that_is_shipped_in_part_waits_for_the_next_parcel_though_none_says_what_is_in_it()
    {
        var part = Told(Placed(Two), Shipped("a", 1), Delivered("a", 3), Whole(2, false));
        Assert.Equal((null, null), (part.ShippedAt(), part.DeliveredAt()));
        Assert.Equal((Day(5), Day(8)), (Told(part, Shipped("b", 5)).ShippedAt(), Told(part, Shipped("b", 5), Delivered("b", 8)).DeliveredAt()));
        Assert.Equal(Day(3), Told(part, Whole(4, true)).DeliveredAt());
        Assert.Equal(Day(3), Told(Placed(Two), Whole(4, true), Whole(2, false), Delivered("a", 3), Shipped("a", 1)).DeliveredAt());

        static OrderPlaced Whole(int day, bool whole) => Placed(Two) with { Revision = Day(day), Standing = new() { IsWhollyShipped = whole } };
    }

    [Fact]
    public void All_goods_returned_is_a_full_refund_whatever_became_of_the_shipping_fee()
    {
        var one = Told(Placed(Two), Returned("r1", 5, new LineQuantity("1", 1)));
        Assert.Null(one.RefundedAt());
        Assert.Equal(Day(8), Told(one, Returned("r2", 8, new LineQuantity("2", 1))).RefundedAt());
        Assert.Null(Told(one, Returned("r2", 8, new LineQuantity("2", 1)), new OrderRevised(Id, new(30, "EUR"), [.. Two, Line("3", 1)], Day(9), Day(9))).RefundedAt());
    }

    [Fact]
    public void A_later_revision_takes_back_what_it_no_longer_states()
    {
        var stated = Told(Revision(1, cancelled: true, paid: true, shipped: true, refunded: true));
        Assert.True(stated is { CancelledAt: not null, PaidAt: not null } && stated.ShippedAt() is not null && stated.RefundedAt() is not null);

        var taken = Told(stated, Revision(2));
        Assert.True(taken is { CancelledAt: null, PaidAt: null } && taken.ShippedAt() is null && taken.RefundedAt() is null);
        Assert.Equal(taken, Told(taken, Revision(1, cancelled: true, paid: true, shipped: true, refunded: true)));
        Assert.NotNull(Told(taken, new OrderCancelled(Id, Canceller.Shop, Day(3))).CancelledAt);
    }

    [Fact]
    public void An_order_exists_while_the_shop_has_it()
    {
        var failed = Told(Placed(Two), new OrderNotTaken(Id, Day(1)));
        Assert.Null(failed.PlacedAt);
        Assert.Equal(Day0, Told(failed, Revision(2)).PlacedAt);
        Assert.Null(Told(new Order(), new OrderNotTaken(Id, Day(1)), Placed(Two)).PlacedAt);
    }

    private static Order Told(params IOrderEvent[] events) => Told(new Order(), events);

    private static Order Told(Order order, params IOrderEvent[] events) => events.Aggregate(order, OrderFold.Evolve);

    private static OrderLine Line(string id, decimal quantity) => new(new($"p-{id}"), null, id, quantity, 30, null) { Line = id };

    private static OrderPlaced Placed(IReadOnlyList<OrderLine> lines) => new(Id, "1", new(60, "EUR"), lines, null, Day0, Day0);

    private static OrderShipped Shipped(string parcel, int day, params LineQuantity[] lines) => new(Id, parcel, Day(day)) { Lines = lines.Length == 0 ? null : lines };

    private static OrderDelivered Delivered(string parcel, int day) => new(Id, parcel, Day(day));

    private static OrderRefunded Returned(string refund, int day, params LineQuantity[] lines) => new(Id, refund, null, Full: false, Day(day)) { Lines = lines };

    private static OrderPlaced Revision(int day, bool cancelled = false, bool paid = false, bool shipped = false, bool refunded = false) => Placed(Two) with
    {
        Revision = Day(day),
        Standing = new()
        {
            Cancelled = cancelled ? [new(Day(day), Canceller.Shop)] : [],
            Paid = paid ? [new(Day(day))] : [],
            Shipped = new Dictionary<string, Dispatch?> { [""] = shipped ? new(Day(day), null) : null },
            Refunded = refunded ? new Dictionary<string, Refund?> { ["r"] = new(Day(day), null, Full: true) } : new Dictionary<string, Refund?>(),
        },
    };

    private static DateTimeOffset Day(int day) => Day0.AddDays(day);
}
