using System.Text.Json;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore.Projections;

/// <summary>Reads the rows of asynchronous views, always of the version that serves: one statement never mixes two.</summary>
public sealed class ViewReader(NpgsqlDataSource database)
{
    private const string ByKey = """
        select r.key, r.data from cx_views v join cx_view_rows r on r.view = v.view and r.version = v.serving where v.view = $1 and r.shop = $2 and r.key = any($3)
        """;

    // What follows a prefix that ends in '/' and sorts before '0' is what begins with it.
    private const string LargestRows = """
        select r.key, r.data
        from cx_views v, unnest($3) p (prefix), lateral (
          select key, data from cx_view_rows
          where view = v.view and version = v.serving and shop = $2 and key > p.prefix and key < left(p.prefix, -1) || '0' and data @> $5
          order by (data ->> $4)::float8 desc, key limit $6) r
        where v.view = $1
        """;

    private const string PageOfRows = """
        select r.key, r.data
        from cx_views v, lateral (
          select key, data from cx_view_rows
          where view = v.view and version = v.serving and shop = $2 and key collate "C" > $4 and key collate "C" < left($3, -1) || '0' order by key collate "C" limit $5) r
        where v.view = $1
        """;

    /// <summary>The version that is read; none before the first has caught up.</summary>
    public async Task<int?> ServingVersion(string view, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select serving from cx_views where view = $1");
        command.Parameters.Add(Sql.Text(view));
        return await command.ExecuteScalarAsync(ct) as int?;
    }

    /// <summary>The rows of some keys, as far as they exist.</summary>
    public async Task<IReadOnlyDictionary<string, T>> Find<T>(
        string view, ShopId shop, IReadOnlyCollection<string> keys, CancellationToken ct) =>
        (await Read<T>(ByKey, ct, Sql.Text(view), Sql.Text(shop.Value), Sql.Texts([.. keys]))).ToDictionary(r => r.Key, r => r.Row, StringComparer.Ordinal);

    /// <summary>Of the rows under each prefix, those with the largest number in a property.</summary>
    /// <param name="prefixes">Each ends in a slash.</param>
    /// <param name="by">The property's JSON name.</param>
    /// <param name="having">What the row must contain, as an object; an empty one asks nothing.</param>
    public Task<IReadOnlyList<(string Key, T Row)>> Largest<T>(
        string view, ShopId shop, IReadOnlyCollection<string> prefixes, string by, object having, int atMost, CancellationToken ct) =>
        Read<T>(
            LargestRows, ct, Sql.Text(view), Sql.Text(shop.Value), Sql.Texts([.. prefixes]), Sql.Text(by), Sql.Jsonb(JsonSerializer.SerializeToUtf8Bytes(having, EventCatalog.Json)), Sql.Int(atMost));

    /// <summary>The rows under a prefix in the order of their keys, from after one on.</summary>
    /// <param name="prefix">Ends in a slash.</param>
    /// <param name="after">A key under the prefix; none: from the first on.</param>
    public Task<IReadOnlyList<(string Key, T Row)>> Page<T>(string view, ShopId shop, string prefix, string? after, int limit, CancellationToken ct) =>
        Read<T>(PageOfRows, ct, Sql.Text(view), Sql.Text(shop.Value), Sql.Text(prefix), Sql.Text(after ?? prefix), Sql.Int(limit));

    private async Task<IReadOnlyList<(string Key, T Row)>> Read<T>(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<(string, T)>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add((reader.GetString(0), JsonSerializer.Deserialize<T>(reader.GetFieldValue<byte[]>(1), EventCatalog.Json)!));
        }

        return rows;
    }
}
