using System.Security.Cryptography;
using System.Text;
using Cx.Application.Configuration;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Shops;
using Marten;

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

/// <summary>Whose key a request brought.</summary>
/// <param name="Key">The id of a shop's key, or <see cref="Installation"/>; never the key itself.</param>
public sealed record Caller(string Key, IReadOnlyList<string> Scopes)
{
    /// <summary>The installation's own key.</summary>
    public const string Installation = "installation";

    /// <summary>Whether it is an administrator's.</summary>
    public bool IsAdmin => Key == Installation || Scopes.Contains(JsonNaming.Kebab(Access.Admin));
}

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
            context.Features.Set(new Caller(Caller.Installation, []));
            return null;
        }

        if (await keys.Find(hash, context.RequestAborted) is not var (owner, key))
        {
            return Unauthorized(context, "This key is unknown or was revoked.");
        }

        var shop = context.Request.RouteValues.TryGetValue("shop", out var value) ? value as string : null;
        var scope = JsonNaming.Kebab(access);
        if (shop != owner.Value || !key.Scopes.Contains(scope))
        {
            return Problems.Of(StatusCodes.Status403Forbidden, "missing-scope", $"This key does not have the scope '{scope}' for this shop.");
        }

        context.Features.Set(new Caller(key.Id, key.Scopes));
        return null;
    }

    private static IResult Unauthorized(HttpContext context, string detail)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Of(StatusCodes.Status401Unauthorized, "unauthorized", detail);
    }
}

/// <summary>The shops' API keys, by the hash of the secret.</summary>
public sealed class KeyDirectory(IDocumentStore marten, IEventStore store)
{
    private const string ByHash = "where d.data @> jsonb_build_object('keys', jsonb_build_array(jsonb_build_object('hash', ?::text)))";

    /// <summary>The key with this SHA-256 and its shop, unless it was revoked.</summary>
    public async Task<(ShopId Shop, ApiKey Key)?> Find(byte[] hash, CancellationToken ct)
    {
        var digits = Convert.ToHexStringLower(hash);
        await using var session = marten.QuerySession();
        return await MartenFailures.Unwrapped(session.QueryAsync<ShopKeys>(ByHash, ct, digits)) is [var shop]
            && shop.Keys.Find(k => k.Hash == digits) is { RevokedAt: null } key ? (shop.Id, key) : null;
    }

    public async Task<IReadOnlyList<ApiKey>> List(ShopId shop, CancellationToken ct)
    {
        await using var session = marten.QuerySession(shop.Value);
        return (await MartenFailures.Unwrapped(session.LoadAsync<ShopKeys>(Shop.StreamKey, ct)))?.Keys ?? [];
    }

    public Task Add(ShopId shop, ApiKeyIssued issued, CancellationToken ct) => store.Update<ShopKeys>(shop, Shop.StreamKey, _ => [issued], ct);

    /// <returns>False when the shop has no such key.</returns>
    public async Task<bool> Revoke(ShopId shop, string id, DateTimeOffset at, CancellationToken ct)
    {
        var updated = await store.Update<ShopKeys>(shop, Shop.StreamKey, keys => ShopKeys.Revoke(keys, id, at), ct);
        return updated.Before?.Keys.Exists(k => k.Id == id) is true;
    }
}
