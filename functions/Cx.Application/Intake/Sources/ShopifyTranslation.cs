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
    /// arrival does not matter. Test orders are orders.
    /// </summary>
    /// <param name="isPaid">
    /// Whether the topic says that the order is paid. The payload has no instant of payment: the earliest revision that was paid dates it,
    /// which is that of <c>orders/paid</c>.
    /// </param>
    public static Translation Order(JsonFields order, bool isPaid)
    {
        var id = new OrderId(order.Require("id", order.Id("id")));
        var placedAt = order.Require("processed_at", order.Instant("processed_at") ?? order.Instant("created_at"));
        var revision = order.Instant("updated_at") ?? placedAt;
        var customer = order.Child("customer");

        List<ICustomerEvent> facts =
        [
            .. ShopifyPeople.Details(customer, order, placedAt),
            new OrderPlaced(id, order.Text("name") ?? order.Id("order_number"), Total(order), Lines(order), PromisedBy: null, revision, placedAt),
        ];
        if (ShopifyPeople.Contact(id, customer, order, revision) is { IsEmpty: false } contact)
            facts.Add(contact);

        if (isPaid || order.Text("financial_status") is "paid" or "partially_refunded" or "refunded")
            facts.Add(new OrderPaid(id, revision));

        facts.AddRange(order.Items("fulfillments").Select(f => Shipped(id, f)).OfType<OrderShipped>());
        facts.AddRange(Refunds(id, order));
        if (order.Instant("cancelled_at") is { } cancelledAt)
            facts.Add(new OrderCancelled(id, CancelledBy(order.Text("cancel_reason")), cancelledAt));

        if (ShopifyPeople.CopiedConsent(order, customer, placedAt) is { } consent)
            facts.Add(consent);

        return Translation.Reports.Of([new(IdentifierKind.Order, id.Value), .. ShopifyPeople.IdentifiersOf(order, customer)], facts);
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
    public static Translation Fulfilment(JsonFields fulfilment)
    {
        var order = OrderOf(fulfilment);
        var identifiers = new List<RawIdentifier> { new(IdentifierKind.Order, order.Value) };
        if (fulfilment.Text("email") is { } email)
            identifiers.Add(new(IdentifierKind.Email, email));

        return Shipped(order, fulfilment) is { } shipped ? Translation.Reports.Of(identifiers, [shipped]) : new Translation.Nothing();
    }

    /// <summary>A change of a parcel's status. Only "delivered" is a fact: the fulfilment itself says when the parcel was shipped.</summary>
    public static Translation FulfilmentEvent(JsonFields change)
    {
        if (change.Text("status")?.ToLowerInvariant() is not "delivered")
            return new Translation.Nothing();

        var order = OrderOf(change);
        var shipment = change.Require("fulfillment_id", change.Id("fulfillment_id"));
        var at = change.Require("happened_at", change.Instant("happened_at") ?? change.Instant("created_at"));
        return Translation.Reports.Of([new(IdentifierKind.Order, order.Value)], [new OrderDelivered(order, shipment, at)]);
    }

    /// <summary>A refund on its own: it holds only the order's id, and does not say whether the order is refunded in full.</summary>
    public static Translation Refund(JsonFields refund)
    {
        var order = OrderOf(refund);
        return Refunded(order, refund) is { } fact ? Translation.Reports.Of([new(IdentifierKind.Order, order.Value)], [fact]) : new Translation.Nothing();
    }

    private static OrderId OrderOf(JsonFields payload) => new(payload.Require("order_id", payload.Id("order_id")));

    private static Money Total(JsonFields order) => order.Require("total_price", order.Money("total_price", "currency"));

    private static OrderLine[] Lines(JsonFields order) => Array.ConvertAll(order.Items("line_items"), line => new OrderLine(
        line.Id("product_id") is { } product ? new ProductId(product) : null,
        line.Text("sku"),
        line.Text("title") ?? line.Text("name") ?? "",
        (int)line.Require("quantity", line.Integer("quantity", 0, int.MaxValue)),
        line.Require("price", line.Amount("price")),
        Category: null));

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

    /// <summary>The parcel of a fulfilment, under the fulfilment's id; a cancelled or failed one has none.</summary>
    private static OrderShipped? Shipped(OrderId order, JsonFields fulfilment) =>
        fulfilment.Text("status")?.ToLowerInvariant() is "success" or null
        ? new(order, fulfilment.Require("id", fulfilment.Id("id")), fulfilment.Require("created_at", fulfilment.Instant("created_at")))
        : null;

    /// <summary>The refunds inside an order. When the order is refunded in full, the last of them is the one that did it.</summary>
    private static List<OrderRefunded> Refunds(OrderId order, JsonFields payload)
    {
        var refunds = payload.Items("refunds").Select(r => Refunded(order, r)).OfType<OrderRefunded>()
            .OrderBy(r => r.OccurredAt).ThenBy(r => r.Refund, StringComparer.Ordinal).ToList();
        if (refunds.Count > 0 && payload.Text("financial_status") is "refunded")
            refunds[^1] = refunds[^1] with { Full = true };

        return refunds;
    }

    /// <summary>The money of the successful transactions; a refund without any only returns goods to stock.</summary>
    private static OrderRefunded? Refunded(OrderId order, JsonFields refund)
    {
        Money? sum = null;
        foreach (var transaction in refund.Items("transactions"))
        {
            if (transaction.Text("kind") is "refund" && transaction.Text("status") is "success"
                && transaction.Money("amount", "currency") is { } part)
            {
                if (sum is { } other && other.Currency != part.Currency)
                    transaction.Reject("currency", "differs from the refund's other transactions");

                sum = part with { Amount = part.Amount + (sum?.Amount ?? 0) };
            }
        }

        return sum is null ? null : new OrderRefunded(
            order, refund.Require("id", refund.Id("id")), sum, Full: false,
            refund.Require("created_at", refund.Instant("processed_at") ?? refund.Instant("created_at")));
    }
}
