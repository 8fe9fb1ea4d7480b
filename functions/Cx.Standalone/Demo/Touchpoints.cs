using System.Globalization;
using System.Text.Json;

namespace Cx.Standalone.Demo;

/// <summary>Touchpoints in our own JSON: from the shop's help desk through the API, from the carrier as a signed standard webhook.</summary>
internal static class Touchpoints
{
    /// <summary>The carrier says that an order of the WooCommerce shop arrived.</summary>
    public static Posting Delivered(Purchase p) => new(
        Door.Standard, $"carrier-{p.Id}", "touchpoint",
        JsonSerializer.Serialize(new { id = $"parcel-{p.Id}", type = "delivery", occurredAt = Text(p.DeliveredAt!.Value), orderId = p.Id.ToString(CultureInfo.InvariantCulture) }));

    /// <summary>One touchpoint with the customer, told by the help desk.</summary>
    public static Posting Of(string id, Person who, DateTimeOffset at, string type, string? channel = null, object? data = null, Purchase? order = null) => new(
        Door.Api, id, type, JsonSerializer.Serialize(new
        {
            id,
            type,
            occurredAt = Text(at),
            customer = new { email = who.Email },
            channel,
            orderId = order?.Id.ToString(CultureInfo.InvariantCulture),
            data = data ?? new { },
        }, Omitting));

    private static readonly JsonSerializerOptions Omitting = new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
