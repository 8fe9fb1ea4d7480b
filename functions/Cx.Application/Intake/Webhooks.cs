using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;

namespace Cx.Application.Intake;

/// <summary>Takes webhooks: bounded read, authenticate over the exact bytes, then the pipeline all deliveries go through.</summary>
public sealed class Webhooks(IEnumerable<ISource> sources, SourceDirectory settings, RateLimits limits, Deliveries deliveries, TimeProvider clock, ILogger<Webhooks> log)
{
    private readonly Dictionary<string, ISource> known = sources.ToDictionary(s => s.Name, StringComparer.Ordinal);

    public static Task<IResult> Post(string shop, string source, HttpRequest request, Webhooks webhooks) => webhooks.Take(new(shop), source, request);

    private async Task<IResult> Take(ShopId shop, string name, HttpRequest request)
    {
        if (!known.TryGetValue(name, out var source))
        {
            return Problems.Of(StatusCodes.Status404NotFound, "unknown-source", $"There is no source '{name}'; there are {string.Join(", ", known.Keys)}.");
        }

        using var body = await Body.Read(request);
        var configured = await settings.Get(shop, name, fresh: false, CancellationToken.None);
        using var incoming = new Incoming(request.Headers, body.Bytes, clock.GetUtcNow());
        var verdict = source.Verify(incoming, configured?.Secrets ?? []);
        if (verdict is Verdict.Forged)
        {
            // The secret may have been changed by another process a moment ago.
            configured = await settings.Get(shop, name, fresh: true, CancellationToken.None);
            verdict = source.Verify(incoming, configured?.Secrets ?? []);
        }

        if (configured is null)
        {
            return Problems.Of(StatusCodes.Status404NotFound, "source-not-configured", $"The shop is unknown or has no source '{name}': PUT /api/shops/{{shop}}/sources/{name} first.");
        }

        switch (verdict)
        {
            case Verdict.Ping:
                return Results.Ok(new IntakeResult(IntakeStatus.Acknowledged));
            case Verdict.Malformed:
                Log.Refused(log, shop, name, verdict);
                return Problems.Of(StatusCodes.Status400BadRequest, "malformed-delivery", "A header that this source's deliveries carry is missing or does not parse.");
            case Verdict.Forged:
                Log.Refused(log, shop, name, verdict);
                return Problems.Of(StatusCodes.Status401Unauthorized, "invalid-signature", "The signature does not match the body under any configured secret, or is too old.");

            // Only authentic requests count, so that a stranger cannot use up a shop's share.
            case Verdict.Authentic when !limits.Admit(shop, name, configured.RequestsPerSecond):
                request.HttpContext.Response.Headers.RetryAfter = "1";
                return Problems.Of(StatusCodes.Status429TooManyRequests, "too-many-requests", $"More than {configured.RequestsPerSecond} requests a second from this source.");
            default:
                _ = incoming.Json;
                return Answer(await deliveries.Take(shop, source, incoming, CancellationToken.None));
        }
    }

    private static IResult Answer(IntakeResult result) =>
        Results.Json(result, ApiJson.Options, statusCode: result.Status is IntakeStatus.Failed ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
}
