using System.Globalization;
using System.Text.Json;

namespace Cx.Standalone.Demo;

/// <summary>What WooCommerce posts about an order: the whole order each time, in the shape of its REST API.</summary>
internal static class WooCommercePayloads
{
    /// <summary>All webhooks of one order, each at the instant WooCommerce sends it. It knows no delivery: the carrier tells that.</summary>
    public static IEnumerable<(DateTimeOffset At, Posting Posting)> Of(Purchase p)
    {
        yield return Order(p, "order.created", p.PaidAt, "processing");
        if (p.ShippedAt is { } shipped)
        {
            yield return Order(p, "order.updated", shipped, "completed");
        }

        if (p.CancelledAt is { } cancelled)
        {
            yield return Order(p, "order.updated", cancelled, "cancelled");
        }

        if (p.RefundedAt is { } refunded)
        {
            yield return Order(p, "order.updated", refunded, "refunded");
        }
    }

    private static (DateTimeOffset, Posting) Order(Purchase p, string topic, DateTimeOffset at, string status) =>
        (at, new(Door.WooCommerce, $"{p.Id}-{status}", topic, JsonSerializer.Serialize(new
        {
            id = p.Id,
            number = p.Id.ToString(CultureInfo.InvariantCulture),
            status,
            currency = "EUR",
            total = Text(p.Total),
            customer_id = p.Buyer.ShopCustomerId,
            date_created_gmt = Text(p.PlacedAt),
            date_modified_gmt = Text(at),
            date_paid_gmt = Text(p.PaidAt),
            date_completed_gmt = at >= p.ShippedAt ? Text(p.ShippedAt.Value) : null,
            billing = new { first_name = p.Buyer.First, last_name = p.Buyer.Last, email = p.Buyer.Email, phone = p.Buyer.Phone ?? "", country = p.Buyer.Country },
            line_items = p.Lines.Select((l, i) => new { id = i + 1, product_id = l.Article.Number, sku = l.Article.Sku, name = l.Article.Title, quantity = l.Quantity, price = l.Article.Price }),
            refunds = status is "refunded" ? [new { id = 90_000 + p.Number, total = "-" + Text(p.Total) }] : Array.Empty<object>(),
        })));

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Text(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);
}
