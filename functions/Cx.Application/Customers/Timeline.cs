using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Customers;

/// <summary>One event of a customer.</summary>
/// <param name="Type">Its stored name.</param>
/// <param name="Sequence">Its place in the log.</param>
/// <param name="Correlation">What started the chain it belongs to.</param>
/// <param name="Data">The event itself, personal values in the clear.</param>
public sealed record TouchpointResponse(
    string Type, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, long Sequence, string? Source, string? Correlation,
    string? Causation, JsonElement Data)
{
    public static TouchpointResponse Of(Recorded recorded, Unsealer unsealer)
    {
        var open = ((ICustomerEvent)recorded.Event).Sealed(unsealer.Open);
        return new(
            recorded.Type, recorded.Event.OccurredAt, recorded.RecordedAt, recorded.Sequence, recorded.Source, recorded.Correlation,
            recorded.Causation,
            JsonSerializer.SerializeToElement(open, open.GetType(), ClearJson.Options));
    }
}

/// <summary>All that happened with a customer, in the order in which it was recorded.</summary>
public static class Timeline
{
    /// <param name="order">asc (oldest first, the default) or desc.</param>
    public static async Task<IResult> Get(
        HttpContext context, string shop, string customer, int? limit, string? cursor, string? order, [FromServices] ShopDirectory shops,
        [FromServices] CustomerDirectory customers,
        CancellationToken ct)
    {
        var request = PageRequest.Of(limit, cursor);
        var latestFirst = order switch
        {
            null or "asc" => false,
            "desc" => true,
            _ => throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-order", "order is asc or desc."),
        };
        var facts = await shops.Known(shop, ct);
        var found = await customers.Shown(context, facts.Id, customer, StateQuery.Open, ct, AuditAction.Opened);
        var read = await customers.Events(facts.Id, found, From(request.After), latestFirst, request.Limit + 1, ct);
        using var unsealer = await customers.Unsealer(facts.Id, found, ct);
        var page = request.Page(read, recorded => recorded.Sequence.ToString(CultureInfo.InvariantCulture));
        var items = page.Items.Select(recorded => TouchpointResponse.Of(recorded, unsealer));
        return Results.Ok(new Page<TouchpointResponse>([.. items], page.Next));
    }

    private static long? From(string? after) =>
        after is null ? null
        : long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence
        : throw PageRequest.InvalidCursor();
}

/// <summary>Writes events whose personal values were opened for a reader; storage never uses it.</summary>
internal static class ClearJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(ApiJson.Options);
        options.Converters.Insert(0, new Clear());
        return options;
    }

    private sealed class Clear : JsonConverter<Personal>
    {
        public override Personal? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Personal.Clear(reader.GetString());

        public override void Write(Utf8JsonWriter writer, Personal value, JsonSerializerOptions options)
        {
            if (value.IsSealed)
            {
                writer.WriteNullValue();
            }
            else
            {
                writer.WriteStringValue(value.Value);
            }
        }
    }
}
