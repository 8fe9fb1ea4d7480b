using System.Text.Json;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>Reads pages of streams. A page ends where it is full, so that a long history costs no more than a short one.</summary>
internal static class EventRows
{
    // Each stream's own index has its events in the order of their sequence numbers, which is that of their versions.
    private const string Onwards = """
        select e.* from unnest($2) s (stream), lateral (
          select seq_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers from mt_events
          where tenant_id = $1 and stream_id = s.stream and seq_id > $3 order by version limit $4) e
        order by seq_id limit $4
        """;

    private const string Backwards = """
        select e.* from unnest($2) s (stream), lateral (
          select seq_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers from mt_events
          where tenant_id = $1 and stream_id = s.stream and seq_id < $3 order by version desc limit $4) e
        order by seq_id desc limit $4
        """;

    /// <summary>At most <paramref name="limit"/> events after a sequence number, or, the latest first, before it.</summary>
    public static async Task<List<Recorded>> ReadPage(
        NpgsqlConnection connection, ShopId shop, string[] streams, long? from, bool latestFirst, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(latestFirst ? Backwards : Onwards, connection)
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
}
