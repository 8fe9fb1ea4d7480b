using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.RateLimiting;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;

namespace Cx.Application.Intake;

/// <summary>Receives webhooks: reads the body, checks its signature and the rate limit, and hands the delivery on.</summary>
/// <remarks>
/// Whoever has no secret does not learn which shops and sources there are: an unknown one is answered as a wrong signature is, after the same work.
/// </remarks>
public sealed class Webhooks(
    IEnumerable<ISource> sources, SourceDirectory settings, RateLimits limits, Deliveries deliveries, RefusalLog refusals, TimeProvider clock)
{
    // Checked in place of the secrets of a shop or source that does not exist; in the form of the strictest source.
    private static readonly string[] NobodysSecret = [$"whsec_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}"];

    private readonly Dictionary<string, ISource> known = sources.ToDictionary(s => s.Name, StringComparer.Ordinal);

    public static Task<IResult> Post(string shop, string source, HttpRequest request, Webhooks webhooks) =>
        webhooks.Take(new(shop), source, request);

    private async Task<IResult> Take(ShopId shop, string name, HttpRequest request)
    {
        using var incoming = await Incoming.Read(request, clock);
        var source = known.GetValueOrDefault(name);
        var configured = settings.Recent(shop, name);
        var verdict = Verify(source, incoming, configured);
        if (verdict is Verdict.Forged)
        {
            // Checked again with fresh settings: another process may just have changed the secret.
            configured = await settings.Get(shop, name, CancellationToken.None);
            verdict = Verify(source, incoming, configured);
        }

        switch (verdict)
        {
            case Verdict.Ping:
                return Results.Ok(new IntakeResult(IntakeStatus.Acknowledged));
            case Verdict.Malformed:
                refusals.Add(shop, name, configured is not null);
                return Problems.Of(
                    StatusCodes.Status400BadRequest, "malformed-delivery", "A header that this source's deliveries carry is missing or does not parse.");
            case Verdict.Forged:
                refusals.Add(shop, name, configured is not null);
                return Problems.Of(
                    StatusCodes.Status401Unauthorized, "invalid-signature",
                    "The signature does not match the body under any configured secret, or is too old; or there is no such shop, or it has no such source.");

            // Only authentic requests count against the limit, so that a stranger cannot exhaust it.
            case Verdict.Authentic when !limits.Admit(shop, name, configured!.RequestsPerSecond):
                request.HttpContext.Response.Headers.RetryAfter = "1";
                return Problems.Of(
                    StatusCodes.Status429TooManyRequests, "too-many-requests",
                    $"More than {configured.RequestsPerSecond} requests a second from this source.");
            default:
                return (await deliveries.Take(shop, source!, incoming, CancellationToken.None)).Answer();
        }
    }

    private static Verdict Verify(ISource? source, Incoming incoming, SourceSettings? configured) =>
        source?.Verify(incoming, configured?.Secrets ?? NobodysSecret) switch
        {
            null => Verdict.Forged,
            Verdict.Authentic when configured is null => Verdict.Forged,
            { } verdict => verdict,
        };
}

/// <summary>The rate limit of each source of each shop: a token bucket that fills at the configured rate and holds two seconds of it.</summary>
public sealed class RateLimits : IDisposable
{
    private readonly ConcurrentDictionary<(ShopId Shop, string Source, int PerSecond), TokenBucketRateLimiter> buckets = new();

    /// <summary>Takes one request's token.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Admit(ShopId shop, string source, int perSecond) =>
        buckets.GetOrAdd((shop, source, perSecond), key => new(new()
        {
            TokenLimit = key.PerSecond * 2,
            TokensPerPeriod = Math.Max(1, key.PerSecond / 10),
            ReplenishmentPeriod = key.PerSecond >= 10 ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(1.0 / key.PerSecond),
            QueueLimit = 0,
            AutoReplenishment = true,
        })).AttemptAcquire().IsAcquired;

    public void Dispose()
    {
        foreach (var bucket in buckets.Values)
        {
            bucket.Dispose();
        }
    }
}
