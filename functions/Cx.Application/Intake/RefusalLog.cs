using System.Collections.Concurrent;
using Cx.Application.Observability;
using Cx.Domain;

namespace Cx.Application.Intake;

/// <summary>
/// Logs refused deliveries in one line a source and minute, with their count, so that whoever posts forgeries does not fill the log. Those to shops and
/// sources that are not known share one line. Every one is counted by the metric <c>cx.deliveries</c>.
/// </summary>
public sealed partial class RefusalLog(TimeProvider clock, ILogger<RefusalLog> log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(ShopId Shop, string Source), Unlogged> refused = new();

    private sealed class Unlogged
    {
        public DateTimeOffset? LoggedAt { get; set; }

        public long Count { get; set; }
    }

    /// <param name="isConfigured">Whether the shop is known to have the source; else neither name is kept or logged.</param>
    public void Add(ShopId shop, string source, bool isConfigured)
    {
        Instruments.CountDelivery(isConfigured ? source : "unknown", "refused");
        var unlogged = refused.GetOrAdd(isConfigured ? (shop, source) : default, _ => new());
        long count;
        lock (unlogged)
        {
            unlogged.Count++;
            var now = clock.GetUtcNow();
            if (unlogged.LoggedAt is { } at && (now - at).Duration() < Interval)
            {
                return;
            }

            (count, unlogged.Count, unlogged.LoggedAt) = (unlogged.Count, 0, now);
        }

        if (isConfigured)
        {
            Refused(log, count, source, shop);
        }
        else
        {
            RefusedUnknown(log, count);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused {Count} deliveries of {Source} to {Shop} since the last such line: not signed with its secret")]
    private static partial void Refused(ILogger logger, long count, string source, ShopId shop);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused {Count} deliveries to shops or sources that are not known since the last such line")]
    private static partial void RefusedUnknown(ILogger logger, long count);
}
