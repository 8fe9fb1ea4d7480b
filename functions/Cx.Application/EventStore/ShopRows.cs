using System.Text.Json;
using Cx.Application.EventStore.Postgres;
using Cx.Domain;
using Cx.Domain.Shops;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>A shop as it was set.</summary>
/// <param name="Version">Of the shop's stream.</param>
public sealed record StoredShop(ShopId Id, long Version, ShopRow Row);

/// <summary>The shops as they were set, for those who change them.</summary>
public sealed class ShopRows(NpgsqlDataSource database)
{
    /// <summary>The stream of a shop's own events, in the shop's tenant.</summary>
    public const string Stream = "shop";

    private const string Columns = "shop, version, settings, sending";

    public async Task<StoredShop?> Find(ShopId shop, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from cx_shops where shop = $1");
        command.Parameters.Add(Sql.Text(shop.Value));
        return (await Read(command, ct)).FirstOrDefault();
    }

    /// <summary>Shops in the order of their ids.</summary>
    public async Task<IReadOnlyList<StoredShop>> List(string? after, int limit, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from cx_shops where shop > $1 order by shop limit $2");
        command.Parameters.Add(Sql.Text(after ?? ""));
        command.Parameters.Add(Sql.Int(limit));
        return await Read(command, ct);
    }

    private static async Task<List<StoredShop>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var shops = new List<StoredShop>();
        while (await reader.ReadAsync(ct))
        {
            var settings = JsonSerializer.Deserialize<ShopSettings>(reader.GetFieldValue<byte[]>(2), EventCatalog.Json)!;
            shops.Add(new(new(reader.GetString(0)), reader.GetInt64(1), new(settings, Enum.Parse<Domain.Shops.Sending>(reader.GetString(3)))));
        }

        return shops;
    }
}
