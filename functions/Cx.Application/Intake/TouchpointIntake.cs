using System.Runtime.InteropServices;
using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.Intake.Sources;
using Cx.Application.Privacy;
using Cx.Domain;

namespace Cx.Application.Intake;

/// <summary>The result of one touchpoint.</summary>
/// <param name="Id">The touchpoint's own id.</param>
/// <param name="Errors">What is wrong with an invalid one, by JSON pointer.</param>
public sealed record TouchpointResult(
    int Index, string? Id, IntakeStatus Status, CustomerId? Customer, string? Reason, IReadOnlyList<TouchpointError>? Errors);

/// <summary>The results of a request, in the order of its touchpoints.</summary>
public sealed record TouchpointResults(IReadOnlyList<TouchpointResult> Items);

/// <summary>
/// Records touchpoints from the API or from a queue: phone calls, visits, letters, chats. Each commits by itself under the key of the whole
/// and its index, so that the whole may be repeated until every item is stored.
/// </summary>
public sealed class TouchpointIntake(Deliveries deliveries, InstallationKeys keys)
{
    /// <summary>The most touchpoints of one request, webhook or message.</summary>
    public const int MaxItems = 500;

    /// <summary>The longest key of the whole, in characters.</summary>
    public const int MaxKeyLength = 255;

    // The same for the API and the queue: what is sent through both under the same key is recorded once.
    private const string Source = "api";

    /// <summary>Handles a request to the touchpoint API; its <c>Idempotency-Key</c> is the key of the whole.</summary>
    public static async Task<IResult> Post(string shop, HttpRequest request, TouchpointIntake intake, TimeProvider clock)
    {
        var key = request.Headers["Idempotency-Key"] is [{ Length: > 0 and <= MaxKeyLength } given]
            ? given
            : throw new ApiProblem(
                StatusCodes.Status400BadRequest, "idempotency-key-required",
                $"Send one Idempotency-Key header of 1 to {MaxKeyLength} characters: repeating the request under it changes nothing.");
        using var incoming = await Incoming.Read(request, clock);
        var items = Items(incoming.Json);
        if (items.Count is 0 or > MaxItems)
        {
            throw InvalidItemCount(items.Count);
        }

        return Answer(await intake.Take(new(shop), key, items, incoming.ReceivedAt, CancellationToken.None));
    }

    internal static ApiProblem InvalidItemCount(int count) => new(
        StatusCodes.Status422UnprocessableEntity, "invalid-item-count", $"A request carries 1 to {MaxItems} touchpoints; this one has {count}.");

    /// <summary>One touchpoint, an array of them, or an object with an array of them.</summary>
    public static IReadOnlyList<JsonElement> Items(JsonElement json) =>
        ExactJson.Property(json, "touchpoints") is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()]
        : json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()]
        : [json];

    /// <summary>Records every valid item, also when others are invalid.</summary>
    /// <param name="key">The same when the whole is repeated.</param>
    public async Task<IReadOnlyList<TouchpointResult>> Take(
        ShopId shop, string key, IReadOnlyList<JsonElement> items, DateTimeOffset receivedAt, CancellationToken ct)
    {
        var results = new List<TouchpointResult>(items.Count);
        foreach (var (index, item) in items.Index())
        {
            results.Add(await Take(shop, key, index, item, receivedAt, ct));
        }

        return results;
    }

    // A problem only when no item was accepted; else each item has its own result.
    private static IResult Answer(IReadOnlyList<TouchpointResult> results) =>
        results.Any(r => r.Status is not (IntakeStatus.Invalid or IntakeStatus.Conflict))
            ? Results.Json(new TouchpointResults(results), ApiJson.Options)
            : results[0] is { Status: IntakeStatus.Conflict, Reason: var reason }
                ? Problems.Of(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused", reason!)
                : Problems.Of(
                    StatusCodes.Status422UnprocessableEntity, "invalid-touchpoint", "No item was accepted; see errors.",
                    [
                        .. from result in results
                           from e in result.Errors ?? []
                           select new FieldError(results.Count == 1 ? e.Path : $"/{result.Index}{e.Path}", e.Message),
                    ]);

    private async Task<TouchpointResult> Take(
        ShopId shop, string key, int index, JsonElement item, DateTimeOffset receivedAt, CancellationToken ct)
    {
        var (report, id, errors) = TouchpointReader.Read(item, receivedAt, Lookup.IdOf(keys, Source, shop.Value, $"{key}/{index}"), Source);
        if (report is null)
        {
            return new(index, id, IntakeStatus.Invalid, null, null, errors);
        }

        try
        {
            var payload = JsonMarshal.GetRawUtf8Value(item).ToArray();
            var result = await deliveries.Take(shop, Source, "touchpoint", $"{key}#{index}", payload, receivedAt, report, ct);
            return new(index, id, result.Status, result.Customer, result.Reason, null);
        }
        catch (UntranslatableException e)
        {
            return new(index, id, IntakeStatus.Invalid, null, null, [new("/customer", e.Message)]);
        }
    }
}
