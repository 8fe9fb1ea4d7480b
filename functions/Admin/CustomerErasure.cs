using Cx.Functions.Api;
using Cx.Functions.Store;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Functions.Admin;

/// <summary>A customer's right to be forgotten.</summary>
public static class CustomerErasure
{
    public static async Task<IResult> Delete(string shop, string customer, [FromServices] ShopDirectory shops, [FromServices] Erasing erasing, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        await erasing.Erase(facts.Id, new(customer), "api", ct);
        return Results.NoContent();
    }
}
