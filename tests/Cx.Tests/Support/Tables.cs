using Npgsql;

namespace Cx.Tests.Support;

/// <summary>A look into a database that passes by the host.</summary>
internal sealed class Tables(string connection) : IAsyncDisposable
{
    private readonly NpgsqlDataSource source = NpgsqlDataSource.Create(connection);

    public string Connection => connection;

    public Task<long> Count(string table, string shop) =>
        Number($"select count(*) from {table} where {(table.StartsWith("mt_", StringComparison.Ordinal) ? "tenant_id" : "shop")} = $1", shop);

    /// <summary>How many events of a type a shop has, and in how many streams.</summary>
    public async Task<(long Events, long Streams)> Events(string shop, string type)
    {
        await using var command = source.CreateCommand("select count(*), count(distinct stream_id) from mt_events where tenant_id = $1 and type = $2");
        command.Parameters.AddWithValue(shop);
        command.Parameters.AddWithValue(type);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>How many rows of a shop every table has.</summary>
    public async Task<SortedDictionary<string, long>> Rows(string shop)
    {
        const string OfShops = """
            select table_name from information_schema.columns
            where table_schema not in ('pg_catalog', 'information_schema') and column_name in ('shop', 'tenant_id')
            """;
        var names = new List<string>();
        await using (var command = source.CreateCommand(OfShops))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                names.Add(reader.GetString(0));
            }
        }

        var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            rows[name] = await Count(name, shop);
        }

        return rows;
    }

    /// <summary>A number, asked for with the shop as the only parameter.</summary>
    public async Task<long> Number(string sql, string shop)
    {
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddWithValue(shop);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task Run(string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
