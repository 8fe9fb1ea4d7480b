using Cx.Functions.Intake;
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

/// <summary>Once an hour removes payloads that concern nobody and have been kept long enough.</summary>
internal sealed partial class RetentionWorker(Retention retention, TimeProvider clock, ILogger<RetentionWorker> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var turns = new PeriodicTimer(TimeSpan.FromHours(1));
        do
        {
            try
            {
                await retention.Apply(clock.GetUtcNow(), stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(log, e);
            }
        }
        while (await turns.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Removing what has been kept long enough failed and is tried again in an hour")]
    private static partial void Failed(ILogger logger, Exception error);
}
