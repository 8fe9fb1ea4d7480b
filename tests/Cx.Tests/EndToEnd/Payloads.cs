using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cx.Tests.EndToEnd;

/// <summary>Minimal payloads of each source.</summary>
internal static class Payloads
{
    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A Shopify order of one lamp; the person consents to e-mail marketing.</summary>
    public static string Order(
        long id, string email, DateTimeOffset placed, DateTimeOffset? updated = null, string total = "129.90", string status = "pending", string first = "Ada", string last = "Lovelace",
        string? phone = null, string title = "Desk lamp", long? customer = null) => new JsonObject
        {
            ["id"] = id,
            ["name"] = $"#{id}",
            ["email"] = email,
            ["phone"] = phone,
            ["buyer_accepts_marketing"] = true,
            ["currency"] = "EUR",
            ["customer_locale"] = "en",
            ["financial_status"] = status,
            ["processed_at"] = Instant(placed),
            ["updated_at"] = Instant(updated ?? placed),
            ["total_price"] = total,
            ["customer"] = new JsonObject { ["id"] = customer ?? (id + 1_000_000), ["email"] = email, ["first_name"] = first, ["last_name"] = last },
            ["line_items"] = new JsonArray(new JsonObject { ["id"] = 1, ["product_id"] = 77, ["sku"] = "LAMP", ["title"] = title, ["quantity"] = 1, ["price"] = total }),
        }.ToJsonString();

    public static string Fulfilment(long order, DateTimeOffset at) =>
        new JsonObject { ["id"] = order + 5, ["order_id"] = order, ["status"] = "success", ["created_at"] = Instant(at) }.ToJsonString();

    public static string Delivered(long order, DateTimeOffset at) =>
        new JsonObject { ["id"] = order + 6, ["order_id"] = order, ["fulfillment_id"] = order + 5, ["status"] = "delivered", ["happened_at"] = Instant(at) }.ToJsonString();

    /// <summary>A WooCommerce order of a guest.</summary>
    public static string WooCommerce(long id, string email, DateTimeOffset created, DateTimeOffset modified, string status, DateTimeOffset? completed = null) => new JsonObject
    {
        ["id"] = id,
        ["number"] = $"{id}",
        ["status"] = status,
        ["currency"] = "EUR",
        ["date_created_gmt"] = Instant(created).TrimEnd('Z'),
        ["date_modified_gmt"] = Instant(modified).TrimEnd('Z'),
        ["date_paid_gmt"] = Instant(created.AddMinutes(1)).TrimEnd('Z'),
        ["date_completed_gmt"] = completed is { } at ? Instant(at).TrimEnd('Z') : null,
        ["total"] = "61.02",
        ["customer_id"] = 0,
        ["billing"] = new JsonObject { ["first_name"] = "Jean", ["last_name"] = "Roux", ["country"] = "FR", ["email"] = email },
        ["line_items"] = new JsonArray(new JsonObject { ["id"] = 1, ["name"] = "Caf&eacute;", ["product_id"] = 93, ["quantity"] = 3, ["total"] = "61.02", ["price"] = 20.34 }),
        ["refunds"] = new JsonArray(),
    }.ToJsonString();

    /// <summary>One touchpoint; the customer by e-mail, unless none is given.</summary>
    public static JsonObject Touchpoint(string id, string type, DateTimeOffset at, string? email, object? data = null, string? order = null, string? channel = null)
    {
        var touchpoint = new JsonObject { ["id"] = id, ["type"] = type, ["occurredAt"] = Instant(at) };
        if (email is not null)
        {
            touchpoint["customer"] = new JsonObject { ["email"] = email };
        }

        if (order is not null)
        {
            touchpoint["orderId"] = order;
        }

        if (channel is not null)
        {
            touchpoint["channel"] = channel;
        }

        if (data is not null)
        {
            touchpoint["data"] = JsonSerializer.SerializeToNode(data);
        }

        return touchpoint;
    }
}
