using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Application.Intake.Sources;
using Cx.Domain;

namespace Cx.Application.Intake;

/// <summary>What became of a message.</summary>
public abstract record QueuedOutcome
{
    private QueuedOutcome() { }

    /// <summary>Every touchpoint of it is in, now or since an earlier delivery.</summary>
    public sealed record Taken(IReadOnlyList<TouchpointResult> Items) : QueuedOutcome;

    /// <summary>It can never be taken as it is; those of its touchpoints that could be are in.</summary>
    /// <param name="Code">Stable, kebab-case; those of the API where they mean the same.</param>
    /// <param name="Reason">For people; never a personal value.</param>
    public sealed record Poison(string Code, string Reason) : QueuedOutcome;
}

/// <summary>
/// Touchpoints from a queue, by the same pipeline as the touchpoint API. A message is
/// <c>{"shop": "bottega", "key": "till-4711", "touchpoints": {…} or […]}</c>; without <c>key</c> its id at the broker is the key of the whole. Brokers
/// deliver more than once and in any order: neither changes what is stored. Who may write to the queue is trusted with every shop.
/// </summary>
public sealed class QueuedTouchpoints(TouchpointIntake intake, ShopDirectory shops)
{
    /// <summary>Takes one message in.</summary>
    /// <param name="enqueuedAt">When the broker got it: the same at every delivery, and not later because we were down.</param>
    /// <exception cref="Npgsql.NpgsqlException">The store cannot be reached; the message should come again. So should it after any other exception.</exception>
    public async Task<QueuedOutcome> Take(ReadOnlyMemory<byte> message, string messageId, DateTimeOffset enqueuedAt, CancellationToken ct)
    {
        if (message.Length > Body.MaxLength)
        {
            return new QueuedOutcome.Poison("body-too-large", $"The message is larger than {Body.MaxLength} bytes.");
        }

        using var incoming = new Incoming(new HeaderDictionary(), message, enqueuedAt);
        try
        {
            _ = incoming.Json;
        }
        catch (JsonException e)
        {
            // Not the exception's own words: they may repeat a piece of the message.
            return new QueuedOutcome.Poison("invalid-json", $"The message is not JSON of at most {Incoming.MaxDepth} levels: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }

        return await Take(incoming, messageId, ct);
    }

    private async Task<QueuedOutcome> Take(Incoming incoming, string messageId, CancellationToken ct)
    {
        var key = ExactJson.Property(incoming.Json, "key") is { } given ? ExactJson.Text(given) : messageId;
        if (ExactJson.Property(incoming.Json, "touchpoints") is not { } touchpoints
            || ExactJson.Property(incoming.Json, "shop") is not { } named || ExactJson.Text(named) is not { } shop || !ShopId.IsValid(shop)
            || key is not { Length: > 0 and <= TouchpointIntake.MaxKeyLength })
        {
            return new QueuedOutcome.Poison(
                "invalid-envelope", $$"""A message is {"shop": "…", "key": "…", "touchpoints": {…} or […]}: shop the name of a shop, key optional and of 1 to {{TouchpointIntake.MaxKeyLength}} characters.""");
        }

        var items = TouchpointIntake.Items(touchpoints);
        if (items.Count is 0 or > TouchpointIntake.MaxItems)
        {
            return new QueuedOutcome.Poison("invalid-item-count", $"A message carries 1 to {TouchpointIntake.MaxItems} touchpoints; this one has {items.Count}.");
        }

        return await shops.Get(new ShopId(shop), ct) is null
            ? new QueuedOutcome.Poison("unknown-shop", $"There is no shop {shop}.")
            : Outcome(await intake.Take(new(shop), key, items, incoming.ReceivedAt, ct));
    }

    private static QueuedOutcome Outcome(IReadOnlyList<TouchpointResult> results)
    {
        var wrong = results.Where(r => r.Status is IntakeStatus.Invalid or IntakeStatus.Conflict).ToList();
        return wrong.Count == 0
            ? new QueuedOutcome.Taken(results)
            : new QueuedOutcome.Poison(
                wrong.Exists(r => r.Status is IntakeStatus.Invalid) ? "invalid-touchpoint" : "idempotency-key-reused",
                $"{wrong.Count} of {results.Count} touchpoints could not be taken: {string.Join("; ", wrong.Select(Words))}");
    }

    private static string Words(TouchpointResult result) =>
        $"{result.Index}: {(result.Errors is { Count: > 0 } errors ? string.Join(", ", errors.Select(e => $"{e.Path} {e.Message}")) : result.Reason)}";
}
