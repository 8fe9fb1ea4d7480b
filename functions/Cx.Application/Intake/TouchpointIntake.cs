using System.Runtime.InteropServices;
using System.Text.Json;
using Cx.Application.Intake.Sources;
using Cx.Domain;

namespace Cx.Application.Intake;

/// <summary>What became of one item.</summary>
/// <param name="Id">The touchpoint's own id.</param>
/// <param name="Errors">What is wrong with an invalid one, by JSON pointer.</param>
public sealed record TouchpointResult(int Index, string? Id, IntakeStatus Status, CustomerId? Customer, string? Reason, IReadOnlyList<TouchpointError>? Errors);

/// <summary>
/// Takes touchpoints in, by whichever way they came: each commits by itself under the key of the whole and its index, so that the whole may be
/// repeated until all of it is in.
/// </summary>
public sealed class TouchpointIntake(Deliveries deliveries)
{
    /// <summary>The most touchpoints taken at once.</summary>
    public const int MaxItems = 500;

    /// <summary>The longest key of the whole, in characters.</summary>
    public const int MaxKeyLength = 255;

    // One for every way in, so that what is sent by two of them under the same key counts once.
    private const string Source = "api";

    /// <summary>One touchpoint, an array of them, or an object with an array of them.</summary>
    public static IReadOnlyList<JsonElement> Items(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && ExactJson.Property(json, "touchpoints") is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()]
        : json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()]
        : [json];

    /// <summary>Takes every item, also when others are invalid.</summary>
    /// <param name="key">The same when the whole is repeated.</param>
    public async Task<IReadOnlyList<TouchpointResult>> Take(ShopId shop, string key, IReadOnlyList<JsonElement> items, DateTimeOffset receivedAt, CancellationToken ct)
    {
        var results = new List<TouchpointResult>(items.Count);
        foreach (var (index, item) in items.Index())
        {
            results.Add(await Take(shop, key, index, item, receivedAt, ct));
        }

        return results;
    }

    private async Task<TouchpointResult> Take(ShopId shop, string key, int index, JsonElement item, DateTimeOffset receivedAt, CancellationToken ct)
    {
        var (report, id, errors) = TouchpointReader.Read(item, receivedAt, $"{key}/{index}", Source);
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
