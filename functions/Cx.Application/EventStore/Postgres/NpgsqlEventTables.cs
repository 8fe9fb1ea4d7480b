using System.Text.Json;
using Cx.Domain;
using Npgsql;
using static Cx.Application.EventStore.Postgres.Sql;

namespace Cx.Application.EventStore.Postgres;

/// <summary>The event tables by SQL of our own: an append is one more statement of the batch, so that all goes to the server at once.</summary>
public sealed class NpgsqlEventTables : IEventTables
{
    private const string Events = """
        with moved as (
          insert into mt_streams (tenant_id, id, version, timestamp, created)
          select shop, id, version, at, at from unnest($1, $2, $3, $4) r (shop, id, version, at)
          on conflict (tenant_id, id) do update set version = excluded.version, timestamp = excluded.timestamp)
        insert into mt_events (seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers)
        select nextval('mt_events_sequence'), * from unnest($5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """;

    public async Task Write(NpgsqlBatch batch, IReadOnlyList<StreamAppend> appends, CancellationToken ct)
    {
        if (appends.Count > 0)
        {
            batch.BatchCommands.Add(Append(appends));
        }

        await batch.ExecuteNonQueryAsync(ct);
    }

    public IAsyncEnumerable<Recorded> Read(NpgsqlConnection connection, ShopId shop, IReadOnlyList<string> streams, AsOf asOf, CancellationToken ct) =>
        EventLog.Read(connection, shop, streams, asOf, ct);

    private static NpgsqlBatchCommand Append(IReadOnlyList<StreamAppend> appends)
    {
        var rows = appends.SelectMany(a => a.Events, (a, e) => (Stream: a, Event: e)).ToArray();
        var versions = appends.SelectMany(a => a.Events.Select((_, i) => a.Version - a.Events.Count + i + 1)).ToArray();
        return Command(
            Events,
            Texts([.. appends.Select(a => a.Shop.Value)]), Texts([.. appends.Select(a => a.Stream)]), Longs([.. appends.Select(a => a.Version)]),
            Instants([.. appends.Select(a => (DateTimeOffset?)a.At)]),
            Uuids([.. rows.Select(r => Guid.CreateVersion7(r.Stream.At))]), Texts([.. rows.Select(r => r.Stream.Shop.Value)]),
            Texts([.. rows.Select(r => r.Stream.Stream)]), Longs(versions), Texts([.. rows.Select(r => EventCatalog.NameOf(r.Event.Event))]),
            Jsonb([.. rows.Select(r => EventCatalog.Write(r.Event.Event))]), Instants([.. rows.Select(r => (DateTimeOffset?)r.Stream.At)]),
            Texts([.. rows.Select(r => r.Event.Correlation)]), Texts([.. rows.Select(r => r.Event.Causation)]),
            Jsonb([.. rows.Select(r => JsonSerializer.SerializeToUtf8Bytes(r.Event.Headers, EventCatalog.Json))]));
    }
}
