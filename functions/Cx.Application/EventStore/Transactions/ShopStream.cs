using Cx.Domain;
using JasperFx.Events;
using Marten;
using Npgsql;
using IEvent = Cx.Domain.IEvent;

namespace Cx.Application.EventStore;

/// <summary>What a decision about a snapshot leads to.</summary>
/// <param name="Rows">Statements of the same transaction, run before the events draw their numbers.</param>
internal sealed record StreamChange(IReadOnlyList<IEvent> Events, params IReadOnlyList<NpgsqlCommand> Rows);

public sealed partial class MartenEventStore
{
    // New settings may allow or forbid what is planned: every customer who has something planned is woken.
    private const string WakeAll = "update cx_customers set due_at = $2 where shop = $1 and due_at > $2";

    private const string LastAppend = "select timestamp from mt_events where tenant_id = $1 and stream_id = $2 order by version desc limit 1";

    public Task<Updated<T>> Update<T>(ShopId shop, string stream, Func<T?, IReadOnlyList<IEvent>> decide, CancellationToken ct) where T : class =>
        Update<T>(shop, stream, snapshot => ValueTask.FromResult(new StreamChange(decide(snapshot))), ct);

    /// <param name="decide">What it reads besides the snapshot may change only with the stream: then an outdated decision is a conflict.</param>
    internal Task<Updated<T>> Update<T>(ShopId shop, string stream, Func<T?, ValueTask<StreamChange>> decide, CancellationToken ct) where T : class =>
        Retried(() => TryUpdate(shop, stream, decide, ct), ct);

    private async Task<Updated<T>> TryUpdate<T>(ShopId shop, string key, Func<T?, ValueTask<StreamChange>> decide, CancellationToken ct) where T : class
    {
        await using var session = marten.LightweightSession(shop.Value);
        var stream = await MartenFailures.Unwrapped(session.Events.FetchForWriting<T>(key, ct));
        var change = await decide(stream.Aggregate);
        if (change.Events.Count == 0)
        {
            return new(stream.Aggregate, stream.Aggregate);
        }

        await session.BeginTransactionAsync(ct);
        var at = LaterOf(clock.GetUtcNow(), await LastRecorded(session, shop, key, ct));
        stream.AppendMany(change.Events);
        var headers = new EventHeaders("api", key, stream.StartingVersion.GetValueOrDefault() + change.Events.Count);
        foreach (var (row, e) in stream.Events.Zip(change.Events))
        {
            Describe(row, new(e, "api", "api", headers), at);
        }

        var isPlanChange = change.Events.Any(e => e is IPlanChange);
        foreach (var row in isPlanChange ? [.. change.Rows, Sql.Single(WakeAll, Sql.Text(shop.Value), Sql.Instant(at))] : change.Rows)
        {
            await MartenFailures.Unwrapped(session.ExecuteAsync(row, ct));
        }

        await MartenFailures.Unwrapped(session.SaveChangesAsync(ct));
        Committed?.Invoke();
        if (isPlanChange)
        {
            Configured?.Invoke(shop);
        }

        return new(stream.Aggregate, await session.LoadAsync<T>(key, ct));
    }

    // An append by another transaction meanwhile changes the stream's version, which is checked.
    private static async Task<DateTimeOffset> LastRecorded(IQuerySession session, ShopId shop, string stream, CancellationToken ct)
    {
        await using var command = Sql.Single(LastAppend, Sql.Text(shop.Value), Sql.Text(stream));
        await using var reader = await MartenFailures.Unwrapped(session.ExecuteReaderAsync(command, ct));
        return await reader.ReadAsync(ct) ? reader.GetFieldValue<DateTimeOffset>(0) : DateTimeOffset.MinValue;
    }
}
