using System.Runtime.CompilerServices;
using System.Text.Json;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore.Postgres;

/// <summary>Reads streams.</summary>
internal static class EventLog
{
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

    public static async IAsyncEnumerable<Recorded> Read(
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

    /// <summary>At most so many events after a sequence number, or, the latest first, before it.</summary>
    public static async Task<List<Recorded>> ReadPage(
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
}
