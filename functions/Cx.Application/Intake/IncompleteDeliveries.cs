using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.Intake;

/// <summary>A delivery that was taken without some of its fields.</summary>
/// <param name="LeftOut">Each field that could not be read, by JSON pointer, with the reason; never a value.</param>
public sealed record IncompleteDelivery(string Id, string Source, string Topic, DateTimeOffset ReceivedAt, IReadOnlyList<string> LeftOut);

/// <summary>Finds deliveries that were taken without some of their fields.</summary>
public sealed class IncompleteDeliveries(NpgsqlDataSource database)
{
    private const string Newest = """
        select encode(key, 'hex'), source, topic, received_at, left_out from cx_deliveries
        where shop = $1 and left_out is not null and ($2 is null or (received_at, key) < ($2, $3))
        order by received_at desc, key desc limit $4
        """;

    public async Task<Page<IncompleteDelivery>> List(ShopId shop, PageRequest page, CancellationToken ct)
    {
        var (instant, id) = page.AfterKey();
        var key = id is null ? [] : Correlations.Delivery(id) ?? throw PageRequest.InvalidCursor();
        await using var command = database.CreateCommand(Newest);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(new NpgsqlParameter { Value = instant is { } at ? at.UtcDateTime : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
        command.Parameters.Add(Sql.Bytes(key));
        command.Parameters.Add(Sql.Int(page.Limit + 1));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var read = new List<IncompleteDelivery>();
        while (await reader.ReadAsync(ct))
        {
            read.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetString(4).Split('\n')));
        }

        return page.Page(read, d => PageRequest.KeyOf(d.ReceivedAt, d.Id));
    }
}

/// <summary>The API of incomplete deliveries.</summary>
internal static class IncompleteDeliveryHandlers
{
    public static async Task<IResult> List(string shop, int? limit, string? cursor, IncompleteDeliveries deliveries, CancellationToken ct) =>
        Results.Json(await deliveries.List(new(shop), PageRequest.Of(limit, cursor), ct), ApiJson.Options);
}
