using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cx.Standalone.Demo;

/// <summary>Webhooks of Shopify about an order, in the shape of its Admin API.</summary>
internal static class ShopifyPayloads
{
    /// <summary>All webhooks of one order, each at the instant Shopify sends it.</summary>
    public static IEnumerable<(DateTimeOffset At, DemoDelivery Delivery)> Of(DemoOrder order)
    {
        yield return Order(order, "orders/create", order.PlacedAt);
        yield return Order(order, "orders/paid", order.PaidAt);
        if (order.ShippedAt is { } shipped)
        {
            yield return (shipped, Of(order, "fulfillments/create", shipped, Fulfilment(order, shipped)));
            yield return (shipped.AddHours(4), Of(order, "fulfillment_events/create", shipped.AddHours(4), Step(order, "in_transit", shipped.AddHours(4))));
        }

        if (order.DeliveredAt is { } delivered)
        {
            yield return (delivered, Of(order, "fulfillment_events/create", delivered, Step(order, "delivered", delivered)));
            yield return Order(order, "orders/fulfilled", delivered.AddMinutes(10));
        }

        if (order.CancelledAt is { } cancelled)
        {
            yield return Order(order, "orders/cancelled", cancelled);
        }

        if (order.RefundedAt is { } refunded)
        {
            yield return (refunded, Of(order, "refunds/create", refunded, Refund(order, refunded)));
            yield return Order(order, "orders/updated", refunded.AddMinutes(1));
        }
    }

    /// <summary>Shopify's request to erase a person.</summary>
    public static DemoDelivery Redact(DemoCustomer person) => new(
        IntakeRoute.Shopify, $"redact-{person.Number}", "customers/redact",
        JsonSerializer.Serialize(new { shop_id = 1, shop_domain = "terra-e-fuoco.myshopify.com", customer = new { id = person.ShopCustomerId, email = person.Email, phone = person.Phone }, orders_to_redact = Array.Empty<long>() }));

    private static (DateTimeOffset, DemoDelivery) Order(DemoOrder order, string topic, DateTimeOffset at) => (at, Of(order, topic, at, new
    {
        id = order.Id,
        name = $"#{1000 + order.Number}",
        created_at = Text(order.PlacedAt),
        processed_at = Text(order.PlacedAt),
        updated_at = Text(at),
        cancelled_at = at >= order.CancelledAt ? Text(order.CancelledAt.Value) : null,
        cancel_reason = at < order.CancelledAt ? null : order.Outcome switch { OrderOutcome.CancelledByShop => "inventory", OrderOutcome.CancelledByCustomer => "customer", _ => null },
        financial_status = at >= order.RefundedAt ? "refunded" : at >= order.PaidAt ? "paid" : "pending",
        currency = "EUR",
        total_price = Text(order.Total),
        email = order.Buyer.Email,
        phone = (string?)null,
        customer_locale = order.Buyer.Locale,
        buyer_accepts_marketing = order.Buyer.TicksMarketing,
        customer = new { id = order.Buyer.ShopCustomerId, email = order.Buyer.Email, phone = order.Buyer.Phone, first_name = order.Buyer.First, last_name = order.Buyer.Last },
        billing_address = new { first_name = order.Buyer.First, last_name = order.Buyer.Last, country_code = order.Buyer.Country },
        line_items = order.Lines.Select((l, i) => new { id = (order.Id * 10) + i, product_id = l.Product.Number, sku = l.Product.Sku, title = l.Product.Title, quantity = l.Quantity, price = Text(l.Product.Price) }),
        fulfillments = at >= order.ShippedAt ? [Fulfilment(order, order.ShippedAt.Value)] : Array.Empty<object>(),
        refunds = at >= order.RefundedAt ? [Refund(order, order.RefundedAt.Value)] : Array.Empty<object>(),
    }));

    private static object Fulfilment(DemoOrder order, DateTimeOffset at) =>
        new { id = order.FulfilmentId, order_id = order.Id, status = "success", created_at = Text(at), updated_at = Text(at), tracking_company = "BRT", email = order.Buyer.Email };

    private static object Step(DemoOrder order, string status, DateTimeOffset at) =>
        new { id = (order.FulfilmentId * 10) + status.Length, order_id = order.Id, fulfillment_id = order.FulfilmentId, status, happened_at = Text(at) };

