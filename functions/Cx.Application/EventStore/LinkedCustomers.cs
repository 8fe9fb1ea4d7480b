using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>Who is linked with whom, and once was.</summary>
internal static class LinkedCustomers
{
    private const string Members = "select id from cx_customers where shop = $1 and lead = $2";

    // Every customer's own stream names all that ever led it, and the streams of these name all they led.
    private const string EverLinked = $"""
        with recursive related (id) as (
          select unnest($2)
          union
          select l.id from related r,
          lateral (select data from mt_events where tenant_id = $1 and stream_id = 'customer-' || r.id and type = 'customers-linked.v1' offset 0) e,
          lateral (values (e.data ->> 'lead'), (e.data ->> 'member')) l (id))
        """;

    private const string Related = $"{EverLinked} select id from related";

    private const string RelatedKeys = $"""
        {EverLinked}
        select c.id, c.key_version, c.key from related r, lateral (select id, key_version, key from cx_customers where shop = $1 and id = r.id and key is not null limit 1) c
        """;

    private const string Key = "select id, key_version, key from cx_customers where shop = $1 and id = $2 and key is not null";

    /// <summary>A customer that leads, or stands alone, and those linked to it.</summary>
    public static async Task<IReadOnlyList<CustomerId>> Group(NpgsqlConnection connection, ShopId shop, CustomerId lead, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Members, connection) { Parameters = { Sql.Text(shop.Value), Sql.Text(lead.Value) } };
        return [lead, .. await Ids(command, ct)];
    }

    /// <summary>Those that some customers were ever linked with, directly or by others, themselves included.</summary>
    public static async Task<IReadOnlyList<CustomerId>> Ever(NpgsqlConnection connection, ShopId shop, IEnumerable<CustomerId> ids, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Related, connection) { Parameters = { Sql.Text(shop.Value), Sql.Texts([.. ids.Select(i => i.Value)]) } };
        return await Ids(command, ct);
    }

    /// <summary>The keys of all that some customers were ever linked with, those of the customers themselves first, as far as they exist.</summary>
    public static async Task<IReadOnlyList<(CustomerId Id, CustomerKey Key)>> Keys(
        NpgsqlConnection connection, InstallationKeys keys, ShopId shop, IReadOnlyList<CustomerId> ids, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(RelatedKeys, connection) { Parameters = { Sql.Text(shop.Value), Sql.Texts([.. ids.Select(i => i.Value)]) } };
        var found = await Open(command, keys, shop, ct);
        return [.. ids.Distinct().Where(found.ContainsKey).Concat(found.Keys.Except(ids).Order()).Select(id => (id, found[id]))];
    }

    /// <summary>The key of a customer that was never linked; none once it is erased.</summary>
    public static async Task<IReadOnlyList<(CustomerId Id, CustomerKey Key)>> OwnKey(
        NpgsqlConnection connection, InstallationKeys keys, ShopId shop, CustomerId id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Key, connection) { Parameters = { Sql.Text(shop.Value), Sql.Text(id.Value) } };
        return [.. (await Open(command, keys, shop, ct)).Select(f => (f.Key, f.Value))];
    }

    private static async Task<Dictionary<CustomerId, CustomerKey>> Open(NpgsqlCommand command, InstallationKeys keys, ShopId shop, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new Dictionary<CustomerId, CustomerKey>();
        while (await reader.ReadAsync(ct))
        {
            var id = new CustomerId(reader.GetString(0));
            found.Add(id, CustomerKey.Unwrap(keys, reader.GetInt32(1), reader.GetFieldValue<byte[]>(2), shop, id));
        }

        return found;
    }

    private static async Task<List<CustomerId>> Ids(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var ids = new List<CustomerId>();
        while (await reader.ReadAsync(ct))
        {
            ids.Add(new(reader.GetString(0)));
        }

        return ids;
    }
}
