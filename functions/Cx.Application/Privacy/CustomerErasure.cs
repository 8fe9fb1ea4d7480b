using Cx.Application.Api;
using Cx.Application.EventStore;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Privacy;

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
