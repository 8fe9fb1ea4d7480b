using Cx.Application.Offers;
using Cx.Application.Privacy;

namespace Cx.Standalone;

/// <summary>
/// At start and once an hour deletes expired payloads that concern no customer, erases customers without contact for as long as their shop keeps anybody, rewraps keys that an older master
/// key wraps, and last, so that it holds up none of these, measures after how long customers buy again.
/// </summary>
internal sealed partial class UpkeepWorker(
    Retention retention, InactiveCustomers inactive, SecondOrderGaps gaps, Rewrapping rewrapping, TimeProvider clock, ILogger<UpkeepWorker> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var turns = new PeriodicTimer(TimeSpan.FromHours(1));
        do
        {
            try
            {
                await retention.Apply(clock.GetUtcNow(), stoppingToken);
                await inactive.Erase(clock.GetUtcNow(), stoppingToken);
                await rewrapping.Run(stoppingToken);
                await gaps.Measure(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(log, e);
            }
        }
        while (await turns.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Deleting what has expired, rewrapping keys or measuring second orders failed; retried in an hour")]
    private static partial void Failed(ILogger logger, Exception error);
}
