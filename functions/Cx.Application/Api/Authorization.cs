using System.Security.Cryptography;
using System.Text;
using Cx.Application.Configuration;
using Cx.Application.EventStore;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.Api;

/// <summary>The installation's own key, which opens every shop.</summary>
public sealed record AdminKey
{
    /// <exception cref="ArgumentException">It is short enough to be guessed, as what a full disk left of a file is.</exception>
    public AdminKey(string value) => Value = value.Trim().Length >= AdminKeyRuleAttribute.Minimum
        ? value.Trim()
        : throw new ArgumentException($"The admin key opens everything: use at least {AdminKeyRuleAttribute.Minimum} characters.", nameof(value));

    public string Value { get; }

    // Never the key itself.
    public override string ToString() => nameof(AdminKey);
}

/// <summary>A key of a shop; the secret itself is not kept.</summary>
public sealed record ShopKey(
    string Id, ShopId Shop, string Name, IReadOnlyList<Access> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);

/// <summary>
/// Admits a request that brings <c>Authorization: Bearer</c> with the installation's key, or with a key of the shop in the route that has the
/// scope. The hosts' own authorization is not used: shops sign webhooks, and people hold our keys.
/// </summary>
public sealed class KeyAuthorization(KeyDirectory keys, AdminKey admin)
{
    private readonly byte[] adminHash = SHA256.HashData(Encoding.UTF8.GetBytes(admin.Value));

    /// <summary>The refusal of a request; null when it is admitted.</summary>
    public async ValueTask<IResult?> Refuse(HttpContext context, Access access)
    {
        if (access == Access.Public)
        {
            return null;
        }

        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return Unauthorized(context, "This needs a key: Authorization: Bearer <key>.");
        }

        var given = header["Bearer ".Length..].Trim();
        if (given.Length == 0)
        {
            return Unauthorized(context, "The key is blank: Authorization: Bearer <key>.");
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(given));
        if (CryptographicOperations.FixedTimeEquals(hash, adminHash))
        {
            return null;
        }

        if (await keys.Find(hash, context.RequestAborted) is not { } key)
        {
            return Unauthorized(context, "This key is unknown or was revoked.");
        }

        var shop = context.Request.RouteValues.TryGetValue("shop", out var value) ? value as string : null;
        return shop == key.Shop.Value && key.Scopes.Contains(access)
            ? null
            : Problems.Of(
                StatusCodes.Status403Forbidden, "missing-scope",
                $"This key does not have the scope '{JsonNaming.Kebab(access)}' for this shop.");
    }

    private static IResult Unauthorized(HttpContext context, string detail)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Of(StatusCodes.Status401Unauthorized, "unauthorized", detail);
    }
}

/// <summary>The shops' API keys, by the hash of the secret.</summary>
public sealed class KeyDirectory(NpgsqlDataSource database)
{
    private const string Columns = "id, shop, name, scopes, created_at, revoked_at";

    private const string ByHash = $"select {Columns} from cx_keys where hash = $1 and revoked_at is null";

    private const string OfShop = $"select {Columns} from cx_keys where shop = $1 order by created_at, id";

    private const string Insert = "insert into cx_keys (hash, id, shop, name, scopes, created_at) values ($1, $2, $3, $4, $5, $6)";

    private const string SetRevoked = "update cx_keys set revoked_at = coalesce(revoked_at, $3) where shop = $1 and id = $2";

    /// <summary>The key with this SHA-256, unless it was revoked.</summary>
    public async Task<ShopKey?> Find(byte[] hash, CancellationToken ct) =>
        (await Read(Command(ByHash, Sql.Bytes(hash)), ct)).FirstOrDefault();

    public async Task<IReadOnlyList<ShopKey>> List(ShopId shop, CancellationToken ct) =>
        await Read(Command(OfShop, Sql.Text(shop.Value)), ct);

    public async Task Add(ShopKey key, byte[] hash, CancellationToken ct)
    {
        await using var command = Command(
            Insert, Sql.Bytes(hash), Sql.Text(key.Id), Sql.Text(key.Shop.Value), Sql.Text(key.Name),
            Sql.Texts([.. key.Scopes.Select(JsonNaming.Kebab)]), Sql.Instant(key.CreatedAt));
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <returns>False when the shop has no such key.</returns>
    public async Task<bool> Revoke(ShopId shop, string id, DateTimeOffset at, CancellationToken ct)
    {
        await using var command = Command(SetRevoked, Sql.Text(shop.Value), Sql.Text(id), Sql.Instant(at));
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = database.CreateCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static async Task<List<ShopKey>> Read(NpgsqlCommand query, CancellationToken ct)
    {
        await using var command = query;
        await using var reader = await command.ExecuteReaderAsync(ct);
        var keys = new List<ShopKey>();
        while (await reader.ReadAsync(ct))
        {
            var scopes = reader.GetFieldValue<string[]>(3).Select(scope => Enum.Parse<Access>(scope, ignoreCase: true));
            keys.Add(new(
                reader.GetString(0), new(reader.GetString(1)), reader.GetString(2), [.. scopes], reader.GetFieldValue<DateTimeOffset>(4),
                reader.InstantOrNull(5)));
        }

        return keys;
    }
}
