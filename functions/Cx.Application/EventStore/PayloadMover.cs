using System.Collections.Concurrent;
using Cx.Application.EventStore.Postgres;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>
/// Takes payloads out of the database and back, and deletes outside what no row names any more. A row has the name before the blob exists,
/// and a name that a row lets go of is kept until its blob is gone: wherever this is stopped, no payload is lost and no blob forgotten.
/// </summary>
public sealed class PayloadMover(NpgsqlDataSource database, IPayloadStore payloads)
{
    /// <summary>Payloads that are held in memory at a time.</summary>
    public const int BatchSize = 32;

    private const int MostBatches = 200;

    private readonly PayloadRows rows = new(database);

    /// <summary>
    /// Deletes the blobs that are gone and brings payloads to their place, as many as one call may: a later one goes on. Calls may overlap;
    /// each payload is moved by one of them.
    /// </summary>
    /// <exception cref="AggregateException">Some could not be moved or deleted. They are as they were, and taken up again after a few minutes.</exception>
    public async Task Run(ArchivePlace place, CancellationToken ct)
    {
        var failures = new ConcurrentQueue<Exception>();
        await Repeat(Sweep, failures, ct);
        await Repeat(place is ArchivePlace.Blobs ? Move : Return, failures, ct);
        if (!failures.IsEmpty)
        {
            throw new AggregateException("Payloads could not be moved or deleted; they are taken up again.", failures);
        }
    }

    private static async Task Repeat(Func<Turn, Task<int>> batch, ConcurrentQueue<Exception> failures, CancellationToken ct)
    {
        var (before, taken) = (failures.Count, BatchSize);
        for (var i = 0; i < MostBatches && taken == BatchSize && failures.Count == before; i++)
        {
            using var turn = new Turn(failures, ct);
            taken = await batch(turn);
        }
    }

    private async Task<int> Sweep(Turn turn)
    {
        var gone = await rows.TakeGone(BatchSize, turn.Stop);
        var deleted = await turn.Each(gone, async (blob, ct) =>
        {
            await payloads.Delete(blob, ct);
            return blob;
        });
        await rows.ForgetGone(deleted, turn.Stop);
        return gone.Count;
    }

    private async Task<int> Move(Turn turn)
    {
        var here = await rows.TakeHere(BatchSize, turn.Stop);
        var put = await turn.Each(here, async (row, ct) =>
        {
            await payloads.Put(row.Blob, row.Data, ct);
            return row;
        });
        await rows.PutAway(put, turn.Stop);
        return here.Count;
    }

    // One that had not quite left still has its data.
    private async Task<int> Return(Turn turn)
    {
        var away = await rows.TakeAway(BatchSize, turn.Stop);
        var got = await turn.Each(away, async (row, ct) =>
            row with { Data = row.Data ?? await payloads.Get(row.Blob, ct) ?? throw new PayloadUnreachableException(row.Blob, "is not there any more.") });
        await rows.PutHere(got, turn.Stop);
        return away.Count;
    }

    /// <summary>One batch, from before its rows are taken: none of its uploads outlives their lease.</summary>
    private sealed class Turn : IDisposable
    {
        private const int AtOnce = 8;

        private readonly ConcurrentQueue<Exception> failures;
        private readonly CancellationTokenSource lease;

        public Turn(ConcurrentQueue<Exception> failures, CancellationToken stop)
        {
            (this.failures, Stop) = (failures, stop);
            lease = CancellationTokenSource.CreateLinkedTokenSource(stop);
            lease.CancelAfter(PayloadRows.Lease);
        }

        /// <summary>The caller wants an end.</summary>
        public CancellationToken Stop { get; }

        /// <summary>Does the work for each, several at once; gives what came of those that succeeded.</summary>
        public async Task<IReadOnlyList<T>> Each<T>(IReadOnlyList<T> items, Func<T, CancellationToken, Task<T>> work)
        {
            var done = new ConcurrentQueue<T>();
            await Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Stop }, async (item, _) =>
            {
                try
                {
                    lease.Token.ThrowIfCancellationRequested();
                    done.Enqueue(await work(item, lease.Token));
                }
                catch (Exception e) when (!Stop.IsCancellationRequested)
                {
                    failures.Enqueue(e);
                }
            });
            return [.. done];
        }

        public void Dispose() => lease.Dispose();
    }
}
