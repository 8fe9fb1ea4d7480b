using System.Collections.Concurrent;
using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Experience;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>No such shop.</summary>
public sealed class UnknownShopException(ShopId shop) : Exception($"There is no shop {shop}.");

/// <summary>A shop as it was set.</summary>
/// <param name="Version">Of the shop's stream.</param>
public sealed record StoredShop(ShopId Id, long Version, ShopRow Row);

/// <summary>
/// The shops: as they were set, and their facts, which are kept in memory by version: a newer version in the database brings newer facts.
/// </summary>
public sealed class ShopDirectory(NpgsqlDataSource database)
{
    /// <summary>The stream of a shop's own events, in the shop's tenant.</summary>
    public const string Stream = "shop";

    private const string One = "select shop, version, settings, sending from cx_shops where shop = $1";

    private const string After = "select shop, version, settings, sending from cx_shops where shop > $1 order by shop limit $2";

    private readonly ConcurrentDictionary<ShopId, ShopFacts> known = new();

    /// <summary>The facts at a version that was read with the rows a decision is about, or newer ones.</summary>
    /// <param name="connection">The one that read those rows: to hold it while waiting for a second one could exhaust the pool for
    /// ever.</param>
    /// <exception cref="UnknownShopException">The version is 0.</exception>
    public async ValueTask<ShopFacts> Get(ShopId shop, long version, NpgsqlConnection connection, CancellationToken ct)
    {
        if (version == 0)
        {
            throw new UnknownShopException(shop);
        }

        if (known.TryGetValue(shop, out var facts) && facts.Version >= version)
        {
            return facts;
        }

        await using var command = new NpgsqlCommand(One, connection) { Parameters = { Sql.Text(shop.Value) } };
        return await Read(command, ct) is [var stored] ? Remember(stored) : throw new UnknownShopException(shop);
    }

    /// <summary>The facts as they are now; none when there is no such shop.</summary>
    public async Task<ShopFacts?> Get(ShopId shop, CancellationToken ct) => await Find(shop, ct) is { } stored ? Remember(stored) : null;

    /// <summary>A shop as it was set; none when there is no such shop.</summary>
    public async Task<StoredShop?> Find(ShopId shop, CancellationToken ct)
    {
        await using var command = database.CreateCommand(One);
        command.Parameters.Add(Sql.Text(shop.Value));
        return (await Read(command, ct)).FirstOrDefault();
    }

    /// <summary>Shops in the order of their ids.</summary>
    public async Task<IReadOnlyList<StoredShop>> List(string? after, int limit, CancellationToken ct)
    {
        await using var command = database.CreateCommand(After);
        command.Parameters.Add(Sql.Text(after ?? ""));
        command.Parameters.Add(Sql.Int(limit));
        return await Read(command, ct);
    }

    /// <summary>The facts that settings amount to, with the defaults for what they leave out.</summary>
    public static ShopFacts Facts(ShopId shop, long version, ShopRow row) => new(
        shop, version, row.Settings.Name, row.Settings.TimeZone, row.Settings.Languages, row.Settings.BusinessHours ?? BusinessHours.Default, row.Sending,
        (row.Settings.Policy ?? ContactPolicy.Default) with { SoftOptIn = row.Settings.SoftOptIn }, row.Settings.Experience ?? ExperienceSettings.Default,
        [DefaultCadences.PostSale], row.Settings.ReviewUrl, row.Settings.Website);

    private ShopFacts Remember(StoredShop stored)
    {
        var facts = Facts(stored.Id, stored.Version, stored.Row);
        return known.AddOrUpdate(stored.Id, facts, (_, old) => old.Version > facts.Version ? old : facts);
    }

    private static async Task<List<StoredShop>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var shops = new List<StoredShop>();
        while (await reader.ReadAsync(ct))
        {
            var settings = JsonSerializer.Deserialize<ShopSettings>(reader.GetFieldValue<byte[]>(2), EventCatalog.Json)!;
            shops.Add(new(new(reader.GetString(0)), reader.GetInt64(1), new(settings, Enum.Parse<Sending>(reader.GetString(3)))));
        }

        return shops;
    }
}
