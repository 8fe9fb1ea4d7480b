using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Shops;

namespace Cx.Application.Api;

/// <summary>The shop and the customer that a route names.</summary>
public static class RouteSubjects
{
    /// <exception cref="UnknownShopException">There is no such shop.</exception>
    public static async Task<ShopFacts> Known(this ShopDirectory shops, string shop, CancellationToken ct) =>
        ShopId.IsValid(shop) && await shops.Get(new ShopId(shop), ct) is { } facts ? facts : throw new UnknownShopException(new(shop));

    /// <exception cref="UnknownCustomerException">The shop has no such customer.</exception>
    /// <exception cref="ApiProblem">410: the customer was erased.</exception>
    public static async Task<Customer> Known(this CustomerDirectory customers, ShopId shop, string customer, CancellationToken ct)
    {
        var found = await customers.Find(shop, new(customer), ct) ?? throw new UnknownCustomerException(shop, new(customer));
        return found.IsErased ? throw Problems.Erased() : found;
    }
}
