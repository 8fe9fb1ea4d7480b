using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Cx.Application.Intake;

/// <summary>A delivery that could not be translated, as the API lists it.</summary>
public sealed record FailedDelivery(string Id, string Source, string Topic, string Reason, DateTimeOffset FailedAt, int Tries);

/// <summary>
/// Authentic deliveries that could not be translated or stored: headers and body, sealed, until they are replayed after a fix or
/// <see cref="Retention.KeptFor"/> has passed, or somebody is erased whom they mention. They do not use up their delivery key, so the source may also send
/// them again.
/// </summary>
public sealed class FailedDeliveries(NpgsqlDataSource database, InstallationKeys keys, Identification identification)
{
    private sealed record StoredRequest(Dictionary<string, string> Headers, byte[] Body, DateTimeOffset ReceivedAt);

    public async Task RecordDelivery(ShopId shop, string source, string topic, string key, Incoming incoming, string reason, CancellationToken ct)
    {
        var id = Lookup.DeliveryKey(keys, shop, source, key)[0].Hash;
        var headers = incoming.Headers.Where(h =>
            h.Key.StartsWith("X-", StringComparison.OrdinalIgnoreCase) || h.Key.StartsWith("webhook-", StringComparison.OrdinalIgnoreCase));
        var stored = new StoredRequest(headers.ToDictionary(h => h.Key, h => h.Value.ToString()), incoming.Body.ToArray(), incoming.ReceivedAt);
        var payload = PayloadSeal.Seal(keys, shop, Correlations.Of(id), JsonSerializer.SerializeToUtf8Bytes(stored));
        var mentioned = await identification.Of(shop, Mentions.In(incoming.Body), ct);
        await using var command = database.CreateCommand(
            """
            insert into cx_failed_deliveries as f (shop, delivery, source, topic, reason, key_version, key, data, failed_at, concerns)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (shop, delivery) do update set reason = excluded.reason, key_version = excluded.key_version, key = excluded.key,
              data = excluded.data, failed_at = excluded.failed_at, concerns = excluded.concerns, tries = f.tries + 1
            """);
        foreach (var parameter in (ReadOnlySpan<NpgsqlParameter>)[
            Sql.Text(shop.Value), Sql.Bytes(id), Sql.Text(source), Sql.Text(topic.Replace('\0', ' ')), Sql.Text(reason.Replace('\0', ' ')),
            Sql.Int(payload.KeyVersion), Sql.Bytes(payload.WrappedKey), Sql.Bytes(payload.Data), Sql.Instant(incoming.ReceivedAt),
            Sql.Bytes([.. mentioned.SelectMany(i => i.Hashes, (_, h) => h.Hash)])])
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
            where shop = $1 and delivery > $2 order by delivery limit $3
            """);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Bytes(Correlations.Delivery(page.After ?? "") ?? throw PageRequest.InvalidCursor()));
        command.Parameters.Add(Sql.Int(page.Limit + 1));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var items = new List<FailedDelivery>();
        while (await reader.ReadAsync(ct))
        {
            items.Add(new(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
                reader.GetFieldValue<DateTimeOffset>(4), reader.GetInt32(5)));
        }

        return page.Page(items, i => i.Id);
    }

    /// <summary>The delivery as it arrived; null when there is none with this id.</summary>
    public async Task<(string Source, Incoming Incoming)?> Open(ShopId shop, string id, CancellationToken ct)
    {
        if (Correlations.Delivery(id) is not { } delivery)
        {
            return null;
        }

        await using var command = database.CreateCommand(
            "select source, key_version, key, data from cx_failed_deliveries where shop = $1 and delivery = $2");
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Bytes(delivery));
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            return null;
        }

        var payload = new SealedPayload(reader.GetInt32(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<byte[]>(3));
        var stored = JsonSerializer.Deserialize<StoredRequest>(PayloadSeal.Open(keys, shop, id, payload))!;
        var headers = new HeaderDictionary();
        foreach (var (name, value) in stored.Headers)
        {
            headers[name] = value;
        }

        return (reader.GetString(0), new Incoming(headers, stored.Body, stored.ReceivedAt));
    }

    public async Task Remove(ShopId shop, string id, CancellationToken ct)
    {
        await using var command = database.CreateCommand("delete from cx_failed_deliveries where shop = $1 and delivery = $2");
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Bytes(Correlations.Delivery(id)!));
        await command.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>The API of failed deliveries: list them, and process one again after a fix.</summary>
internal static class FailedDeliveryHandlers
{
    public static async Task<IResult> List(string shop, int? limit, string? cursor, FailedDeliveries failures, CancellationToken ct) =>
        Results.Json(await failures.List(new(shop), PageRequest.Of(limit, cursor), ct), ApiJson.Options);

    public static async Task<IResult> Replay(
        string shop, string id, [FromServices] IEnumerable<ISource> sources, FailedDeliveries failures, Deliveries deliveries,
        CancellationToken ct)
    {
        if (await failures.Open(new(shop), id, ct) is not { } failed)
        {
            return Problems.Of(
                StatusCodes.Status404NotFound, "unknown-failed-delivery",
                "There is no such failed delivery: it was replayed, has expired, or never existed.");
        }

        using var incoming = failed.Incoming;
        var result = await deliveries.Take(new(shop), sources.Single(s => s.Name == failed.Source), incoming, ct);
        if (result.Status is not IntakeStatus.Failed)
        {
            await failures.Remove(new(shop), id, ct);
        }

        return result.Answer();
    }
}
