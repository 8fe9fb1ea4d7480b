using System.Collections.Immutable;

namespace Cx.Domain.Shops;

/// <summary>A key to the API was made. Its secret is random and was shown once; the log has its hash only.</summary>
/// <param name="Key">The key's id.</param>
/// <param name="Scopes">At least one of ingest, read, marketing, admin.</param>
/// <param name="Hash">SHA-256 of the secret, in hexadecimal digits of lower case.</param>
public sealed record ApiKeyIssued(string Key, string Name, IReadOnlyList<string> Scopes, string Hash, DateTimeOffset OccurredAt) : IEvent;

/// <summary>A key opens nothing any more.</summary>
public sealed record ApiKeyRevoked(string Key, DateTimeOffset OccurredAt) : IEvent;

/// <summary>A key to the API; one that was revoked is kept to be listed.</summary>
public sealed record ApiKey(string Id, string Name, IReadOnlyList<string> Scopes, string Hash, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);

/// <summary>The keys of a shop: a snapshot of the shop's stream.</summary>
/// <param name="Keys">In the order in which they were made.</param>
public sealed record ShopKeys(ShopId Id, ImmutableList<ApiKey> Keys)
{
    public string Stream { get; init; } = Shop.StreamKey;

    public static IReadOnlyList<IEvent> Revoke(ShopKeys? shop, string key, DateTimeOffset at) =>
        shop?.Keys.Find(k => k.Id == key) is { RevokedAt: null } ? [new ApiKeyRevoked(key, at)] : [];

    public static ShopKeys? Evolve(ShopKeys? shop, ShopId id, IEvent e) => e switch
    {
        ApiKeyIssued x => new(id, (shop?.Keys ?? []).Add(new(x.Key, x.Name, x.Scopes, x.Hash, x.OccurredAt, null))),
        ApiKeyRevoked x when shop is not null => shop with { Keys = [.. shop.Keys.Select(k => k.Id == x.Key ? k with { RevokedAt = k.RevokedAt ?? x.OccurredAt } : k)] },
        _ => shop,
    };
}
