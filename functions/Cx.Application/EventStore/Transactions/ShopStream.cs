using System.Text.Json;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore;

public sealed partial class MartenEventStore
{
    private const string Shop = """
        with changed as (
          insert into cx_shops as s (shop, version, settings, sending, recorded_at) values ($1, $2, $3, $4, $6)
          on conflict (shop) do update set version = excluded.version, settings = excluded.settings, sending = excluded.sending, recorded_at = excluded.recorded_at where s.version = $5
          returning 1)
        select cx_expect(count(*), 1) from changed
        """;

    private const string LastAppend = "select recorded_at from cx_shops where shop = $1";

    // New settings may allow or forbid what is planned: every customer who has something planned is woken.
    private const string WakeAll = "update cx_customers set due_at = $2 where shop = $1 and due_at > $2";

    public async Task Append(
        ShopId shop, string stream, IReadOnlyList<IEvent> events, ShopRow row, long expectedVersion, CancellationToken ct)
    {
        var version = expectedVersion + events.Count;
        await using var connection = await database.OpenConnectionAsync(ct);
        var at = await RecordedAt(connection, shop, ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(Sql.Command(
            Shop, Sql.Text(shop.Value), Sql.Long(version), Sql.Jsonb(JsonSerializer.SerializeToUtf8Bytes(row.Settings, EventCatalog.Json)), Sql.Text(row.Sending.ToString()),
            Sql.Long(expectedVersion), Sql.Instant(at)));
        batch.BatchCommands.Add(Sql.Command(WakeAll, Sql.Text(shop.Value), Sql.Instant(at)));
        var headers = new EventHeaders("api", stream, version);
        await Write(batch, [new(shop, stream, version, at, [.. events.Select(e => new Appended(e, "api", "api", headers))])], ct);
        await transaction.CommitAsync(ct);
        Committed?.Invoke();
        Configured?.Invoke(shop);
    }

    // An append by another transaction meanwhile changes the shop's version, which is checked.
    private async Task<DateTimeOffset> RecordedAt(NpgsqlConnection connection, ShopId shop, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(LastAppend, connection) { Parameters = { Sql.Text(shop.Value) } };
        var last = await command.ExecuteScalarAsync(ct);
        return LaterOf(clock.GetUtcNow(), last is DateTime at ? at : DateTimeOffset.MinValue);
    }
}
