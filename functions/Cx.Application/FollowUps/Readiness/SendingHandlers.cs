using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Shops;
using Microsoft.AspNetCore.Mvc;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.FollowUps.Readiness;

public sealed record SendingRequest(string? Sending);

public sealed record SendingResponse(Sending Sending);

/// <param name="Warnings">Switched on: what receivers may object to. It refuses nothing.</param>
public sealed record SendingSwitchedResponse(Sending Sending, IReadOnlyList<ReadinessCheck> Warnings);

/// <summary>Whether receivers will take what is sent.</summary>
/// <param name="FromDomain">The domain of the From address; none where it has none.</param>
/// <param name="Outcome">The worst of the checks.</param>
public sealed record ReadinessResponse(string? FromDomain, ReadinessOutcome Outcome, IReadOnlyList<ReadinessCheck> Checks);

/// <summary>Switches a shop's sending on, off or to a pause that holds everything, and says whether receivers will take what is sent.</summary>
public static class SendingHandlers
{
    public static IReadOnlyList<Endpoint> Endpoints { get; } =
    [
        new("putSending", "PUT", Routes.Sending, Access.Admin, Put)
        {
            Summary = "Switches sending on, off or to a pause; switched on, it answers what receivers may object to",
            Accepts = typeof(SendingRequest), Returns = typeof(SendingSwitchedResponse), Refuses = [422],
        },
        new("getSending", "GET", Routes.Sending, Access.Admin, Get)
        {
            Summary = "Whether messages may leave", Returns = typeof(SendingResponse),
        },
        new("getSendingReadiness", "GET", Routes.SendingReadiness, Access.Marketing, GetReadiness)
        {
            Summary = "What SPF, DKIM and DMARC of the From domain say, looked up now: each pass, warn or fail, with a sentence and a remedy", Returns = typeof(ReadinessResponse),
        },
    ];

    public static async Task<SendingSwitchedResponse> Put(
        string shop, [FromBody] SendingRequest body, [FromServices] IEventStore store, [FromServices] SendingReadiness readiness, [FromServices] TimeProvider clock,
        CancellationToken ct)
    {
        var wanted = Enum.GetValues<Sending>().Cast<Sending?>().FirstOrDefault(s => JsonNaming.Kebab(s!.Value) == body.Sending)
            ?? throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "invalid-sending", "Sending is on, off or paused.",
                [new("/sending", "is one of on, off, paused")]);
        var id = new ShopId(shop);
        var updated = await store.Update<Shop>(
            id, Shop.StreamKey, known => Shop.Switch(known ?? throw new UnknownShopException(id), wanted, clock.GetUtcNow()), ct);
        return new(updated.After!.Sending, wanted == Sending.On ? await readiness.Warnings(ct) : []);
    }

    public static async Task<SendingResponse> Get(string shop, [FromServices] ShopDirectory shops, CancellationToken ct) => new((await shops.Known(shop, ct)).Sending);

    public static async Task<ReadinessResponse> GetReadiness(string shop, [FromServices] ShopDirectory shops, [FromServices] SendingReadiness readiness, CancellationToken ct)
    {
        await shops.Known(shop, ct);
        var checks = await readiness.Check(ct);
        return new(readiness.FromDomain, checks.Max(c => c.Outcome), checks);
    }
}
