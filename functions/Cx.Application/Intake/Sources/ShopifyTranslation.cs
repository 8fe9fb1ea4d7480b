using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>
/// Translates Shopify's payloads. Order ids and customer ids share one name space per shop: two platforms whose numbers could collide must
/// be two shops.
/// </summary>
internal static class ShopifyTranslation
{
    /// <summary>
    /// The order object, the same on every order topic. Each delivery is translated into all the facts that it holds, so that the order of
    /// arrival does not matter, and into what they are in this revision, so that a later one takes back what it no longer says. A test order is none.
    /// </summary>
    /// <param name="raisedAt">Dates a revision that has no date of its own.</param>
    /// <param name="isPaid">
    /// Whether the topic says that the order is paid. The payload has no instant of payment: the earliest revision that was paid dates it,
    /// which is that of <c>orders/paid</c>.
    /// </param>
    public static Translation Order(JsonFields order, DateTimeOffset raisedAt, bool isPaid)
    {
        if (order.Flag("test") is true)
            return new Translation.Nothing();

        var id = new OrderId(order.Require("id", order.Id("id")));
        var placedAt = order.Require("processed_at", order.Instant("processed_at") ?? order.Instant("created_at"));
        var revision = order.Instant("updated_at") ?? raisedAt;
        var customer = order.Child("customer");
        var status = order.Optional("financial_status");
        var cancelledAt = order.Instant("cancelled_at");

        List<ICustomerEvent> facts = [.. ShopifyPeople.Details(customer, order, placedAt)];
        if (status is "voided" or "expired" && cancelledAt is null)
            facts.Add(new OrderNotTaken(id, revision));
        else
            facts.AddRange(Taken(order, id, placedAt, revision, isPaid || status is "paid" or "partially_refunded" or "refunded", cancelledAt));

        if (ShopifyPeople.Contact(id, customer, order, revision) is { IsEmpty: false } contact)
            facts.Add(contact);
        if (ShopifyPeople.CopiedConsent(order, customer, placedAt) is { } consent)
            facts.Add(consent);

        return Translation.Reports.Of([new(IdentifierKind.Order, id.Value), .. ShopifyPeople.IdentifiersOf(order, customer)], facts);
    }

    private static IEnumerable<ICustomerEvent> Taken(
        JsonFields order, OrderId id, DateTimeOffset placedAt, DateTimeOffset revision, bool isPaid, DateTimeOffset? cancelledAt)
    {
        var fulfilments = order.OptionalItems("fulfillments").Where(f => f.Id("id") is not null).DistinctBy(f => f.Id("id")).ToList();
        var refunds = Refunds(order, revision);
        Cancellation? cancelled = cancelledAt is { } at ? new(at, CancelledBy(order.Optional("cancel_reason"))) : null;
        var shipped = fulfilments.ToDictionary(f => f.Id("id")!, f => Dispatched(f, revision), StringComparer.Ordinal);
        return
        [
            new OrderPlaced(id, order.Text("name") ?? order.Id("order_number"), Total(order), Lines(order), PromisedBy: null, revision, placedAt)
            {
                Standing = new()
                {
                    Cancelled = cancelled is null ? [] : [cancelled],
                    Paid = isPaid ? [new(revision)] : [],
                    Shipped = order.Has("fulfillments") ? shipped : null,
                    IsWhollyShipped = IsWhollyShipped(order, shipped.Values.Any(s => s is not null)),
                    Refunded = order.Has("refunds") ? refunds.ToDictionary(r => r.Id, r => (Refund?)r.Refund, StringComparer.Ordinal) : null,
                },
                Traits = Traits(order),
            },
            .. isPaid ? [new OrderPaid(id, revision)] : Array.Empty<ICustomerEvent>(),
            .. from s in shipped where s.Value is not null select new OrderShipped(id, s.Key, s.Value.At) { Revision = revision, Lines = s.Value.Lines },
            .. fulfilments.SelectMany(f => Carried(id, f.Id("id")!, f, f.Instant("updated_at") ?? revision)),
            .. refunds.Select(r => new OrderRefunded(id, r.Id, r.Refund.Amount, r.Refund.Full, r.Refund.At) { Revision = revision, Lines = r.Refund.Lines }),
            .. cancelled is null ? [] : new ICustomerEvent[] { new OrderCancelled(id, cancelled.By, cancelled.At) { Revision = revision } },
        ];
    }

    /// <summary>An order was deleted: nothing but its id is told, and the shop has it no longer.</summary>
    public static Translation Deleted(JsonFields order, DateTimeOffset raisedAt)
    {
        var id = order.Require("id", order.Id("id"));
        return Translation.Reports.Of([new(IdentifierKind.Order, id)], [new OrderNotTaken(new(id), raisedAt)]);
    }

