using System.Text.Json;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore.Postgres;

public sealed partial class PostgresEventStore
{
    private const string Shop = """
        with changed as (
          insert into cx_shops as s (shop, version, settings, sending) values ($1, $2, $3, $4)
          on conflict (shop) do update set version = excluded.version, settings = excluded.settings, sending = excluded.sending where s.version = $5
          returning 1)
        select cx_expect(count(*), 1) from changed
        """;

    private const string LastAppend = "select timestamp from mt_streams where tenant_id = $1 and id = $2";

    // New settings may allow or forbid what is planned: every customer who has something planned is woken.
    private const string WakeAll = "update cx_customers set due_at = $2 where shop = $1 and due_at > $2";

    public async Task Append(
        ShopId shop, string stream, IReadOnlyList<IEvent> events, ShopRow row, long expectedVersion, CancellationToken ct)
    {
        var version = expectedVersion + events.Count;
        await using var connection = await database.OpenConnectionAsync(ct);
        var at = await RecordedAt(connection, shop, stream, ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            Shop, Sql.Text(shop.Value), Sql.Long(version), Sql.Jsonb(JsonSerializer.SerializeToUtf8Bytes(row.Settings, EventCatalog.Json)), Sql.Text(row.Sending.ToString()),
            Sql.Long(expectedVersion)));
        batch.BatchCommands.Add(Sql.Command(WakeAll, Sql.Text(shop.Value), Sql.Instant(at)));
        var headers = new EventHeaders("api", stream, version);
        await tables.Write(batch, [new(shop, stream, version, at, [.. events.Select(e => new Appended(e, "api", "api", headers))])], ct);
        Committed?.Invoke();
        Configured?.Invoke(shop);
    }

    // An append by another transaction meanwhile changes the shop's version, which is checked.
    private async Task<DateTimeOffset> RecordedAt(NpgsqlConnection connection, ShopId shop, string stream, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(LastAppend, connection) { Parameters = { Sql.Text(shop.Value), Sql.Text(stream) } };
        var last = await command.ExecuteScalarAsync(ct);
        return LaterOf(clock.GetUtcNow(), last is DateTime at ? at : DateTimeOffset.MinValue);
    }
}
