namespace Cx.Application.FollowUps.Outbox;

/// <summary>Keeps sending while the process runs. Stopping takes no new message, and lets those in hand end.</summary>
public sealed class SendingWorker(OutboxSender sender, InstanceLease lease, ILogger<SendingWorker> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RecoverEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        lease.Start();
        using var turns = new PeriodicTimer(Interval);
        long? recovered = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // By the machine's running time: the clock that customers live by may jump.
                if (recovered is not { } last || TimeProvider.System.GetElapsedTime(last) >= RecoverEvery)
                {
                    await sender.RecoverAttempts(stoppingToken);
                    recovered = TimeProvider.System.GetTimestamp();
                }

                await sender.SendDue(stoppingToken);
                await turns.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                log.LogError(e, "Sending failed and goes on.");
                await turns.WaitForNextTickAsync(CancellationToken.None);
            }
        }

        await sender.Finish(Patience);
    }
}
