using System.Runtime.InteropServices;
using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Functions.Api;
using Cx.Functions.Intake.Sources;

namespace Cx.Functions.Intake;

/// <summary>What became of one item.</summary>
/// <param name="Id">The touchpoint's own id.</param>
/// <param name="Errors">What is wrong with an invalid one, by JSON pointer.</param>
public sealed record TouchpointResult(int Index, string? Id, IntakeStatus Status, CustomerId? Customer, string? Reason, IReadOnlyList<TouchpointError>? Errors);

public sealed record TouchpointResults(IReadOnlyList<TouchpointResult> Items);

/// <summary>
/// The touchpoint API: phone calls, visits, letters, chats, from any system of the shop. Each item commits by itself under the key
/// <c>Idempotency-Key</c> and its index, so that a request may be repeated until all of it is in.
/// </summary>
public sealed class TouchpointsApi(Deliveries deliveries, TimeProvider clock)
{
    private const string Source = "api";
    private const int MaxItems = 500;
    private const int MaxKeyLength = 255;

    public static Task<IResult> Post(string shop, HttpRequest request, TouchpointsApi api) => api.Take(new(shop), request);

    private async Task<IResult> Take(ShopId shop, HttpRequest request)
    {
        var key = request.Headers["Idempotency-Key"] is [{ Length: > 0 and <= MaxKeyLength } given]
            ? given
            : throw new ApiProblem(StatusCodes.Status400BadRequest, "idempotency-key-required", $"Send one Idempotency-Key header of 1 to {MaxKeyLength} characters: repeating the request under it changes nothing.");
        using var body = await Body.Read(request);
        using var incoming = new Incoming(request.Headers, body.Bytes, clock.GetUtcNow());
        var items = Items(incoming.Json);
        if (items.Count is 0 or > MaxItems)
        {
            throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "invalid-item-count", $"A request carries 1 to {MaxItems} touchpoints; this one has {items.Count}.");
        }

        var results = new List<TouchpointResult>(items.Count);
        foreach (var (index, item) in items.Index())
        {
            results.Add(await Take(shop, key, index, item, incoming.ReceivedAt));
        }

        return Answer(results);
    }

    private async Task<TouchpointResult> Take(ShopId shop, string key, int index, JsonElement item, DateTimeOffset receivedAt)
    {
        var (report, id, errors) = TouchpointReader.Read(item, receivedAt, $"{key}/{index}", Source);
        if (report is null)
        {
            return new(index, id, IntakeStatus.Invalid, null, null, errors);
        }

        try
        {
            var payload = JsonMarshal.GetRawUtf8Value(item).ToArray();
            var result = await deliveries.Take(shop, Source, "touchpoint", $"{key}#{index}", payload, receivedAt, report, CancellationToken.None);
            return new(index, id, result.Status, result.Customer, result.Reason, null);
        }
        catch (Untranslatable e)
        {
            return new(index, id, IntakeStatus.Invalid, null, null, [new("/customer", e.Message)]);
        }
    }

    // One that could not be taken at all is refused; of many, each answers for itself.
    private static IResult Answer(List<TouchpointResult> results) =>
        results.Exists(r => r.Status is not (IntakeStatus.Invalid or IntakeStatus.Conflict))
            ? Results.Json(new TouchpointResults(results), ApiJson.Options)
            : results[0] is { Status: IntakeStatus.Conflict, Reason: var reason }
                ? Problems.Of(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused", reason!)
                : Problems.Of(
                    StatusCodes.Status422UnprocessableEntity, "invalid-touchpoint", "No item could be taken; see errors.",
                    [.. results.SelectMany(r => r.Errors ?? [], (r, e) => new FieldError(results.Count == 1 ? e.Path : $"/{r.Index}{e.Path}", e.Message))]);

    private static List<JsonElement> Items(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("touchpoints", out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()]
        : json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()]
        : [json];
}
