using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain.Customers;
using Cx.Domain.Shops;

namespace Cx.Application.Customers;

/// <summary>What the routes of one customer begin with.</summary>
public sealed class Reading(ShopDirectory shops, CustomerDirectory customers)
{
    /// <exception cref="UnknownShopException">There is no such shop.</exception>
    /// <exception cref="UnknownCustomerException">The shop has no such customer.</exception>
    /// <exception cref="ApiProblem">410: the customer was erased.</exception>
    public async Task<(ShopFacts Shop, Customer Customer)> Customer(string shop, string customer, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var found = await customers.Find(facts.Id, new(customer), ct) ?? throw new UnknownCustomerException(facts.Id, new(customer));
        return found.IsErased ? throw Problems.Erased() : (facts, found);
    }

    public Task<ShopFacts> Shop(string shop, CancellationToken ct) => shops.Known(shop, ct);
}
