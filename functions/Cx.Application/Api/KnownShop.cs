using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Shops;

namespace Cx.Application.Api;

/// <summary>The shop that a route names.</summary>
public static class KnownShop
{
    /// <exception cref="UnknownShopException">There is none of that name.</exception>
    public static async Task<ShopFacts> Known(this ShopDirectory shops, string shop, CancellationToken ct) =>
        ShopId.IsValid(shop) && await shops.Get(new ShopId(shop), ct) is { } facts ? facts : throw new UnknownShopException(new(shop));
}
