using System.Security.Cryptography;
using System.Text;
using Cx.Domain;

namespace Cx.Application.Api;

/// <summary>The installation's own key, which opens every shop.</summary>
public sealed record AdminKey(string Value);

/// <summary>
/// Lets a request in when it brings <c>Authorization: Bearer</c> with the installation's key, or a key of the shop in the route that has
/// the scope. The hosts' own authorisation stays out of it: shops sign webhooks, and people hold our keys.
/// </summary>
public sealed class Gate(KeyDirectory keys, AdminKey admin)
{
    private readonly byte[] adminHash = SHA256.HashData(Encoding.UTF8.GetBytes(admin.Value));

    /// <summary>Why the request may not pass; none when it may.</summary>
    public async ValueTask<IResult?> Refuse(HttpContext context, Access access)
    {
        if (access == Access.Public)
        {
            return null;
        }

        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return Unauthorised(context, "This needs a key: Authorization: Bearer <key>.");
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(header["Bearer ".Length..].Trim()));
        if (CryptographicOperations.FixedTimeEquals(hash, adminHash))
        {
            return null;
        }

        if (await keys.Find(hash, context.RequestAborted) is not { } key)
        {
            return Unauthorised(context, "This key is unknown or was revoked.");
        }

        var shop = context.Request.RouteValues.TryGetValue("shop", out var value) ? value as string : null;
        return shop == key.Shop.Value && key.Scopes.Contains(access)
            ? null
            : Problems.Of(StatusCodes.Status403Forbidden, "missing-scope", $"This key does not open '{JsonNaming.Kebab(access)}' of this shop.");
    }

    private static IResult Unauthorised(HttpContext context, string detail)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Of(StatusCodes.Status401Unauthorized, "unauthorized", detail);
    }
}
