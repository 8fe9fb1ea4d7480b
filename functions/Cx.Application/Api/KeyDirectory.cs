using Cx.Application.EventStore.Postgres;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.Api;

/// <summary>A key of a shop; the secret itself is not kept.</summary>
public sealed record ShopKey(string Id, ShopId Shop, string Name, IReadOnlyList<Access> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);

/// <summary>The shops' API keys, by the hash of the secret.</summary>
public sealed class KeyDirectory(NpgsqlDataSource database)
{
    private const string Columns = "id, shop, name, scopes, created_at, revoked_at";

    /// <summary>The key with this SHA-256, unless it was revoked.</summary>
    public async Task<ShopKey?> Find(byte[] hash, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from cx_keys where hash = $1 and revoked_at is null");
        command.Parameters.Add(Sql.Bytes(hash));
        return (await Read(command, ct)).FirstOrDefault();
    }

    public async Task<IReadOnlyList<ShopKey>> List(ShopId shop, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from cx_keys where shop = $1 order by created_at, id");
        command.Parameters.Add(Sql.Text(shop.Value));
        return await Read(command, ct);
    }

    public async Task Add(ShopKey key, byte[] hash, CancellationToken ct)
    {
        await using var command = database.CreateCommand("insert into cx_keys (hash, id, shop, name, scopes, created_at) values ($1, $2, $3, $4, $5, $6)");
        command.Parameters.Add(Sql.Bytes(hash));
        command.Parameters.Add(Sql.Text(key.Id));
        command.Parameters.Add(Sql.Text(key.Shop.Value));
        command.Parameters.Add(Sql.Text(key.Name));
        command.Parameters.Add(Sql.Texts([.. key.Scopes.Select(JsonNaming.Kebab)]));
        command.Parameters.Add(Sql.Instant(key.CreatedAt));
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <returns>False when the shop has no such key.</returns>
    public async Task<bool> Revoke(ShopId shop, string id, DateTimeOffset at, CancellationToken ct)
    {
        await using var command = database.CreateCommand("update cx_keys set revoked_at = coalesce(revoked_at, $3) where shop = $1 and id = $2");
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Text(id));
        command.Parameters.Add(Sql.Instant(at));
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    private static async Task<List<ShopKey>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var keys = new List<ShopKey>();
        while (await reader.ReadAsync(ct))
        {
            keys.Add(new(
                reader.GetString(0), new(reader.GetString(1)), reader.GetString(2), [.. reader.GetFieldValue<string[]>(3).Select(s => Enum.Parse<Access>(s, ignoreCase: true))],
                reader.GetFieldValue<DateTimeOffset>(4), reader.InstantOrNull(5)));
        }

        return keys;
    }
}
