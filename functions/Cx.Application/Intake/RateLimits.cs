using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Cx.Domain;

namespace Cx.Application.Intake;

/// <summary>How fast each source of each shop may post: a bucket that fills at the configured rate and holds two seconds of it.</summary>
public sealed class RateLimits : IDisposable
{
    private readonly ConcurrentDictionary<(ShopId Shop, string Source, int PerSecond), TokenBucketRateLimiter> buckets = new();

    /// <summary>Takes one request's worth.</summary>
    /// <returns>Whether it may pass.</returns>
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