    private static object Refund(DemoOrder order, DateTimeOffset at) => new
    {
        id = 9_900_000_000_000 + order.Number,
        order_id = order.Id,
        created_at = Text(at),
        processed_at = Text(at),
        transactions = new[] { new { kind = "refund", status = "success", amount = Text(order.Total), currency = "EUR" } },
    };

    private static DemoDelivery Of(DemoOrder order, string topic, DateTimeOffset at, object payload) =>
        new(IntakeRoute.Shopify, $"{topic.Replace('/', '-')}-{order.Number}-{at.ToUnixTimeSeconds()}", topic, JsonSerializer.Serialize(payload));

    private static string Text(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture);

    private static string Text(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);
}

/// <summary>Webhooks of WooCommerce about an order: the whole order each time, in the shape of its REST API.</summary>
internal static class WooCommercePayloads
{
    /// <summary>All webhooks of one order, each at the instant WooCommerce sends it. WooCommerce has no delivery status: the carrier reports it.</summary>
    public static IEnumerable<(DateTimeOffset At, DemoDelivery Delivery)> Of(DemoOrder order)
    {
        yield return Order(order, "order.created", order.PaidAt, "processing");
        if (order.ShippedAt is { } shipped)
        {
            yield return Order(order, "order.updated", shipped, "completed");
        }

        if (order.CancelledAt is { } cancelled)
        {
            yield return Order(order, "order.updated", cancelled, "cancelled");
        }

        if (order.RefundedAt is { } refunded)
        {
            yield return Order(order, "order.updated", refunded, "refunded");
        }
    }

    private static (DateTimeOffset, DemoDelivery) Order(DemoOrder order, string topic, DateTimeOffset at, string status) =>
        (at, new(IntakeRoute.WooCommerce, $"{order.Id}-{status}", topic, JsonSerializer.Serialize(new
        {
            id = order.Id,
            number = order.Id.ToString(CultureInfo.InvariantCulture),
            status,
            currency = "EUR",
            total = Text(order.Total),
            customer_id = order.Buyer.ShopCustomerId,
            date_created_gmt = Text(order.PlacedAt),
            date_modified_gmt = Text(at),
            date_paid_gmt = Text(order.PaidAt),
            date_completed_gmt = at >= order.ShippedAt ? Text(order.ShippedAt.Value) : null,
            billing = new { first_name = order.Buyer.First, last_name = order.Buyer.Last, email = order.Buyer.Email, phone = order.Buyer.Phone ?? "", country = order.Buyer.Country },
            line_items = order.Lines.Select((l, i) => new { id = i + 1, product_id = l.Product.Number, sku = l.Product.Sku, name = l.Product.Title, quantity = l.Quantity, price = l.Product.Price }),
            refunds = status is "refunded" ? [new { id = 90_000 + order.Number, total = "-" + Text(order.Total) }] : Array.Empty<object>(),
        })));

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Text(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);
}

/// <summary>Touchpoints in our own JSON: from the shop's help desk through the API, from the carrier as a signed standard webhook.</summary>
internal static class TouchpointPayloads
{
    /// <summary>The carrier reports that an order of the WooCommerce shop was delivered.</summary>
    public static DemoDelivery Delivered(DemoOrder order) => new(
        IntakeRoute.Standard, $"carrier-{order.Id}", "touchpoint",
        JsonSerializer.Serialize(new { id = $"parcel-{order.Id}", type = "delivery", occurredAt = Text(order.DeliveredAt!.Value), orderId = order.Id.ToString(CultureInfo.InvariantCulture) }));

    /// <summary>One touchpoint with the customer, reported by the help desk.</summary>
    public static DemoDelivery Of(string id, DemoCustomer who, DateTimeOffset at, string type, string? channel = null, object? data = null, DemoOrder? order = null) => new(
        IntakeRoute.Api, id, type, JsonSerializer.Serialize(new
        {
            id,
            type,
            occurredAt = Text(at),
            customer = new { email = who.Email },
            channel,
            orderId = order?.Id.ToString(CultureInfo.InvariantCulture),
            data = data ?? new { },
        }, Omitting));

    private static readonly JsonSerializerOptions Omitting = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
