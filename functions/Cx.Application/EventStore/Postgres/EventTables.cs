using System.Runtime.CompilerServices;
using System.Text.Json;
using Cx.Domain;
using Npgsql;
using static Cx.Application.EventStore.Postgres.Sql;

namespace Cx.Application.EventStore.Postgres;

/// <summary>
/// The event tables, in Marten's layout: what a transaction appends to them and reads from them. One adapter speaks to them by SQL of its
/// own, one through Marten; all else in a transaction is the same for both.
/// </summary>
public interface IEventTables
{
    /// <summary>
    /// Runs the statements, then appends: in the transaction that the batch is in, or, where it is in none, in one that commits with it.
    /// The statements guard against other transactions: one that conflicts has then drawn no sequence number.
    /// </summary>
    /// <exception cref="PostgresException">As PostgreSQL reported it; nothing was written.</exception>
    Task Write(NpgsqlBatch batch, IReadOnlyList<StreamAppend> appends, CancellationToken ct);

    /// <summary>
    /// The events of streams of one shop in the order of their sequence numbers, as far as they were known, or had happened, by an instant.
    /// </summary>
    IAsyncEnumerable<Recorded> Read(NpgsqlConnection connection, ShopId shop, IReadOnlyList<string> streams, AsOf asOf, CancellationToken ct);
}

/// <summary>An event on its way into the log, with its metadata.</summary>
public sealed record Appended(IEvent Event, string Correlation, string Causation, EventHeaders Headers);

/// <summary>What goes to the end of one stream.</summary>
/// <param name="Version">The stream's version after it.</param>
/// <param name="At">The recorded instant of these events and of the stream, to the microsecond, never before the stream's last.</param>
public sealed record StreamAppend(ShopId Shop, string Stream, long Version, DateTimeOffset At, IReadOnlyList<Appended> Events);

/// <summary>What the log keeps of an event besides the event and its chain.</summary>
/// <param name="Source">The system that reported it.</param>
/// <param name="Identity">The customer record by whose identifier it came.</param>
/// <param name="Shop">The version of the shop's facts under which it was decided.</param>
/// <param name="Trace">The span that recorded it, as W3C Trace Context writes it; none where it was not traced.</param>
public sealed record EventHeaders(string Source, string Identity, long Shop, string? Trace = null);

/// <summary>
/// The event tables by SQL of our own: an append is one more statement of the batch, so that all goes to the server at once.
/// </summary>
public sealed class NpgsqlEventTables : IEventTables
{
    private const string Insert = """
        with stream as (
          insert into mt_streams (tenant_id, id, version, timestamp, created)
          select shop, id, version, at, at from unnest($1, $2, $3, $4) r (shop, id, version, at)
          on conflict (tenant_id, id) do update set version = excluded.version, timestamp = excluded.timestamp)
        insert into mt_events (seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers)
        select nextval('mt_events_sequence'), * from unnest($5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """;

    private const string Streams = """
        select seq_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers
        from mt_events
        where tenant_id = $1 and stream_id = any($2) and ($3 is null or timestamp <= $3)
        order by seq_id
        """;

    private const string Page = """
        select seq_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers
        from mt_events
        where tenant_id = $1 and stream_id = any($2)
        """;

    private const string Onwards = " and seq_id > $3 order by seq_id limit $4";

    private const string Backwards = " and seq_id < $3 order by seq_id desc limit $4";

    public async Task Write(NpgsqlBatch batch, IReadOnlyList<StreamAppend> appends, CancellationToken ct)
    {
        if (appends.Count > 0)
        {
            batch.BatchCommands.Add(Append(appends));
        }

        await batch.ExecuteNonQueryAsync(ct);
    }

    public async IAsyncEnumerable<Recorded> Read(
        NpgsqlConnection connection, ShopId shop, IReadOnlyList<string> streams, AsOf asOf, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Streams, connection) { Parameters = { Sql.Text(shop.Value), Sql.Texts([.. streams]), InstantOrNull(asOf.KnownBy) } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var recorded = Row(reader);
            if (asOf.HappenedBy is not { } limit || recorded.Event.OccurredAt <= limit)
            {
                yield return recorded;
            }
        }
    }

    /// <summary>At most <paramref name="limit"/> events after a sequence number, or, the latest first, before it.</summary>
    internal static async Task<List<Recorded>> ReadPage(
        NpgsqlConnection connection, ShopId shop, string[] streams, long? from, bool latestFirst, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Page + (latestFirst ? Backwards : Onwards), connection)
        {
            Parameters = { Sql.Text(shop.Value), Sql.Texts(streams), Sql.Long(from ?? (latestFirst ? long.MaxValue : 0)), Sql.Int(limit) },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var page = new List<Recorded>();
        while (await reader.ReadAsync(ct))
        {
            page.Add(Row(reader));
        }

        return page;
    }

    private static Recorded Row(NpgsqlDataReader reader)
    {
        var type = reader.GetString(3);
        var headers = reader.IsDBNull(8) ? null : JsonSerializer.Deserialize<EventHeaders>(reader.GetFieldValue<byte[]>(8), EventCatalog.Json);
        return new(
            reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), type, EventCatalog.Read(type, reader.GetFieldValue<byte[]>(4)),
            reader.GetFieldValue<DateTimeOffset>(5), reader.TextOrNull(6), reader.TextOrNull(7), headers?.Source, headers?.Identity);
    }

    private static NpgsqlParameter InstantOrNull(DateTimeOffset? value) => new NpgsqlParameter
    {
        Value = value is { } v ? v.UtcDateTime : DBNull.Value,
        NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz,
    };

    private static NpgsqlBatchCommand Append(IReadOnlyList<StreamAppend> appends)
    {
        var rows = appends.SelectMany(a => a.Events, (a, e) => (Stream: a, Event: e)).ToArray();
        var versions = appends.SelectMany(a => a.Events.Select((_, i) => a.Version - a.Events.Count + i + 1)).ToArray();
        return Command(
            Insert,
            Texts([.. appends.Select(a => a.Shop.Value)]), Texts([.. appends.Select(a => a.Stream)]), Longs([.. appends.Select(a => a.Version)]),
            Instants([.. appends.Select(a => (DateTimeOffset?)a.At)]),
            Uuids([.. rows.Select(r => Guid.CreateVersion7(r.Stream.At))]), Texts([.. rows.Select(r => r.Stream.Shop.Value)]),
            Texts([.. rows.Select(r => r.Stream.Stream)]), Longs(versions), Texts([.. rows.Select(r => EventCatalog.NameOf(r.Event.Event))]),
            Jsonb([.. rows.Select(r => EventCatalog.Write(r.Event.Event))]), Instants([.. rows.Select(r => (DateTimeOffset?)r.Stream.At)]),
            Texts([.. rows.Select(r => r.Event.Correlation)]), Texts([.. rows.Select(r => r.Event.Causation)]),
            Jsonb([.. rows.Select(r => JsonSerializer.SerializeToUtf8Bytes(r.Event.Headers, EventCatalog.Json))]));
    }
}
