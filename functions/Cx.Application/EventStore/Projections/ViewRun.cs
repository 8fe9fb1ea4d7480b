using Cx.Domain;

namespace Cx.Application.EventStore.Projections;

/// <summary>A newer version of the view serves: this process has the older one, and does not touch the view.</summary>
public sealed class NewerVersionServesException(
    string view, int serving) : Exception($"View {view} is served by version {serving}, which is newer than this process.");

/// <summary>The fold threw.</summary>
internal sealed class FoldFailedException(
    long sequence, long before, Exception cause) : Exception($"Event {sequence} cannot be folded: {cause.Message}", cause)
{
    public long Sequence => sequence;

    /// <summary>The position of the last event before it.</summary>
    public long Before => before;
}

/// <summary>Brings one view up to the log.</summary>
internal sealed class ViewRun(IAsyncView view, IEventStore store, LastingConnections connections, CommitSignal signal, TimeProvider clock)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    // A smaller batch means that the end of the log is near: readers may be waiting for it.
    private const int SmallBatch = 1000;

    // While catching up the same rows change many times: with fewer writes fewer rows are written.
    private const int MaxChangedRows = 60_000;

    // At most so many events are read again after a restart.
    private const long MaxUnwrittenEvents = 150_000;

    private readonly CommitSignal.CommitWaiter waiter = signal.Waiter();
    private RowCache cache = new(knowsAll: false);
    private long position;
    private long written;
    private bool isRead;

    /// <summary>Raised when readers see all events up to a sequence number.</summary>
    public event Action<long>? Moved;

    /// <summary>Follows the log until cancelled.</summary>
    public async Task Follow(Action succeeded, CancellationToken ct)
    {
        await using var connection = await connections.Open(ct);
        var table = new ViewTable(connection, view);
        while (!await table.Checkpoint.TryLock(ct))
        {
            await Task.Delay(Poll, clock, ct);
        }

        await Begin(table, CancellationToken.None, ct);
        while (true)
        {
            succeeded();
            Moved?.Invoke(position);
            await waiter.WaitAsync(Poll, ct);
            await ReadToEnd(table, CancellationToken.None, ct);
        }
    }

    /// <summary>Comes to the end of the log once, unless another process is at it.</summary>
    /// <param name="stopping">Reads no further; what has been read is kept.</param>
    public async Task CatchUp(CancellationToken stopping, CancellationToken ct)
    {
        await using var connection = await connections.Open(ct);
        var table = new ViewTable(connection, view);
        await table.Checkpoint.CatchUp(store, Work, stopping, ct);

        async Task<long> Work()
        {
            if (await Begin(table, stopping, ct))
                Moved?.Invoke(position);
            return position;
        }
    }

    // From the checkpoint to the end of the log; from there on this version is read. False when it was stopped before.
    private async Task<bool> Begin(ViewTable table, CancellationToken stopping, CancellationToken ct)
    {
        if (await table.ServingVersion(ct) is { } serving && serving > view.Version)
            throw new NewerVersionServesException(view.Name, serving);

        position = written = await table.Checkpoint.Position(ct);
        if (position == 0)
            await table.Clear(ct);
        cache = new(knowsAll: position == 0);
        isRead = false;
        var complete = await ReadToEnd(table, stopping, ct);
        await Write(table, ct);
        if (!complete)
            return false;

        await table.Switch(ct);
        return isRead = true;
    }

    private async Task<bool> ReadToEnd(ViewTable table, CancellationToken stopping, CancellationToken ct)
    {
        var complete = true;
        try
        {
            await foreach (var batch in store.ReadAll(position, view.Types, ct))
            {
                await Apply(table, batch, ct);
                position = batch[^1].Sequence;
                if ((cache.Changed.Count > 0 && batch.Count < SmallBatch) || cache.Changed.Count >= MaxChangedRows || position - written >= MaxUnwrittenEvents)
                {
                    await Write(table, ct);
                    if (isRead)
                        Moved?.Invoke(position);
                }

                complete = !stopping.IsCancellationRequested;
                if (!complete)
                    break;
            }
        }
        catch (NewerVersionException)
        {
            await Write(table, ct);
            throw;
        }

        if (cache.Changed.Count > 0)
            await Write(table, ct);
        return complete;
    }

    private async Task Apply(ViewTable table, IReadOnlyList<Logged> batch, CancellationToken ct)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            while (batch[i].Event is not null && !Fold(batch[i], before: i == 0 ? position : batch[i - 1].Sequence, out var failure))
            {
                if (failure is not null)
                {
                    position = failure.Before;
                    await Write(table, ct);
                    throw failure;
                }

                for (var j = i; j < batch.Count; j++)
                {
                    if (batch[j].Event is not null)
                        cache.LookAhead(view, batch[j]);
                }

                cache.Loaded(await table.Load(cache.Missing, ct));
            }
        }
    }

    private bool Fold(in Logged logged, long before, out FoldFailedException? failure)
    {
        failure = null;
        try
        {
            return cache.Fold(view, logged);
        }
        catch (Exception e)
        {
            failure = new(logged.Sequence, before, e);
            return false;
        }
    }

    private async Task Write(ViewTable table, CancellationToken ct)
    {
        if (position == written && cache.Changed.Count == 0)
            return;

        await table.Write(written, position, cache.Changed, ct);
        cache.Written();
        written = position;
    }
}
