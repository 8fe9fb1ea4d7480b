using Cx.Application.EventStore;
using Cx.Application.EventStore.Postgres;

namespace Cx.FunctionApp.CatchingUp;

/// <summary>
/// Announces the commits of this process: at most one word in a short while, the last commit's never lost. What cannot be announced is found by
/// the timer.
/// </summary>
internal sealed class CommitNotifier(PostgresEventStore store, ICommitQueue queue, TimeProvider clock, ILogger<CommitNotifier> log) : BackgroundService
{
    public static TimeSpan LeastInterval { get; } = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly CommitSignal commits = new();
    private CommitSignal.CommitWaiter? waiter;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        waiter = commits.Waiter();
        store.Committed += commits.Pulse;
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await waiter!.WaitAsync(LongestWait, stoppingToken))
                {
                    await Announce(stoppingToken);
                    await Task.Delay(LeastInterval, clock, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
            }
        }
    }

    private async Task Announce(CancellationToken ct)
    {
        try
        {
            await queue.Announce(ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            log.LogWarning(e, "Word of a commit could not be passed on; the timer finds it.");
        }
    }
}
