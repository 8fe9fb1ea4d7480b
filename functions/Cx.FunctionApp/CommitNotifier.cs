using Azure.Storage.Queues;
using Cx.Application.EventStore;

namespace Cx.FunctionApp;

/// <summary>Tells whichever instance takes the message that something was committed; says nothing else.</summary>
public interface ICommitQueue
{
    Task Announce(CancellationToken ct);
}

/// <param name="queue">Encodes its messages as host.json says that the queue triggers expect them.</param>
internal sealed class CommitQueue(QueueClient queue) : ICommitQueue
{
    // By then the timer has caught up.
    private static readonly TimeSpan TimeToLive = TimeSpan.FromMinutes(2);

    public Task Announce(CancellationToken ct) => queue.SendMessageAsync("committed", visibilityTimeout: null, TimeToLive, ct);
}

/// <summary>
/// Announces the commits of this process: at most one message per <see cref="MinInterval"/>, and always one after the last commit. A commit that could
/// not be announced is caught up with by the timer.
/// </summary>
internal sealed partial class CommitNotifier(MartenEventStore store, ICommitQueue queue, TimeProvider clock, ILogger<CommitNotifier> log) : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly CommitSignal commits = new();
    private CommitSignal.CommitWaiter? waiter;

    public static TimeSpan MinInterval { get; } = TimeSpan.FromSeconds(1);

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
                    await Task.Delay(MinInterval, clock, stoppingToken);
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
            NotAnnounced(log, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A commit could not be announced; the timer catches up within a minute")]
    private static partial void NotAnnounced(ILogger logger, Exception exception);
}