    /// <summary>A checkout; an anonymous one concerns no customer.</summary>
    public static Translation Checkout(JsonFields checkout)
    {
        var customer = checkout.Child("customer");
        var identifiers = ShopifyPeople.IdentifiersOf(checkout, customer);
        if (identifiers.Count == 0)
            return new Translation.Nothing();

        var at = checkout.Require("created_at", checkout.Instant("created_at"));
        var id = checkout.Require("id", checkout.Id("id") ?? checkout.Id("token"));
        return Translation.Reports.Of(identifiers, [.. ShopifyPeople.Details(customer, checkout, at), new CheckoutStarted(id, Order: null, Total(checkout), Lines(checkout), at)]);
    }

    /// <summary>A fulfilment on its own: it holds the order's id and usually its e-mail address.</summary>
    public static Translation Fulfilment(JsonFields fulfilment, DateTimeOffset raisedAt)
    {
        var order = OrderOf(fulfilment);
        var identifiers = new List<RawIdentifier> { new(IdentifierKind.Order, order.Value) };
        if (fulfilment.Text("email") is { } email)
            identifiers.Add(new(IdentifierKind.Email, email));

        var id = fulfilment.Require("id", fulfilment.Id("id"));
        var revision = fulfilment.Instant("updated_at") ?? fulfilment.Instant("created_at") ?? raisedAt;
        List<ICustomerEvent> facts =
        [
            .. Dispatched(fulfilment, revision) is { } dispatch ? [new OrderShipped(order, id, dispatch.At) { Revision = revision, Lines = dispatch.Lines }]
                : IsUndone(fulfilment) ? [new OrderFactTakenBack(order, OrderFact.Shipped, id, revision)]
                : Array.Empty<ICustomerEvent>(),
            .. Carried(order, id, fulfilment, revision),
        ];
        return facts.Count > 0 ? Translation.Reports.Of(identifiers, facts) : new Translation.Nothing();
    }

    /// <summary>A change of a parcel's status, in the same words as the fulfilment's own.</summary>
    public static Translation FulfilmentEvent(JsonFields change, DateTimeOffset raisedAt)
    {
        var order = OrderOf(change);
        var shipment = change.Require("fulfillment_id", change.Id("fulfillment_id"));
        var at = change.Instant("happened_at") ?? change.Instant("created_at") ?? raisedAt;
        var facts = Carried(order, shipment, change.Optional("status"), at).ToList();
        return facts.Count > 0 ? Translation.Reports.Of([new(IdentifierKind.Order, order.Value)], facts) : new Translation.Nothing();
    }

    /// <summary>A refund on its own: it holds only the order's id, and does not say whether the order is refunded in full.</summary>
    public static Translation Refund(JsonFields refund, DateTimeOffset raisedAt)
    {
        var order = OrderOf(refund);
        return Refunded(refund, raisedAt) is var (id, fact)
            ? Translation.Reports.Of([new(IdentifierKind.Order, order.Value)], [new OrderRefunded(order, id, fact.Amount, fact.Full, fact.At) { Lines = fact.Lines }])
            : new Translation.Nothing();
    }

    private static OrderId OrderOf(JsonFields payload) => new(payload.Require("order_id", payload.Id("order_id")));

    /// <summary>
    /// A renewal is an order that a subscription's contract made, by whichever checkout; apps that make them otherwise say so in a tag.
    /// </summary>
    private static OrderTraits? Traits(JsonFields order)
    {
        var channel = order.Optional("source_name") is { } name and not FormerOnlineStore ? name : order.Has("source_name") ? "web" : null;
        var tags = order.Words("tags");
        var isRenewal = channel?.StartsWith("subscription_contract", StringComparison.OrdinalIgnoreCase) is true || tags?.Contains(RenewalTag, StringComparer.OrdinalIgnoreCase) is true;
        return ShopWords.Traits(channel, isRenewal ? true : channel is null ? null : false, tags);
    }

    // The online store's former id.
    internal const string FormerOnlineStore = "580111";

    // Of Recharge.
    private const string RenewalTag = "Subscription Recurring Order";

    private static Money Total(JsonFields order) => order.Total("total_price", "currency", Lines(order));

    private static OrderLine[] Lines(JsonFields order) => Array.ConvertAll(order.Items("line_items"), line => new OrderLine(
        line.Id("product_id") is { } product ? new ProductId(product) : null,
        line.Text("sku"),
        line.Text("title") ?? line.Text("name") ?? "",
        line.Quantity("quantity") ?? 1,
        line.Amount("price") ?? 0,
        Category: line.Text("product_type", 200))
    {
        Line = line.Id("id"),
        Current = line.Quantity("current_quantity"),
        Tags = line.Words("tags") is { } tags ? Labels.Of(tags) : null,
        Kind = line.Flag("gift_card") is true ? LineKind.GiftCard : line.Flag("requires_shipping") is false ? LineKind.Digital : null,
    });

    /// <summary>
    /// Out of stock, suspected fraud and the staff's own reasons are the shop's decision. A declined payment, or no reason, does not say whose
    /// decision it was.
    /// </summary>
    private static Canceller CancelledBy(string? reason) => reason?.ToLowerInvariant() switch
    {
        "customer" => Canceller.Customer,
        null or "declined" => Canceller.Unknown,
        _ => Canceller.Shop,
    };

