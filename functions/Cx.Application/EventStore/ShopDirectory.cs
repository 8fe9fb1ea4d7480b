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

/// <summary>The shops' facts, kept in memory by version: whoever reads a newer version in the database gets the newer facts.</summary>
public sealed class ShopDirectory(NpgsqlDataSource database)
{
    private const string Row = "select version, settings, sending from cx_shops where shop = $1";

    private readonly ConcurrentDictionary<ShopId, ShopFacts> known = new();

    /// <summary>The facts at a version that was read with the rows a decision is about, or newer ones.</summary>
    /// <param name="connection">The one that read those rows: whoever held it and waited for another could wait for ever.</param>
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

        await using var command = new NpgsqlCommand(Row, connection);
        return await Read(command, shop, ct) ?? throw new UnknownShopException(shop);
    }

    /// <summary>The facts as they are now; none when there is no such shop.</summary>
    public async Task<ShopFacts?> Get(ShopId shop, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Row);
        return await Read(command, shop, ct);
    }

    /// <summary>What the settings amount to, with the defaults for what they leave out.</summary>
    public static ShopFacts Facts(ShopId shop, long version, ShopRow row) => new(
        shop, version, row.Settings.Name, row.Settings.TimeZone, row.Settings.Languages, row.Settings.BusinessHours ?? BusinessHours.Default, row.Sending,
        (row.Settings.Policy ?? ContactPolicy.Default) with { SoftOptIn = row.Settings.SoftOptIn }, row.Settings.Experience ?? ExperienceSettings.Default,
        [DefaultCadences.PostSale], row.Settings.ReviewUrl, row.Settings.Website);

    private async Task<ShopFacts?> Read(NpgsqlCommand command, ShopId shop, CancellationToken ct)
    {
        command.Parameters.Add(Postgres.Sql.Text(shop.Value));
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            return null;
        }

        var settings = JsonSerializer.Deserialize<ShopSettings>(reader.GetFieldValue<byte[]>(1), EventCatalog.Json)!;
        var facts = Facts(shop, reader.GetInt64(0), new(settings, Enum.Parse<Sending>(reader.GetString(2))));
        return known.AddOrUpdate(shop, facts, (_, old) => old.Version > facts.Version ? old : facts);
    }
}
