using Cx.Application.Api;
using Cx.Domain;

namespace Cx.Application.Intake;

/// <summary>Failed deliveries: seen, and taken in again after a fix.</summary>
public sealed class Replay(IEnumerable<ISource> sources, FailedDeliveries failures, Deliveries deliveries)
{
    public static async Task<IResult> List(string shop, int? limit, string? cursor, FailedDeliveries failures, CancellationToken ct) =>
        Results.Json(await failures.List(new(shop), PageRequest.Of(limit, cursor), ct), ApiJson.Options);

    public static Task<IResult> Post(string shop, string id, Replay replay, CancellationToken ct) => replay.Run(new(shop), id, ct);

    private async Task<IResult> Run(ShopId shop, string id, CancellationToken ct)
    {
        if (await failures.Open(shop, id, ct) is not { } kept)
        {
            return Problems.Of(StatusCodes.Status404NotFound, "unknown-failed-delivery", "There is no such failed delivery: it was replayed, has expired, or never was.");
        }

        using var incoming = kept.Incoming;
        var result = await deliveries.Take(shop, sources.Single(s => s.Name == kept.Source), incoming, ct);
        if (result.Status is not IntakeStatus.Failed)
        {
            await failures.Forget(shop, id, ct);
        }

        return Results.Json(result, ApiJson.Options, statusCode: result.Status is IntakeStatus.Failed ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }
}
