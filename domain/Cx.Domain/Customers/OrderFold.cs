using System.Collections.Immutable;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>The part of the customer's fold that one order makes. Of each fact the latest statement wins, whenever it arrives.</summary>
public static class OrderFold
{
    public static Order Evolve(Order o, IOrderEvent e) => e switch
    {
        OrderPlaced x => Stated(PlacedAs(LatestContent(o, x.Total, x.Lines, x.Revision), x), x.Standing, x.Traits, x.Buyer, x.Revision),
        OrderRevised x => Stated(LatestContent(o, x.Total, x.Lines, x.Revision), x.Standing, x.Traits, x.Buyer, x.Revision),
        OrderNotTaken x => o.NotTakenAt >= x.OccurredAt ? o : o with { NotTakenAt = x.OccurredAt },
        OrderContactGiven x => o with { Contact = OrderContact.Latest(o.Contact, x) },
        OrderPaid x => o with { Paid = o.Paid.Affirmed(x.Revision ?? x.OccurredAt, new(x.OccurredAt)) },
        OrderShipped x => o.WithParcel(x.Shipment, p => p with { Shipped = p.Shipped.Affirmed(x.Revision ?? x.OccurredAt, new(x.OccurredAt, x.Lines)) }),
        OrderDelivered x => o.WithParcel(x.Shipment, p => p with
        {
            Delivered = p.Delivered.Affirmed(x.Revision ?? x.OccurredAt, new(x.OccurredAt)),
            Failed = p.Failed.Denied(x.Revision ?? x.OccurredAt),
        }),
        ShipmentInTransit x => o.WithParcel(x.Shipment, p => p with { Delivered = p.Delivered.Denied(x.OccurredAt), Failed = p.Failed.Denied(x.OccurredAt) }),
        DeliveryFailed x => o.WithParcel(x.Shipment, p => p with { Delivered = p.Delivered.Denied(x.OccurredAt), Failed = p.Failed.Affirmed(x.OccurredAt, new(x.OccurredAt)) }),
        OrderCancelled x => o with { Cancelled = o.Cancelled.Affirmed(x.Revision ?? x.OccurredAt, new(x.OccurredAt, x.By)) },
        RefundRequested x => o.RefundRequestedAt <= x.OccurredAt ? o : o with { RefundRequestedAt = x.OccurredAt },
        OrderRefunded x => o.WithRefund(x.Refund, r => r.Affirmed(x.Revision ?? x.OccurredAt, new(x.OccurredAt, x.Amount, x.Full, x.Lines))),
        OrderFactTakenBack x => TakenBack(o, x),
        _ => throw new UnknownEventException(e),
    };

    /// <summary>The order as placed, its content apart: the earliest instant and promise, and its number.</summary>
    internal static Order PlacedAs(Order o, OrderPlaced x) => o with
    {
        Number = x.Number is null || string.CompareOrdinal(o.Number, x.Number) > 0 ? o.Number : x.Number,
        FirstPlacedAt = o.FirstPlacedAt <= x.OccurredAt ? o.FirstPlacedAt : x.OccurredAt,
        PromisedBy = o.PromisedBy is { } known && !(x.PromisedBy < known) ? known : x.PromisedBy,
        IsHistory = o.IsHistory || x.IsHistory,
    };

    /// <summary>What an event states of an order, as the order has it: two that are equal mean that the event changed nothing.</summary>
    internal static object? FactOf(Order? o, IOrderEvent e) => e switch
    {
        OrderPaid => o?.Paid.Value,
        OrderCancelled => o?.Cancelled.Value,
        OrderShipped x => o?.Parcels.GetValueOrDefault(x.Shipment ?? "")?.Shipped.Value,
        OrderRefunded x => o?.Refunds.GetValueOrDefault(x.Refund)?.Value,
        _ => null,
    };

    /// <summary>The facts that held and hold no more, and the instant of the statement that says so.</summary>
    internal static IEnumerable<(OrderFact Fact, string? Item, DateTimeOffset At)> TakenBack(Order before, Order after)
    {
        (OrderFact Fact, string Item, bool Held, bool Holds, DateTimeOffset? At)[] facts =
        [
            (OrderFact.Paid, "", before.Paid.Value is not null, after.Paid.Value is not null, after.Paid.DeniedAt),
            (OrderFact.Cancelled, "", before.Cancelled.Value is not null, after.Cancelled.Value is not null, after.Cancelled.DeniedAt),
            (OrderFact.NotTaken, "", before.NotTakenAt is not null && !before.IsTaken, !after.IsTaken, after.Revision),
            .. from p in before.Parcels let now = after.Parcels[p.Key].Shipped select (OrderFact.Shipped, p.Key, p.Value.ShippedAt is not null, now.Value is not null, now.DeniedAt),
            .. from r in before.Refunds let now = after.Refunds[r.Key] select (OrderFact.Refunded, r.Key, r.Value.Value is not null, now.Value is not null, now.DeniedAt),
        ];
        return from f in facts where f.Held && !f.Holds select (f.Fact, ItemOf(f.Item), f.At!.Value);
    }

