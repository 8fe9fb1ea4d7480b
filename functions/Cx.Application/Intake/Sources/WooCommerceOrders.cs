using System.Net;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>
/// WooCommerce's order. Everything that happens to it arrives as <c>order.updated</c>, so the facts are read off its status and dates,
/// all of them each time. Order and customer ids live in the shop's one name space: two platforms whose numbers could collide are two
/// shops.
/// </summary>
internal static class WooCommerceOrders
{
    public static Translation Read(JsonFields order)
    {
        var id = new OrderId(order.Require("id", order.Id("id")));
        var createdAt = order.Require("date_created_gmt", order.UtcInstant("date_created_gmt"));
        var revision = order.UtcInstant("date_modified_gmt") ?? createdAt;
        var paidAt = order.UtcInstant("date_paid_gmt");
        var status = order.Require("status", order.Text("status"));
        var isOrder = IsOrder(status, paidAt is not null);

        var billing = order.Child("billing");
        var customerId = order.Id("customer_id") is { } number and not "0" ? number : null; // 0: a guest
        var who = WooCommerceCustomers.Who(customerId, billing.Text("email"), billing.Text("phone"));
        if (!isOrder && who.Count == 0)
            return new Translation.Nothing(); // a draft of nobody yet

        var total = order.Require("total", order.Money("total", "currency"));
        var lines = Lines(order);
        var facts = new List<ICustomerEvent>
        {
            WooCommerceCustomers.Details(customerId, billing.Text("email"), billing, first: null, last: null, revision),
            isOrder
                ? new OrderPlaced(id, order.Id("number"), total, lines, PromisedBy: null, revision, createdAt)
                : new CheckoutStarted(id.Value, id, total, lines, createdAt),
        };
        if (paidAt is { } paid && isOrder)
            facts.Add(new OrderPaid(id, paid));

        // A date of completion outlives an order that is opened again.
        if (status is "completed" or "refunded" && order.UtcInstant("date_completed_gmt") is { } completed)
            facts.Add(new OrderShipped(id, Shipment: null, completed));

        AddRefunds(facts, id, order, total, revision, isWhole: status is "refunded");

        // Neither who cancelled nor when is said: the shop's staff, the customer, or the clean-up of unpaid orders; the revision that first says so dates it.
        if (status is "cancelled")
            facts.Add(new OrderCancelled(id, Canceller.Unknown, revision));

        return new Translation.Reports([new Report([new(IdentifierKind.Order, id.Value), .. who], facts)]);
    }

    /// <summary>
    /// Whether the shop took the order. Before the payment was chosen and accepted it is a checkout, and so is one that was cancelled
    /// unpaid, unless an earlier state said otherwise; a status that a plug-in added is a step in the handling of an order.
    /// </summary>
    private static bool IsOrder(string status, bool isPaid) => status switch
    {
        "pending" or "failed" or "checkout-draft" or "auto-draft" or "trash" => false,
        "cancelled" => isPaid,
        _ => true,
    };

    private static OrderLine[] Lines(JsonFields order) => Array.ConvertAll(order.Items("line_items"), line => new OrderLine(
        line.Id("product_id") is { } product and not "0" ? new ProductId(product) : null,
        line.Text("sku"),
        Decoded(line, "name"),
        (int)line.Require("quantity", line.Integer("quantity", 0, int.MaxValue)),
        line.Require("price", line.Amount("price")),
        Category: null));

    /// <summary>Titles come as HTML text. Decoding may bring back what JSON was cleared of.</summary>
    private static string Decoded(JsonFields line, string name)
    {
        var title = WebUtility.HtmlDecode(line.Text(name)) ?? "";
        if (title.Contains('\0'))
            line.Reject(name, "holds U+0000");

        return title;
    }

    /// <summary>Refunds come as negative totals without a date: the revision that first holds one dates it. The last one ends an order whose status is refunded.</summary>
    private static void AddRefunds(List<ICustomerEvent> facts, OrderId id, JsonFields order, Money total, DateTimeOffset revision, bool isWhole)
    {
        var refunds = order.Items("refunds");
        for (var i = 0; i < refunds.Length; i++)
        {
            var amount = Math.Abs(refunds[i].Require("total", refunds[i].Amount("total")));
            facts.Add(new OrderRefunded(id, refunds[i].Require("id", refunds[i].Id("id")), total with { Amount = amount }, Full: isWhole && i == refunds.Length - 1, revision));
        }

        if (isWhole && refunds.Length == 0)
            facts.Add(new OrderRefunded(id, "whole", total, Full: true, revision));
    }
}
