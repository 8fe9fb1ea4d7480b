using Cx.Functions.Intake;
using Cx.Functions.Store;
using Cx.Functions.Store.Views;

namespace Cx.Functions.Hosting.Standalone;

/// <summary>Keeps the asynchronous views up with the log, and says aloud when one stops.</summary>
internal sealed partial class ViewWorker(ViewHost views, ILogger<ViewWorker> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        views.Failed += failure => Failed(log, failure.View, failure.Version, failure.Sequence, failure.Error);
        return views.Run(stoppingToken);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "View {View} {Version} has stopped at event {Sequence} and is tried again")]
    private static partial void Failed(ILogger logger, string view, int version, long? sequence, Exception error);
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
                if (await rewrapping.Run(stoppingToken) is > 0 and var rows)
                {
                    Rewrapped(log, rows);
                }
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

    [LoggerMessage(Level = LogLevel.Information, Message = "{Rows} keys and secrets are now wrapped under the current version of the wrapping key")]
    private static partial void Rewrapped(ILogger logger, int rows);
}