    private static string? ItemOf(string key) => key.Length == 0 ? null : key;

    private static Order TakenBack(Order o, OrderFactTakenBack x) => x.Fact switch
    {
        OrderFact.Paid => o with { Paid = o.Paid.Denied(x.OccurredAt) },
        OrderFact.Cancelled => o with { Cancelled = o.Cancelled.Denied(x.OccurredAt) },
        OrderFact.Refunded => o.WithRefund(x.Item ?? "", r => r.Denied(x.OccurredAt)),
        OrderFact.Shipped => o.WithParcel(x.Item, p => p with { Shipped = p.Shipped.Denied(x.OccurredAt) }),
        OrderFact.Delivered => o.WithParcel(x.Item, p => p with { Delivered = p.Delivered.Denied(x.OccurredAt) }),
        _ => o, // that it is taken is stated by the revision that says so
    };

    private static Order Stated(Order o, OrderStanding? standing, OrderTraits? traits, string? buyer, DateTimeOffset at)
    {
        o = OrderReassignment.Stated(o, buyer, at);
        if (traits is not null && (o.Traits is null || Compare(traits, at, o) > 0))
            o = o with { Traits = traits, TraitsStatedAt = at };

        if (standing is null)
            return o;

        if (standing.Cancelled is { } cancelled)
            o = o with { Cancelled = o.Cancelled.Stated(at, cancelled.Count > 0 ? cancelled[0] : null) };
        if (standing.Paid is { } paid)
            o = o with { Paid = o.Paid.Stated(at, paid.Count > 0 ? paid[0] : null) };
        if (standing.Shipped is { } shipped)
        {
            foreach (var id in Keys(o.Parcels.Where(p => p.Value.Shipped.IsListed).Select(p => p.Key), shipped.Keys))
                o = o.WithParcel(id, p => p with { Shipped = Listed(p.Shipped, o.ParcelsListedAt).Stated(at, shipped.GetValueOrDefault(id)) });
            o = o with { ParcelsListedAt = Later(o.ParcelsListedAt, at) };
        }

        o = standing.IsWhollyShipped switch
        {
            true => o with { WhollyShippedAt = Later(o.WhollyShippedAt, at) },
            false => o with { PartlyShippedAt = Later(o.PartlyShippedAt, at) },
            null => o,
        };
        if (standing.Refunded is { } refunded)
        {
            foreach (var id in Keys(o.Refunds.Where(r => r.Value.IsListed).Select(r => r.Key), refunded.Keys))
                o = o.WithRefund(id, r => Listed(r, o.RefundsListedAt).Stated(at, refunded.GetValueOrDefault(id)));
            o = o with { RefundsListedAt = Later(o.RefundsListedAt, at) };
        }

        return o;
    }

    private static List<string> Keys(IEnumerable<string> listed, IEnumerable<string> stated) => listed.Union(stated).ToList();

    // All full statements before the first that names an item left it out.
    private static StatedFact<T> Listed<T>(StatedFact<T> fact, DateTimeOffset? listedAt) where T : class, IFactValue<T> =>
        fact.IsListed ? fact : fact.Denied(listedAt) with { IsListed = true };

    private static Order WithParcel(this Order o, string? shipment, Func<Parcel, Parcel> change)
    {
        var id = shipment ?? "";
        var known = o.Parcels.GetValueOrDefault(id);
        return o with { Parcels = o.Parcels.SetItem(id, change(known ?? Parcel.Unknown)) };
    }

    private static Order WithRefund(this Order o, string refund, Func<StatedFact<Refund>, StatedFact<Refund>> change) =>
        o with { Refunds = o.Refunds.SetItem(refund, change(o.Refunds.GetValueOrDefault(refund) ?? new StatedFact<Refund>())) };

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

    private static int Compare(OrderTraits stated, DateTimeOffset at, Order known) =>
        Nullable.Compare(at, known.TraitsStatedAt) is var order and not 0 ? order : stated.CompareContent(known.Traits!);

    private static int Compare(OrderLine a, OrderLine b)
    {
        var order = (a.Quantity, a.Price).CompareTo((b.Quantity, b.Price));
        order = order != 0 ? order : Nullable.Compare(b.Current, a.Current);
        order = order != 0 ? order : Nullable.Compare(a.Kind, b.Kind);
        ReadOnlySpan<(string? A, string? B)> texts =
        [
            (a.Product?.Value, b.Product?.Value), (a.Sku, b.Sku), (a.Title, b.Title), (a.Category, b.Category), (a.Line, b.Line),
            (a.Tags?.ToString(), b.Tags?.ToString()), (a.Collections?.ToString(), b.Collections?.ToString()),
        ];
        for (var i = 0; order == 0 && i < texts.Length; i++)
        {
            order = string.CompareOrdinal(texts[i].A, texts[i].B);
        }

        return order;
    }

    private static DateTimeOffset Later(DateTimeOffset? known, DateTimeOffset stated) => known >= stated ? known.Value : stated;
}
