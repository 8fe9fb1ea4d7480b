using System.Collections.Concurrent;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>Where archived payloads are kept. Each is committed to PostgreSQL first, with its delivery.</summary>
public enum ArchivePlace
{
    /// <summary>Outside the database: <see cref="IPayloadStore"/>.</summary>
    Blobs,

    /// <summary>In their rows; those outside are brought back.</summary>
    Postgres,
}

/// <summary>
/// Moves payloads out of the database and back, and deletes blobs that no row names any more. A row has the name before the blob exists,
/// and the name of an orphaned blob is kept until the blob is deleted: wherever this is stopped, no payload is lost and no blob left
/// behind.
/// </summary>
public sealed class PayloadMover(NpgsqlDataSource database, IPayloadStore payloads)
{
    /// <summary>Payloads that are held in memory at a time.</summary>
    public const int BatchSize = 32;

    private const int MaxBatches = 200;

    private readonly PayloadRows rows = new(database);

    /// <summary>
    /// Deletes orphaned blobs and moves payloads to their place, as many as one call may; the next call continues. Calls may overlap: each
    /// payload is moved by one of them.
    /// </summary>
    /// <exception cref="AggregateException">Some could not be moved or deleted. They are as they were, and retried after a few
    /// minutes.</exception>
    public async Task Run(ArchivePlace place, CancellationToken ct)
    {
        var failures = new ConcurrentQueue<Exception>();
        await Repeat(DeleteOrphans, failures, ct);
        await Repeat(place is ArchivePlace.Blobs ? Move : Return, failures, ct);
        if (!failures.IsEmpty)
        {
            throw new AggregateException("Payloads could not be moved or deleted; they are retried in a few minutes.", failures);
        }
    }

    private static async Task Repeat(Func<Batch, Task<int>> work, ConcurrentQueue<Exception> failures, CancellationToken ct)
    {
        var (before, taken) = (failures.Count, BatchSize);
        for (var i = 0; i < MaxBatches && taken == BatchSize && failures.Count == before; i++)
        {
            using var batch = new Batch(failures, ct);
            taken = await work(batch);
        }
    }

    private async Task<int> DeleteOrphans(Batch batch)
    {
        var orphans = await rows.TakeOrphans(BatchSize, batch.Stop);
        var deleted = await batch.Each(orphans, async (blob, ct) =>
        {
            await payloads.Delete(blob, ct);
            return blob;
        });
        await rows.RecordDeleted(deleted, batch.Stop);
        return orphans.Count;
    }

    private async Task<int> Move(Batch batch)
    {
        var inside = await rows.TakeInside(BatchSize, batch.Stop);
        var put = await batch.Each(inside, async (row, ct) =>
        {
            await payloads.Put(row.Blob, row.Data, ct);
            return row;
        });
        await rows.RecordMoved(put, batch.Stop);
        return inside.Count;
    }

    // A row whose move was not completed still has its data.
    private async Task<int> Return(Batch batch)
    {
        var outside = await rows.TakeOutside(BatchSize, batch.Stop);
        var got = await batch.Each(outside, async (row, ct) =>
            row with { Data = row.Data ?? await payloads.Get(row.Blob, ct) ?? throw new PayloadUnreachableException(row.Blob, "is not there any more.") });
        await rows.RecordReturned(got, batch.Stop);
        return outside.Count;
    }

    /// <summary>One batch. It begins before its rows are taken, so that none of its uploads outlives their lease.</summary>
    private sealed class Batch : IDisposable
    {
        private const int Parallelism = 8;

        private readonly ConcurrentQueue<Exception> failures;
        private readonly CancellationTokenSource lease;

        public Batch(ConcurrentQueue<Exception> failures, CancellationToken stop)
        {
            (this.failures, Stop) = (failures, stop);
            lease = CancellationTokenSource.CreateLinkedTokenSource(stop);
            lease.CancelAfter(PayloadRows.Lease);
        }

        /// <summary>Cancelled when the caller stops the run.</summary>
        public CancellationToken Stop { get; }

        /// <summary>Does the work for each, several at once; returns the results of those that succeeded.</summary>
        public async Task<IReadOnlyList<T>> Each<T>(IReadOnlyList<T> items, Func<T, CancellationToken, Task<T>> work)
        {
            var done = new ConcurrentQueue<T>();
            await Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = Stop }, async (item, _) =>
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
