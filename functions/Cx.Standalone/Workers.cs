using Cx.Application.EventStore.Projections;
using Cx.Application.Privacy;

namespace Cx.Standalone;

/// <summary>Keeps the asynchronous views up with the log.</summary>
internal sealed class ViewWorker(ViewHost views) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => views.Run(stoppingToken);
}

/// <summary>At start and once an hour removes payloads that concern nobody and have been kept long enough, and rewraps what an older key wraps.</summary>
internal sealed partial class UpkeepWorker(Retention retention, Rewrapping rewrapping, TimeProvider clock, ILogger<UpkeepWorker> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var turns = new PeriodicTimer(TimeSpan.FromHours(1));
        do
        {
            try
            {
                await retention.Apply(clock.GetUtcNow(), stoppingToken);
                await rewrapping.Run(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(log, e);
            }
        }
        while (await turns.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Removing what has been kept long enough, or rewrapping, failed and is tried again in an hour")]
    private static partial void Failed(ILogger logger, Exception error);
}
