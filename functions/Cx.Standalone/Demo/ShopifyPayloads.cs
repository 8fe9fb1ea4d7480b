using System.Globalization;
using System.Text.Json;

namespace Cx.Standalone.Demo;

/// <summary>What Shopify posts about an order, in the shape of its Admin API.</summary>
internal static class ShopifyPayloads
{
    /// <summary>All webhooks of one order, each at the instant Shopify sends it.</summary>
    public static IEnumerable<(DateTimeOffset At, Posting Posting)> Of(Purchase p)
    {
        yield return Order(p, "orders/create", p.PlacedAt);
        yield return Order(p, "orders/paid", p.PaidAt);
        if (p.ShippedAt is { } shipped)
        {
            yield return (shipped, Of(p, "fulfillments/create", shipped, Fulfilment(p, shipped)));
            yield return (shipped.AddHours(4), Of(p, "fulfillment_events/create", shipped.AddHours(4), Step(p, "in_transit", shipped.AddHours(4))));
        }

        if (p.DeliveredAt is { } delivered)
        {
            yield return (delivered, Of(p, "fulfillment_events/create", delivered, Step(p, "delivered", delivered)));
            yield return Order(p, "orders/fulfilled", delivered.AddMinutes(10));
        }

        if (p.CancelledAt is { } cancelled)
        {
            yield return Order(p, "orders/cancelled", cancelled);
        }

        if (p.RefundedAt is { } refunded)
        {
            yield return (refunded, Of(p, "refunds/create", refunded, Refund(p, refunded)));
            yield return Order(p, "orders/updated", refunded.AddMinutes(1));
        }
    }

    /// <summary>Shopify's request to forget a person.</summary>
    public static Posting Redact(Person person) => new(
        Door.Shopify, $"redact-{person.Number}", "customers/redact",
        JsonSerializer.Serialize(new { shop_domain = "terra-e-fuoco.myshopify.com", customer = new { id = person.ShopCustomerId, email = person.Email, phone = person.Phone }, orders_to_redact = Array.Empty<long>() }));

    private static (DateTimeOffset, Posting) Order(Purchase p, string topic, DateTimeOffset at) => (at, Of(p, topic, at, new
    {
        id = p.Id,
        name = $"#{1000 + p.Number}",
        created_at = Text(p.PlacedAt),
        processed_at = Text(p.PlacedAt),
        updated_at = Text(at),
        cancelled_at = at >= p.CancelledAt ? Text(p.CancelledAt.Value) : null,
        cancel_reason = at < p.CancelledAt ? null : p.Fate switch { Fate.CancelledByShop => "inventory", Fate.CancelledByCustomer => "customer", _ => null },
        financial_status = at >= p.RefundedAt ? "refunded" : at >= p.PaidAt ? "paid" : "pending",
        currency = "EUR",
        total_price = Text(p.Total),
        email = p.Buyer.Email,
        phone = (string?)null,
        customer_locale = p.Buyer.Locale,
        buyer_accepts_marketing = p.Buyer.TicksMarketing,
        customer = new { id = p.Buyer.ShopCustomerId, email = p.Buyer.Email, phone = p.Buyer.Phone, first_name = p.Buyer.First, last_name = p.Buyer.Last },
        billing_address = new { first_name = p.Buyer.First, last_name = p.Buyer.Last, country_code = p.Buyer.Country },
        line_items = p.Lines.Select((l, i) => new { id = (p.Id * 10) + i, product_id = l.Article.Number, sku = l.Article.Sku, title = l.Article.Title, quantity = l.Quantity, price = Text(l.Article.Price) }),
        fulfillments = at >= p.ShippedAt ? [Fulfilment(p, p.ShippedAt.Value)] : Array.Empty<object>(),
        refunds = at >= p.RefundedAt ? [Refund(p, p.RefundedAt.Value)] : Array.Empty<object>(),
    }));

    private static object Fulfilment(Purchase p, DateTimeOffset at) =>
        new { id = p.FulfilmentId, order_id = p.Id, status = "success", created_at = Text(at), updated_at = Text(at), tracking_company = "BRT", email = p.Buyer.Email };

    private static object Step(Purchase p, string status, DateTimeOffset at) =>
        new { id = (p.FulfilmentId * 10) + status.Length, order_id = p.Id, fulfillment_id = p.FulfilmentId, status, happened_at = Text(at) };

    private static object Refund(Purchase p, DateTimeOffset at) => new
    {
        id = 9_900_000_000_000 + p.Number,
        order_id = p.Id,
        created_at = Text(at),
        processed_at = Text(at),
        transactions = new[] { new { kind = "refund", status = "success", amount = Text(p.Total), currency = "EUR" } },
    };

    private static Posting Of(Purchase p, string topic, DateTimeOffset at, object payload) =>
        new(Door.Shopify, $"{topic.Replace('/', '-')}-{p.Number}-{at.ToUnixTimeSeconds()}", topic, JsonSerializer.Serialize(payload));

    private static string Text(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture);

    private static string Text(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);
}
