using Cx.Application.Privacy;

namespace Cx.Standalone;

/// <summary>At start and once an hour deletes expired payloads that concern no customer, and rewraps keys that an older master key wraps.</summary>
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

    [LoggerMessage(Level = LogLevel.Error, Message = "Deleting expired payloads or rewrapping keys failed; retried in an hour")]
    private static partial void Failed(ILogger logger, Exception error);
}
