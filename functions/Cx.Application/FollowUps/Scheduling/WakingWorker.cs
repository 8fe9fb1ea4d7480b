namespace Cx.Application.FollowUps.Scheduling;

/// <summary>Keeps waking customers while the process runs.</summary>
public sealed class WakingWorker(Waker waker, ILogger<WakingWorker> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var turns = new PeriodicTimer(Interval);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await waker.WakeDue(stoppingToken);
                await turns.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                log.LogError(e, "Waking failed and goes on.");
                await turns.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }
}
