using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>
/// Shopify's order, the same object on every order topic: each delivery says all it holds, so that no order of arrival loses a fact.
/// Test orders are orders. Order ids and customer ids live in the shop's one name space: two platforms whose numbers could collide are
/// two shops.
/// </summary>
internal static class ShopifyOrders
{
    /// <param name="isPaid">
    /// Whether the topic says so. The payload has no instant of payment: the earliest revision that was paid dates it, which is that of
    /// <c>orders/paid</c>.
    /// </param>
    public static Translation Read(JsonFields order, bool isPaid)
    {
        var id = new OrderId(order.Require("id", order.Id("id")));
        var placedAt = order.Require("processed_at", order.Instant("processed_at") ?? order.Instant("created_at"));
        var revision = order.Instant("updated_at") ?? placedAt;
        var customer = order.Child("customer");

        var facts = new List<ICustomerEvent>
        {
            ShopifyCustomers.Details(customer, order, customer.Has("id") ? revision : placedAt),
            new OrderPlaced(id, order.Text("name") ?? order.Id("order_number"), Total(order), Lines(order), PromisedBy: null, revision, placedAt),
        };
        if (isPaid || order.Text("financial_status") is "paid" or "partially_refunded" or "refunded")
            facts.Add(new OrderPaid(id, revision));

        foreach (var fulfilment in order.Items("fulfillments"))
            ShopifyParcels.AddShipped(facts, id, fulfilment);

        ShopifyRefunds.AddAll(facts, id, order);
        if (order.Instant("cancelled_at") is { } cancelledAt)
            facts.Add(new OrderCancelled(id, CancelledBy(order.Text("cancel_reason")), cancelledAt));

        ShopifyConsents.AddTicked(facts, order, placedAt);
        ShopifyConsents.Add(facts, customer.Child("email_marketing_consent"), undated: null);
        return new Translation.Reports([new Report([new(IdentifierKind.Order, id.Value), .. Who(order, customer)], facts)]);
    }

    /// <summary>A checkout of somebody who has said who they are; an anonymous one is nobody's.</summary>
    public static Translation ReadCheckout(JsonFields checkout)
    {
        var customer = checkout.Child("customer");
        var who = Who(checkout, customer);
        if (who.Count == 0)
            return new Translation.Nothing();

        var at = checkout.Require("created_at", checkout.Instant("created_at"));
        return new Translation.Reports(
        [
            new Report(who,
            [
                ShopifyCustomers.Details(customer, checkout, at),
                new CheckoutStarted(checkout.Require("id", checkout.Id("id") ?? checkout.Id("token")), Order: null, Total(checkout), Lines(checkout), at),
            ]),
        ]);
    }

    private static List<RawIdentifier> Who(JsonFields order, JsonFields customer)
    {
        var identifiers = new List<RawIdentifier>(4);
        ShopifyCustomers.AddIdentifiers(identifiers, customer);
        ShopifyCustomers.Add(identifiers, IdentifierKind.Email, order.Text("email") ?? order.Text("contact_email"));
        ShopifyCustomers.Add(identifiers, IdentifierKind.Phone, order.Text("phone"));
        return identifiers;
    }

    private static Money Total(JsonFields order) => order.Require("total_price", order.Money("total_price", "currency"));

    private static OrderLine[] Lines(JsonFields order) => Array.ConvertAll(order.Items("line_items"), line => new OrderLine(
        line.Id("product_id") is { } product ? new ProductId(product) : null,
        line.Text("sku"),
        line.Text("title") ?? line.Text("name") ?? "",
        (int)line.Require("quantity", line.Integer("quantity", 0, int.MaxValue)),
        line.Require("price", line.Amount("price")),
        Category: null));

    /// <summary>
    /// Out of stock, suspected fraud and the staff's own reasons are the shop's doing as the customer lives it. A declined payment is
    /// nobody's decision, and no reason says nothing.
    /// </summary>
    private static Canceller CancelledBy(string? reason) => reason?.ToLowerInvariant() switch
    {
        "customer" => Canceller.Customer,
        null or "declined" => Canceller.Unknown,
        _ => Canceller.Shop,
    };
}