    /// <summary>That the parcel of a fulfilment left; none while it has not, or when it was cancelled or failed.</summary>
    private static Dispatch? Dispatched(JsonFields fulfilment, DateTimeOffset revision) =>
        fulfilment.Optional("status")?.ToLowerInvariant() is "success" or null
            ? new(fulfilment.Instant("created_at") ?? revision, Quantities(fulfilment.OptionalItems("line_items"), "id"))
            : null;

    /// <summary>What the order says as a whole, else its lines once something has left: a parcel need not say what is in it.</summary>
    private static bool? IsWhollyShipped(JsonFields order, bool hasSomethingLeft)
    {
        var waiting = order.OptionalItems("line_items").Where(l => l.Flag("gift_card") is not true && l.Flag("requires_shipping") is not false).Select(l => l.Quantity("fulfillable_quantity")).ToList();
        return order.Optional("fulfillment_status")?.ToLowerInvariant() switch
        {
            "fulfilled" => true,
            "partial" => false,
            _ when !hasSomethingLeft || waiting.Count == 0 => null,
            _ => waiting.Exists(q => q > 0) ? false : waiting.TrueForAll(q => q is not null) ? true : null,
        };
    }

    private static bool IsUndone(JsonFields fulfilment) => fulfilment.Optional("status")?.ToLowerInvariant() is "cancelled" or "error" or "failure";

    // One that was cancelled has not arrived, though it keeps what the carrier said last.
    private static IEnumerable<ICustomerEvent> Carried(OrderId order, string shipment, JsonFields fulfilment, DateTimeOffset at) =>
        IsUndone(fulfilment) ? [new OrderFactTakenBack(order, OrderFact.Delivered, shipment, at)] : Carried(order, shipment, fulfilment.Optional("shipment_status"), at);

    /// <summary>What the carrier says of a parcel. Labels and confirmations say nothing of where it is.</summary>
    private static IEnumerable<ICustomerEvent> Carried(OrderId order, string shipment, string? status, DateTimeOffset at) => status?.ToLowerInvariant() switch
    {
        "delivered" => [new OrderDelivered(order, shipment, at)],
        "failure" => [new DeliveryFailed(order, shipment, at)],
        "in_transit" or "out_for_delivery" or "attempted_delivery" or "ready_for_pickup" => [new ShipmentInTransit(order, shipment, at)],
        _ => [],
    };

    private static LineQuantity[]? Quantities(IEnumerable<JsonFields> items, string id) =>
        (from item in items
         let line = item.Id(id)
         where line is not null
         group item.Quantity("quantity") ?? 1 by line into quantities
         orderby quantities.Key
         select new LineQuantity(quantities.Key, quantities.Sum())).OrderBy(l => l.Line, StringComparer.Ordinal).ToArray() is { Length: > 0 } lines ? lines : null;

    /// <summary>The refunds inside an order. When the order is refunded in full, or its goods are, the last of them is the one that did it.</summary>
    private static List<(string Id, Refund Refund)> Refunds(JsonFields order, DateTimeOffset raisedAt)
    {
        var refunds = order.OptionalItems("refunds").Where(r => r.Id("id") is not null).DistinctBy(r => r.Id("id")).Select(r => Refunded(r, raisedAt)).OfType<(string Id, Refund Refund)>()
            .OrderBy(r => r.Refund.At).ThenBy(r => r.Id, StringComparer.Ordinal).ToList();
        var isFull = order.Optional("financial_status") is "refunded"
            || (Goods(order) is { } goods && goods > 0 && refunds.TrueForAll(r => r.Refund.Amount is not { } amount || amount.Currency == order.Optional("currency"))
                && refunds.Sum(r => r.Refund.Amount?.Amount ?? 0) >= goods);
        if (refunds.Count > 0 && isFull)
            refunds[^1] = refunds[^1] with { Refund = refunds[^1].Refund with { Full = true } };

        return refunds;
    }

    /// <summary>The price of the goods, without shipping; none where the payload does not say what the shipping cost.</summary>
    private static decimal? Goods(JsonFields order) =>
        order.Amount("total_price") - order.OptionalChild("total_shipping_price_set").OptionalChild("shop_money").Amount("amount");

    /// <summary>The money of the successful transactions, and the lines. One without any of them changes nothing for the customer.</summary>
    private static (string Id, Refund Refund)? Refunded(JsonFields refund, DateTimeOffset raisedAt)
    {
        var parts = (from t in refund.OptionalItems("transactions")
                     where t.Optional("kind") is "refund" && t.Optional("status") is "success"
                     select t.Money("amount", "currency")).OfType<Money>().ToList();
        var lines = Quantities(refund.OptionalItems("refund_line_items"), "line_item_id");
        if (parts.Count == 0 && lines is null)
            return null;

        // Amounts of several currencies have no sum.
        Money? sum = parts.Select(p => p.Currency).Distinct().ToList() is [var currency] ? new(parts.Sum(p => p.Amount), currency) : null;
        var at = refund.Instant("processed_at") ?? refund.Instant("created_at") ?? raisedAt;
        return (refund.Require("id", refund.Id("id")), new(at, sum, Full: false, lines));
    }
}
