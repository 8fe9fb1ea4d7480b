using System.Collections.Concurrent;
using Cx.Application.EventStore;
using Cx.Domain.FollowUps;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>
/// Sends what is queued, a few messages at once: a slow or failing one holds up none of the others. Any number of processes may run one on
/// the same database.
/// </summary>
public sealed class OutboxSender : IAsyncDisposable
{
    private const int MaxConcurrent = 8;

    private readonly OutboxQueue outbox;
    private readonly InstanceLease lease;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly MessageDispatcher dispatcher;
    private readonly SemaphoreSlim slots = new(MaxConcurrent, MaxConcurrent);
    private readonly ConcurrentDictionary<Task, byte> running = new();
    private readonly CancellationTokenSource shutdown = new();

    public OutboxSender(
        IEventStore store, ICustomerReader customers, OutboxQueue outbox, MessageComposer composer, Senders senders, InstanceLease lease,
        FollowUpTraces traces, TimeProvider clock, ILogger<OutboxSender> log)
    {
        (this.outbox, this.lease, this.clock, this.log) = (outbox, lease, clock, log);
        dispatcher = new(store, customers, outbox, composer, senders, traces, clock, log);
    }

    /// <summary>Begins to send all that is due, as slots become free; <see cref="Settle"/> waits for the end of it.</summary>
    /// <param name="stopping">Takes no further message; messages that are being sent are not interrupted.</param>
    /// <returns>How many messages were taken.</returns>
    public Task<int> SendDue(CancellationToken stopping) => TakeAll(
        (free, ct) => outbox.LeaseQueued(clock.GetUtcNow(), free, ct), row => dispatcher.Run(row, MessageStatus.Queued, shutdown.Token), stopping);

    /// <summary>
    /// Settles attempts whose result is not recorded: those of processes that are gone, and our own where the store failed. To be called at
    /// start and then every few seconds.
    /// </summary>
    public async Task RecoverAttempts(CancellationToken stopping)
    {
        await RecordResults();
        foreach (var row in await outbox.Own(stopping))
        {
            await LogFailure(row, () => dispatcher.Release(row));
        }

        await TakeAll(outbox.LeaseAbandoned, row => dispatcher.TakeOver(row, shutdown.Token), stopping);
    }

    /// <summary>Waits for the messages that are being sent, as long as they take. More may be sent afterwards.</summary>
    public async Task Settle(CancellationToken ct)
    {
        await Task.WhenAll(running.Keys).WaitAsync(ct);
        await RecordResults();
    }

    /// <summary>
    /// Waits for the messages that are being sent when the process is about to end. After the time-out the senders stop waiting for an
    /// answer, and what became of their attempts is still recorded.
    /// </summary>
    public async Task Finish(TimeSpan timeout)
    {
        var all = Task.WhenAll(running.Keys);
        await Task.WhenAny(all, Task.Delay(timeout));
        if (!all.IsCompleted)
        {
            await shutdown.CancelAsync();
            await all;
        }

        await RecordResults();
    }

    public async ValueTask DisposeAsync()
    {
        await Finish(TimeSpan.Zero);
        shutdown.Dispose();
        slots.Dispose();
    }

    private async Task<int> TakeAll(Func<int, CancellationToken, Task<List<OutboxRow>>> leased, Func<OutboxRow, Task> handle, CancellationToken stopping)
    {
        for (var taken = 0; ;)
        {
            await lease.WhenHeld(stopping);
            await slots.WaitAsync(stopping);
            slots.Release();
            var rows = await leased(Math.Max(1, slots.CurrentCount), stopping);
            if (rows.Count == 0)
            {
                return taken;
            }

            taken += rows.Count;
            foreach (var row in rows)
            {
                await slots.WaitAsync(CancellationToken.None);
                Begin(row, handle);
            }
        }
    }

    private void Begin(OutboxRow row, Func<OutboxRow, Task> handle)
    {
        var task = Task.Run(async () =>
        {
            await LogFailure(row, () => handle(row));
            slots.Release();
        });
        running[task] = 0;
        task.ContinueWith(done => running.TryRemove(done, out _), TaskScheduler.Default);
    }

    private async Task RecordResults()
    {
        foreach (var (row, ended) in dispatcher.UnrecordedResults)
        {
            await LogFailure(row, () => dispatcher.Record(row, ended));
        }
    }

    private async Task LogFailure(OutboxRow row, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            log.LogError(e, "Message {Message} of {Shop} could not be processed; retrying.", row.Message, row.Shop);
        }
    }
}

/// <summary>Sends due messages twice a second while the process runs. Stopping takes no new message, and lets those that are being sent end.</summary>
public sealed class SendingWorker(OutboxSender sender, InstanceLease lease, ILogger<SendingWorker> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RecoverInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        lease.Start();
        using var ticks = new PeriodicTimer(Interval);
        long? recovered = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // By the machine's monotonic clock: the business clock may jump.
                if (recovered is not { } last || TimeProvider.System.GetElapsedTime(last) >= RecoverInterval)
                {
                    await sender.RecoverAttempts(stoppingToken);
                    recovered = TimeProvider.System.GetTimestamp();
                }

                await sender.SendDue(stoppingToken);
                await ticks.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                log.LogError(e, "Sending due messages failed; retrying.");
                await ticks.WaitForNextTickAsync(CancellationToken.None);
            }
        }

        await sender.Finish(ShutdownTimeout);
    }
}
