using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Postgres;
using Cx.Application.Privacy;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.Intake;

/// <summary>A delivery that could not be translated, as it is listed.</summary>
public sealed record FailedDelivery(string Id, string Source, string Topic, string Reason, DateTimeOffset FailedAt, int Tries);

/// <summary>
/// Authentic deliveries that could not be taken over: kept sealed, headers and body, until a fix lets them be replayed, or for
/// <see cref="Retention.KeptFor"/>. They do not consume their key, so the source may also simply send again.
/// </summary>
public sealed class FailedDeliveries(NpgsqlDataSource database, InstallationKeys keys)
{
    private sealed record Kept(Dictionary<string, string> Headers, byte[] Body, DateTimeOffset ReceivedAt);

    public async Task RecordDelivery(ShopId shop, string source, string topic, string key, Incoming incoming, string reason, CancellationToken ct)
    {
        var id = Lookup.DeliveryKey(keys, shop, source, key)[0].Hash;
        var headers = incoming.Headers.Where(h => h.Key.StartsWith("X-", StringComparison.OrdinalIgnoreCase) || h.Key.StartsWith("webhook-", StringComparison.OrdinalIgnoreCase));
        var kept = new Kept(headers.ToDictionary(h => h.Key, h => h.Value.ToString()), incoming.Body.ToArray(), incoming.ReceivedAt);
        var payload = PayloadSeal.Seal(keys, shop, Correlations.Of(id), JsonSerializer.SerializeToUtf8Bytes(kept));
        await using var command = database.CreateCommand(
            """
            insert into cx_failed_deliveries as f (shop, delivery, source, topic, reason, key_version, key, data, failed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (shop, delivery) do update set reason = excluded.reason, key_version = excluded.key_version, key = excluded.key, data = excluded.data,
              failed_at = excluded.failed_at, tries = f.tries + 1
            """);
        foreach (var parameter in (ReadOnlySpan<NpgsqlParameter>)[
            Sql.Text(shop.Value), Sql.Bytes(id), Sql.Text(source), Sql.Text(topic.Replace('\0', ' ')), Sql.Text(reason.Replace('\0', ' ')), Sql.Int(payload.KeyVersion), Sql.Bytes(payload.WrappedKey),
            Sql.Bytes(payload.Data), Sql.Instant(incoming.ReceivedAt)])
        {
            command.Parameters.Add(parameter);
        }

        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task<Page<FailedDelivery>> List(ShopId shop, PageRequest page, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select encode(delivery, 'hex'), source, topic, reason, failed_at, tries from cx_failed_deliveries
            where shop = $1 and encode(delivery, 'hex') > $2 order by encode(delivery, 'hex') limit $3
            """);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Text(page.After ?? ""));
        command.Parameters.Add(Sql.Int(page.Limit + 1));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var items = new List<FailedDelivery>();
        while (await reader.ReadAsync(ct))
        {
            items.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetInt32(5)));
        }

        return page.Page(items, i => i.Id);
    }

    /// <summary>The delivery as it arrived; none when it is not, or no longer, here.</summary>
    public async Task<(string Source, Incoming Incoming)?> Open(ShopId shop, string id, CancellationToken ct)
    {
        if (Correlations.Delivery(id) is not { } delivery)
        {
            return null;
        }

        await using var command = database.CreateCommand("select source, key_version, key, data from cx_failed_deliveries where shop = $1 and delivery = $2");
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Bytes(delivery));
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            return null;
        }

        var payload = new SealedPayload(reader.GetInt32(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<byte[]>(3));
        var kept = JsonSerializer.Deserialize<Kept>(PayloadSeal.Open(keys, shop, id, payload))!;
        var headers = new HeaderDictionary();
        foreach (var (name, value) in kept.Headers)
        {
            headers[name] = value;
        }

        return (reader.GetString(0), new Incoming(headers, kept.Body, kept.ReceivedAt));
    }

    public async Task Forget(ShopId shop, string id, CancellationToken ct)
    {
        await using var command = database.CreateCommand("delete from cx_failed_deliveries where shop = $1 and delivery = $2");
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Bytes(Correlations.Delivery(id)!));
        await command.ExecuteNonQueryAsync(ct);
    }
}
