using System.Globalization;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;

namespace Cx.Application.Shops;

/// <summary>An event that a view goes on without, as the API lists it.</summary>
/// <param name="Type">The event's stored name.</param>
/// <param name="Customer">Whose stream it is in; none for the shop's own.</param>
public sealed record FailedEvent(long Sequence, string Type, string? Customer, string View, string Error, DateTimeOffset FailedAt);

/// <summary>What views could not digest; of a view's versions, the one that is read and those being built: a new version folds all events again.</summary>
public sealed class FailedEvents(NpgsqlDataSource database)
{
    private const string Newest = """
        select f.seq_id, e.type, e.stream_id, f.view, f.error, f.failed_at
        from cx_failed_events f join mt_events e on e.seq_id = f.seq_id and e.tenant_id = f.shop left join cx_views v on v.view = f.view
        where f.shop = $1 and (f.seq_id, f.view) < ($2, $3) and f.version >= coalesce(v.serving, 0) order by f.seq_id desc, f.view desc limit $4
        """;

    public async Task<Page<FailedEvent>> List(ShopId shop, PageRequest page, CancellationToken ct)
    {
        var (before, view) = Position(page.After);
        await using var command = database.CreateCommand(Newest);
        command.Parameters.AddRange(new[] { Sql.Text(shop.Value), Sql.Long(before), Sql.Text(view), Sql.Int(page.Limit + 1) });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var items = new List<FailedEvent>();
        while (await reader.ReadAsync(ct))
        {
            items.Add(new(
                reader.GetInt64(0), reader.GetString(1), CustomerStream.Customer(reader.GetString(2))?.Value, reader.GetString(3), reader.GetString(4),
                reader.GetFieldValue<DateTimeOffset>(5)));
        }

        return page.Page(items, i => string.Create(CultureInfo.InvariantCulture, $"{i.Sequence}/{i.View}"));
    }

    private static (long Sequence, string View) Position(string? after) => after?.Split('/', 2) switch
    {
        null => (long.MaxValue, ""),
        [var sequence, var view] when long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => (number, view),
        _ => throw PageRequest.InvalidCursor(),
    };
}

internal static class FailedEventHandlers
{
    public static async Task<IResult> List(string shop, int? limit, string? cursor, FailedEvents events, CancellationToken ct) =>
        Results.Json(await events.List(new(shop), PageRequest.Of(limit, cursor), ct), ApiJson.Options);
}
