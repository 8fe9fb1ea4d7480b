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
    private const int AtOnce = 8;

    private readonly OutboxQueue outbox;
    private readonly InstanceLease lease;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly Attempts attempts = new();
    private readonly MessageDispatcher handover;
    private readonly SemaphoreSlim slots = new(AtOnce, AtOnce);
    private readonly ConcurrentDictionary<Task, byte> underWay = new();
    private readonly CancellationTokenSource shutdownToken = new();

    public OutboxSender(
        IEventStore store, ICustomerReader customers, OutboxQueue outbox, MessageComposer composer, ISender sender, InstanceLease lease, TimeProvider clock, ILogger<OutboxSender> log)
    {
        (this.outbox, this.lease, this.clock, this.log) = (outbox, lease, clock, log);
        handover = new(store, customers, outbox, composer, sender, attempts, log);
    }

    /// <summary>Begins to send all that is due, as slots become free; <see cref="Settle"/> waits for the end of it.</summary>
    /// <param name="stopping">Takes no further message; those in hand go on.</param>
    /// <returns>How many messages were taken in hand.</returns>
    public Task<int> SendDue(CancellationToken stopping) => Take(
        (free, ct) => outbox.LeaseQueued(clock.GetUtcNow(), free, ct), row => handover.Run(row, MessageStatus.Queued, shutdownToken.Token), stopping);

    /// <summary>
    /// Settles attempts whose result is not recorded: those of processes that are gone, and our own where the database failed us. To be called at
    /// start and then every few seconds.
    /// </summary>
    public async Task RecoverAttempts(CancellationToken stopping)
    {
        await RecordOwed();
        foreach (var row in await outbox.Own(stopping))
        {
            await Guard(row, () => handover.Release(row));
        }

        await Take(outbox.LeaseAbandoned, row => handover.TakeOver(row, shutdownToken.Token), stopping);
    }

    /// <summary>Waits for the messages in hand, as long as they take, and goes on sending afterwards.</summary>
    public async Task Settle(CancellationToken ct)
    {
        await Task.WhenAll(underWay.Keys).WaitAsync(ct);
        await RecordOwed();
    }

    /// <summary>Waits for the messages in hand when the process is about to end. Those that take longer than the patience are told to shutdownToken, and still record how they ended.</summary>
    public async Task Finish(TimeSpan patience)
    {
        var all = Task.WhenAll(underWay.Keys);
        await Task.WhenAny(all, Task.Delay(patience));
        if (!all.IsCompleted)
        {
            await shutdownToken.CancelAsync();
            await all;
        }

        await RecordOwed();
    }

    public async ValueTask DisposeAsync()
    {
        await Finish(TimeSpan.Zero);
        shutdownToken.Dispose();
        slots.Dispose();
    }

    private async Task<int> Take(Func<int, CancellationToken, Task<List<OutboxRow>>> leased, Func<OutboxRow, Task> handle, CancellationToken stopping)
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
            await Guard(row, () => handle(row));
            slots.Release();
        });
        underWay[task] = 0;
        task.ContinueWith(done => underWay.TryRemove(done, out _), TaskScheduler.Default);
    }

    private async Task RecordOwed()
    {
        foreach (var (row, attempt) in attempts.Owed())
        {
            await Guard(row, () => handover.Record(row, attempt));
        }
    }

    private async Task Guard(OutboxRow row, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            log.LogError(e, "Message {Message} of {Shop} could not be dealt with now; it is looked at again.", row.Message, row.Shop);
        }
    }
}
