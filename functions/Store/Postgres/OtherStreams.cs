using System.Text.Json;
using Cx.Domain;
using Npgsql;

namespace Cx.Functions.Store.Postgres;

public sealed partial class PostgresEventStore
{
    private const string Shop = """
        with changed as (
          insert into cx_shops as s (shop, version, settings, sending) values ($1, $2, $3, $4)
          on conflict (shop) do update set version = excluded.version, settings = excluded.settings, sending = excluded.sending where s.version = $5
          returning 1)
        select cx_expect(count(*), 1) from changed
        """;

    private const string Stream = """
        insert into mt_streams (tenant_id, id, version, timestamp, created) values ($1, $2, $3, $4, $4)
        on conflict (tenant_id, id) do update set version = excluded.version, timestamp = greatest(mt_streams.timestamp, excluded.timestamp)
        """;

    private const string Plain = """
        insert into mt_events (seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers)
        select nextval('mt_events_sequence'), e.id, $1, $2, e.version, e.type, e.data, s.timestamp, $3, $3, $4
        from unnest($5, $6, $7, $8) e (id, version, type, data), mt_streams s where s.tenant_id = $1 and s.id = $2
        """;

    // What the shop allows or forbids has changed: everybody with something to come is looked at again, in the order they were due.
    private const string Everybody = "update cx_customers set due_at = $2 where shop = $1 and due_at > $2";

    public async Task Append(ShopId shop, string stream, IReadOnlyList<IEvent> events, ShopRow row, long expectedVersion, CancellationToken ct)
    {
        var at = Later(clock.GetUtcNow(), DateTimeOffset.MinValue);
        var version = expectedVersion + events.Count;
        var headers = JsonSerializer.SerializeToUtf8Bytes(new EventHeaders("api", stream, version), EventCatalog.Json);
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            Shop, Sql.Text(shop.Value), Sql.Long(version), Sql.Jsonb(JsonSerializer.SerializeToUtf8Bytes(row.Settings, EventCatalog.Json)), Sql.Text(row.Sending.ToString()),
            Sql.Long(expectedVersion)));
        batch.BatchCommands.Add(Sql.Command(Stream, Sql.Text(shop.Value), Sql.Text(stream), Sql.Long(version), Sql.Instant(at)));
        batch.BatchCommands.Add(Sql.Command(
            Plain, Sql.Text(shop.Value), Sql.Text(stream), Sql.Text("api"), Sql.Jsonb(headers),
            Sql.Uuids([.. events.Select(_ => Guid.CreateVersion7(at))]), Sql.Longs([.. events.Select((_, i) => expectedVersion + i + 1)]),
            Sql.Texts([.. events.Select(EventCatalog.NameOf)]), Sql.Jsonb([.. events.Select(EventCatalog.Write)])));
        batch.BatchCommands.Add(Sql.Command(Everybody, Sql.Text(shop.Value), Sql.Instant(at)));
        await batch.ExecuteNonQueryAsync(ct);
        Committed?.Invoke();
        Configured?.Invoke(shop);
    }

    public async IAsyncEnumerable<Recorded> Read(ShopId shop, IReadOnlyList<string> streams, AsOf asOf, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await foreach (var recorded in EventLog.Read(connection, shop, streams, asOf, ct))
        {
            yield return recorded;
        }
    }
}
