using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Cx.Application.EventStore.Postgres;
using Cx.Domain;
using JasperFx.Events;
using Marten;
using Npgsql;
using IEvent = Cx.Domain.IEvent;

namespace Cx.Application.EventStore.Marten;

/// <summary>
/// The event tables through Marten: it appends in the transaction that the statements are in, in a session for each shop. Where an append
/// fails Marten may leave an empty stream, <c>mt_tombstone</c>, behind; it holds nothing and nobody reads it.
/// </summary>
public sealed class MartenEventTables(MartenStore marten) : IEventTables
{
    // Marten dates a stream by the server's clock.
    private const string Dated = """
        update mt_streams s set timestamp = a.at, created = case when a.is_new then a.at else s.created end
        from unnest(?::text[], ?::timestamptz[], ?::boolean[]) a (id, at, is_new)
        where s.tenant_id = ? and s.id = a.id
        """;

    // Marten has headers as a map: of these keys the other adapter's JSON is made.
    private static readonly string Source = KeyOf(nameof(EventHeaders.Source));

    private static readonly string Identity = KeyOf(nameof(EventHeaders.Identity));

    private static readonly string Shop = KeyOf(nameof(EventHeaders.Shop));

    private static readonly string Trace = KeyOf(nameof(EventHeaders.Trace));

    public async Task Write(NpgsqlBatch batch, IReadOnlyList<StreamAppend> appends, CancellationToken ct)
    {
        if (batch.Transaction is not null || appends.Count == 0)
        {
            await batch.ExecuteNonQueryAsync(ct);
            await Append(batch.Transaction, appends, ct);
            return;
        }

        await using var transaction = await batch.Connection!.BeginTransactionAsync(ct);
        batch.Transaction = transaction;
        await batch.ExecuteNonQueryAsync(ct);
        await Append(transaction, appends, ct);
        await transaction.CommitAsync(ct);
    }

    public async IAsyncEnumerable<Recorded> Read(
        NpgsqlConnection connection, ShopId shop, IReadOnlyList<string> streams, AsOf asOf, [EnumeratorCancellation] CancellationToken ct)
    {
        var keys = streams.ToArray();
        var events = marten.Reading(connection, shop).Events.QueryAllRawEvents().Where(e => e.StreamKey!.IsOneOf(keys));
        if (asOf.KnownBy is { } known)
        {
            var instant = known.ToUniversalTime();
            events = events.Where(e => e.Timestamp <= instant);
        }

        await using var rows = events.OrderBy(e => e.Sequence).ToAsyncEnumerable(ct).GetAsyncEnumerator(ct);
        while (await MartenFailures.Unwrapped(rows.MoveNextAsync()))
        {
            var row = rows.Current;
            var data = (IEvent)row.Data;
            if (asOf.HappenedBy is not { } limit || data.OccurredAt <= limit)
            {
                yield return new(
                    row.Sequence, row.StreamKey!, row.Version, row.EventTypeName, data, row.Timestamp, row.CorrelationId, row.CausationId,
                    row.GetHeader(Source) as string, row.GetHeader(Identity) as string);
            }
        }
    }

    private async Task Append(NpgsqlTransaction? transaction, IReadOnlyList<StreamAppend> appends, CancellationToken ct)
    {
        foreach (var shop in appends.GroupBy(a => a.Shop))
        {
            await using var session = marten.Session(transaction!, shop.Key);
            foreach (var append in shop)
            {
                Append(session, append);
            }

            // Runs after the appends of the session.
            session.QueueSqlCommand(
                Dated, shop.Select(a => a.Stream).ToArray(), shop.Select(a => a.At).ToArray(), shop.Select(a => a.Version == a.Events.Count).ToArray(), shop.Key.Value);
            await MartenFailures.Unwrapped(session.SaveChangesAsync(ct));
        }
    }

    private static void Append(IDocumentSession session, StreamAppend append)
    {
        var stream = session.Events.Append(append.Stream, append.Version, append.Events.Select(e => e.Event));
        foreach (var (row, appended) in stream.Events.Zip(append.Events))
        {
            row.Id = Guid.CreateVersion7(append.At);
            row.Timestamp = append.At;
            row.CorrelationId = appended.Correlation;
            row.CausationId = appended.Causation;
            row.SetHeader(Source, appended.Headers.Source);
            row.SetHeader(Identity, appended.Headers.Identity);
            row.SetHeader(Shop, appended.Headers.Shop);
            if (appended.Headers.Trace is { } trace)
            {
                row.SetHeader(Trace, trace);
            }

            // A .NET name is never stored; an event is read by its stored name.
            row.DotNetTypeName = null!;
        }
    }

    private static string KeyOf(string property) => EventCatalog.Json.PropertyNamingPolicy!.ConvertName(property);
}

/// <summary>Rethrows the Npgsql exceptions that Marten wraps: by their SQLSTATE the event store tells a conflict from a failure.</summary>
internal static class MartenFailures
{
    public static async Task Unwrapped(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception e) when (FindNpgsqlException(e) is { } found)
        {
            ExceptionDispatchInfo.Throw(found);
        }
    }

    /// <exception cref="NewerVersionException">A stored name that this version does not know.</exception>
    public static async ValueTask<T> Unwrapped<T>(ValueTask<T> work)
    {
        try
        {
            return await work;
        }
        catch (InvalidCastException e) when (e.Message.Contains("mt_dotnet_type", StringComparison.Ordinal))
        {
            // Where it does not know the stored name, Marten looks for a .NET name, which is never stored.
            throw new NewerVersionException(e.Message);
        }
        catch (Exception e) when (FindNpgsqlException(e) is { } found)
        {
            ExceptionDispatchInfo.Throw(found);
            throw;
        }
    }

    private static NpgsqlException? FindNpgsqlException(Exception e) => e switch
    {
        OperationCanceledException or NpgsqlException => null,

        // The stream has another version than was read. Marten's exception holds nothing of PostgreSQL's.
        EventStreamUnexpectedMaxEventIdException => new PostgresException(e.Message, "ERROR", "ERROR", PostgresErrorCodes.SerializationFailure),
        _ => e.InnerException as NpgsqlException ?? (e.InnerException is { } inner ? FindNpgsqlException(inner) : null),
    };
}
