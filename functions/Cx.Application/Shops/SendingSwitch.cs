using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Shops;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Shops;

public sealed record SendingRequest(string? Sending);

public sealed record SendingResponse(Sending Sending);

/// <summary>Switches a shop's sending on, off or to a pause that holds everything.</summary>
public static class SendingSwitch
{
    public static async Task<IResult> Put(
        string shop, [FromBody] SendingRequest body, [FromServices] ShopChanges changes, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var wanted = Enum.GetValues<Sending>().Cast<Sending?>().FirstOrDefault(s => JsonNaming.Kebab(s!.Value) == body.Sending)
            ?? throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "invalid-sending", "Sending is on, off or paused.", [new("/sending", "is one of on, off, paused")]);
        var stored = await changes.Apply(new(shop), known => known switch
        {
            null => throw new UnknownShopException(new(shop)),
            _ when known.Row.Sending == wanted => null,
            _ => (new SendingSwitched(wanted, clock.GetUtcNow()), known.Row with { Sending = wanted }),
        }, ct);
        return Results.Ok(new SendingResponse(stored.Row.Sending));
    }

    public static async Task<IResult> Get(string shop, [FromServices] ShopDirectory shops, CancellationToken ct) =>
        Results.Ok(new SendingResponse((await shops.Known(shop, ct)).Sending));
}
