using System.Diagnostics;
using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Application.Intake.Sources;
using Cx.Application.Observability;
using Cx.Domain;

namespace Cx.Application.Intake;

/// <summary>The result of a queue message.</summary>
public abstract record QueuedOutcome
{
    private QueuedOutcome() { }

    /// <summary>Every touchpoint of it is stored, now or by an earlier delivery.</summary>
    public sealed record Taken(IReadOnlyList<TouchpointResult> Items) : QueuedOutcome;

    /// <summary>Repeating it would never succeed; its valid touchpoints are stored.</summary>
    /// <param name="Code">Stable, kebab-case; the same as in the API where the meaning is the same.</param>
    /// <param name="Reason">For people; never a personal value.</param>
    public sealed record Poison(string Code, string Reason) : QueuedOutcome;
}

/// <summary>
/// Touchpoints from a queue, by the same pipeline as the touchpoint API. A message is
/// <c>{"shop": "bottega", "key": "till-4711", "touchpoints": {…} or […]}</c>; without <c>key</c> its id at the broker is the key of the whole.
/// <c>traceparent</c> (W3C Trace Context) puts what follows into the sender's trace.
/// A later form of the message will say so, as in <c>"version": 2</c>: it is left to the version that knows it.
/// Brokers deliver more than once and in any order: neither changes what is stored. Whoever may write to the queue may write to every shop.
/// </summary>
public sealed class QueuedTouchpoints(TouchpointIntake intake, ShopDirectory shops, TimeProvider clock)
{
    /// <summary>The form of messages that this version knows, and the one of those that name none.</summary>
    public const int Version = 1;

    /// <summary>Processes one message.</summary>
    /// <param name="enqueuedAt">When the broker received it: the same at every delivery, also after a downtime of ours.</param>
    /// <param name="traceParent">The sender's span, where the broker carries it and the message itself does not.</param>
    /// <exception cref="NewerVersionException">The message, or what is stored of a customer it names, is of a newer version.</exception>
    /// <exception cref="Npgsql.NpgsqlException">
    /// The store cannot be reached. After this or any other exception the message must be delivered again.
    /// </exception>
    public async Task<QueuedOutcome> Take(ReadOnlyMemory<byte> message, string messageId, DateTimeOffset enqueuedAt, CancellationToken ct, string? traceParent = null)
    {
        if (message.Length > Incoming.MaxLength)
        {
            return new QueuedOutcome.Poison("body-too-large", $"The message is larger than {Incoming.MaxLength} bytes.");
        }

        using var incoming = new Incoming(new HeaderDictionary(), message, enqueuedAt);
        try
        {
            _ = incoming.Json;
        }
        catch (JsonException e)
        {
            // Not the exception's message, which may quote personal data.
            return new QueuedOutcome.Poison(
                "invalid-json",
                $"The message is not JSON of at most {Incoming.MaxDepth} levels: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }

        var sent = ExactJson.Property(incoming.Json, "traceparent") is { } given ? ExactJson.Text(given) : traceParent;
        using var span = Instruments.Start("process touchpoints", ActivityKind.Consumer, new(sent, enqueuedAt), clock.GetUtcNow());
        return await Take(incoming, messageId, ct);
    }

    private async Task<QueuedOutcome> Take(Incoming incoming, string messageId, CancellationToken ct)
    {
        var version = ExactJson.Property(incoming.Json, "version") switch
        {
            null => Version,
            { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var given) => given,
            _ => 0,
        };
        if (version > Version)
        {
            throw new NewerVersionException($"The message is of version {version}; this one knows {Version}.");
        }

        var key = ExactJson.Property(incoming.Json, "key") is { } named ? ExactJson.Text(named) : messageId;
        if (version < 1
            || ExactJson.Property(incoming.Json, "touchpoints") is not { } touchpoints
            || ExactJson.Property(incoming.Json, "shop") is not { } tenant || ExactJson.Text(tenant) is not { } shop || !ShopId.IsValid(shop)
            || key is not { Length: > 0 and <= TouchpointIntake.MaxKeyLength })
        {
            return new QueuedOutcome.Poison(
                "invalid-envelope",
                $$"""A message is {"shop": "…", "key": "…", "touchpoints": {…} or […]}; key is optional, of 1 to {{TouchpointIntake.MaxKeyLength}} characters.""");
        }

        var items = TouchpointIntake.Items(touchpoints);
        if (items.Count is 0 or > TouchpointIntake.MaxItems)
        {
            return new QueuedOutcome.Poison(
                "invalid-item-count", $"A message carries 1 to {TouchpointIntake.MaxItems} touchpoints; this one has {items.Count}.");
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
                $"{wrong.Count} of {results.Count} touchpoints could not be taken: {string.Join("; ", wrong.Select(Describe))}");
    }

    private static string Describe(TouchpointResult result)
    {
        var reason = result.Errors is { Count: > 0 } errors ? string.Join(", ", errors.Select(e => $"{e.Path} {e.Message}")) : result.Reason;
        return $"{result.Index}: {reason}";
    }
}
