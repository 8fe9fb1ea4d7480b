using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>Shopify's refunds: money that went back, by successful transactions. A refund without any only restocks.</summary>
internal static class ShopifyRefunds
{
    /// <summary>A refund on its own: it names only the order and cannot tell whether anything is left to refund.</summary>
    public static Translation Read(JsonFields refund)
    {
        var order = new OrderId(refund.Require("order_id", refund.Id("order_id")));
        return Fact(order, refund) is { } fact
            ? new Translation.Reports([new Report([new(IdentifierKind.Order, order.Value)], [fact])])
            : new Translation.Nothing();
    }

    /// <summary>The refunds inside an order; when it is refunded as a whole, the last of them ended it.</summary>
    public static void AddAll(List<ICustomerEvent> facts, OrderId order, JsonFields payload)
    {
        var refunds = payload.Items("refunds").Select(r => Fact(order, r)).OfType<OrderRefunded>().OrderBy(r => r.OccurredAt).ThenBy(r => r.Refund, StringComparer.Ordinal).ToList();
        if (refunds.Count > 0 && payload.Text("financial_status") is "refunded")
            refunds[^1] = refunds[^1] with { Full = true };

        facts.AddRange(refunds);
    }

    private static OrderRefunded? Fact(OrderId order, JsonFields refund)
    {
        Money? sum = null;
        foreach (var transaction in refund.Items("transactions"))
        {
            if (transaction.Text("kind") is "refund" && transaction.Text("status") is "success" && transaction.Money("amount", "currency") is { } part)
                sum = sum is { } so ? Sum(transaction, so, part) : part;
        }

        return sum is null ? null : new OrderRefunded(order, refund.Require("id", refund.Id("id")), sum, Full: false, refund.Require("created_at", refund.Instant("processed_at") ?? refund.Instant("created_at")));
    }

    private static Money Sum(JsonFields transaction, Money so, Money part)
    {
        if (so.Currency != part.Currency)
            transaction.Reject("currency", "differs from the refund's other transactions");

        return so with { Amount = so.Amount + part.Amount };
    }
}
