using Cx.Domain;
using Cx.Domain.Shops;
using JasperFx.Events;
using Marten;
using Marten.Events;
using Npgsql;
using IEvent = Cx.Domain.IEvent;

namespace Cx.Application.EventStore;

/// <summary>What a decision about a snapshot leads to.</summary>
/// <param name="Rows">Statements of the same transaction, run before the events draw their numbers.</param>
internal sealed record StreamChange(IReadOnlyList<IEvent> Events, params IReadOnlyList<NpgsqlCommand> Rows)
{
    /// <summary>What it changes of the shop's facts, appended to the shop's own stream in the same transaction.</summary>
    public IReadOnlyList<IEvent> OfShop { get; init; } = [];
}

public sealed partial class MartenEventStore
{
    // Whoever changes a shop waits for so many batches of customers at most.
    private const int BatchesAtOnce = 10;

    private const string LastAppend = "select timestamp from mt_events where tenant_id = $1 and stream_id = $2 order by version desc limit 1";

    public Task<Updated<T>> Update<T>(ShopId shop, string stream, Func<T?, IReadOnlyList<IEvent>> decide, CancellationToken ct) where T : class =>
        Update<T>(shop, stream, snapshot => ValueTask.FromResult(new StreamChange(decide(snapshot))), ct);

    /// <param name="decide">What it reads besides the snapshot may change only with the stream: then an outdated decision is a conflict.</param>
    internal async Task<Updated<T>> Update<T>(ShopId shop, string stream, Func<T?, ValueTask<StreamChange>> decide, CancellationToken ct) where T : class
    {
        var (updated, isPlanChange) = await Retried(() => TryUpdate(shop, stream, decide, ct), ct);
        if (isPlanChange)
        {
            Configured?.Invoke(shop);
            await TryMarkAll(ct);
        }

        return updated;
    }

    private async Task<(Updated<T> Updated, bool IsPlanChange)> TryUpdate<T>(ShopId shop, string key, Func<T?, ValueTask<StreamChange>> decide, CancellationToken ct) where T : class
    {
        await using var session = marten.LightweightSession(shop.Value);
        var stream = await MartenFailures.Unwrapped(session.Events.FetchForWriting<T>(key, ct));
        var change = await decide(stream.Aggregate);
        if (change.Events.Count == 0)
        {
            return (new(stream.Aggregate, stream.Aggregate), false);
        }

        var ofShop = change.OfShop.Count == 0 ? null : await MartenFailures.Unwrapped(session.Events.FetchForWriting<Shop>(Shop.StreamKey, ct));
        await session.BeginTransactionAsync(ct);
        var at = LaterOf(clock.GetUtcNow(), await LastRecorded(session, shop, key, ct));
        at = ofShop is null ? at : LaterOf(at, await LastRecorded(session, shop, Shop.StreamKey, ct));
        Append(stream, key, change.Events, at);
        if (ofShop is not null)
        {
            Append(ofShop, Shop.StreamKey, change.OfShop, at);
        }

        var isPlanChange = change.Events.Concat(change.OfShop).Any(e => e is IPlanChange);
        foreach (var row in isPlanChange ? [.. change.Rows, PlanChanges.Record(shop, at)] : change.Rows)
        {
            await MartenFailures.Unwrapped(session.ExecuteAsync(row, ct));
        }

        await MartenFailures.Unwrapped(session.SaveChangesAsync(ct));
        Committed?.Invoke();
        return (new(stream.Aggregate, await session.LoadAsync<T>(key, ct)), isPlanChange);
    }

    private static void Append<T>(IEventStream<T> stream, string key, IReadOnlyList<IEvent> events, DateTimeOffset at) where T : class
    {
        stream.AppendMany(events);
        var headers = new EventHeaders("api", key, stream.StartingVersion.GetValueOrDefault() + events.Count);
        foreach (var (row, e) in stream.Events.Zip(events))
        {
            Describe(row, new(e, "api", "api", headers), at);
        }
    }

    // An append by another transaction meanwhile changes the stream's version, which is checked.
    private static async Task<DateTimeOffset> LastRecorded(IQuerySession session, ShopId shop, string stream, CancellationToken ct)
    {
        await using var command = Sql.Single(LastAppend, Sql.Text(shop.Value), Sql.Text(stream));
        await using var reader = await MartenFailures.Unwrapped(session.ExecuteReaderAsync(command, ct));
        return await reader.ReadAsync(ct) ? reader.GetFieldValue<DateTimeOffset>(0) : DateTimeOffset.MinValue;
    }

    // What is not marked now is marked by the next wake, of whichever process.
    private async Task TryMarkAll(CancellationToken ct)
    {
        try
        {
            await PlanChanges.MarkAll(database, ct, BatchesAtOnce);
        }
        catch (NpgsqlException e)
        {
            MarkingLeft(log, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Customers whose plans a shop's change concerns are not all due yet; the next wake goes on")]
    private static partial void MarkingLeft(ILogger logger, Exception error);
}
