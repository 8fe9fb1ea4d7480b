using System.Buffers.Text;
using System.Security.Cryptography;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Shops;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Shops;

public sealed record KeyRequest(string? Name, IReadOnlyList<string>? Scopes);

/// <summary>A key as the API shows it.</summary>
public sealed record KeyResponse(string Id, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);

/// <summary>A key just made, the only time that its secret is shown.</summary>
public sealed record NewKeyResponse(string Id, string Key, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt);

/// <summary>Makes and revokes the keys of a shop.</summary>
public static class Keys
{
    private const string Prefix = "cxk_";

    private static readonly string[] Scopes =
        [.. new[] { Access.Ingest, Access.Read, Access.Marketing, Access.Admin }.Select(JsonNaming.Kebab)];

    public static async Task<IResult> Create(
        string shop, [FromBody] KeyRequest body, [FromServices] ShopDirectory shops, [FromServices] KeyDirectory keys,
        [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var scopes = Checked(body);
        var secret = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        var now = clock.GetUtcNow();
        var key = new ApiKeyIssued(Guid.CreateVersion7(now).ToString("N"), body.Name!.Trim(), scopes, Convert.ToHexStringLower(Lookup.ApiKey(secret)), now);
        await keys.Add(facts.Id, key, ct);
        return Results.Created($"/{Routes.Shops}/{facts.Id}/keys/{key.Key}", new NewKeyResponse(key.Key, secret, key.Name, key.Scopes, now));
    }

    public static async Task<IResult> List(
        string shop, [FromServices] ShopDirectory shops, [FromServices] KeyDirectory keys, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var found = await keys.List(facts.Id, ct);
        var items = found.Select(k => new KeyResponse(k.Id, k.Name, k.Scopes, k.CreatedAt, k.RevokedAt));
        return Results.Ok(new Page<KeyResponse>([.. items], null));
    }

    public static async Task<IResult> Revoke(
        string shop, string key, [FromServices] ShopDirectory shops, [FromServices] KeyDirectory keys, [FromServices] TimeProvider clock,
        CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        return await keys.Revoke(facts.Id, key, clock.GetUtcNow(), ct)
            ? Results.NoContent()
            : throw new ApiProblem(StatusCodes.Status404NotFound, "unknown-key", "The shop has no such key.");
    }

    private static List<string> Checked(KeyRequest body)
    {
        List<FieldError> errors = [];
        if (string.IsNullOrWhiteSpace(body.Name) || body.Name.Length > 200 || body.Name.Contains('\0'))
        {
            errors.Add(new("/name", "is 1 to 200 characters"));
        }

        for (var i = 0; i < body.Scopes?.Count; i++)
        {
            if (!Scopes.Contains(body.Scopes[i]))
            {
                errors.Add(new($"/scopes/{i}", $"is one of {string.Join(", ", Scopes)}"));
            }
        }

        if (body.Scopes is not { Count: > 0 })
        {
            errors.Add(new("/scopes", "is a list of at least one"));
        }

        return errors.Count == 0
            ? [.. body.Scopes!.Distinct()]
            : throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "invalid-key", "The key's settings are not valid; see errors.", errors);
    }
}
