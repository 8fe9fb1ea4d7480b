using System.Collections.Concurrent;
using Cx.Application.Observability;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>One call of <see cref="IEventStore.Transact"/>.</summary>
internal sealed record TransactRequest(ShopId Shop, CustomerRef Who, Command Command, Decide Decide, CancellationToken Cancelled)
{
    /// <summary>The caller's span: requests that share a batch are committed outside of it.</summary>
    public string? Trace { get; } = Instruments.TraceParent;

    /// <summary>The outcome; none when the request has to be committed by itself.</summary>
    public TaskCompletionSource<Outcome?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether it names only an order or conversation that is not known yet.</summary>
    public bool MustWait(Loaded loaded) =>
        Command.Delivery is not null && Who is CustomerRef.ByIdentifiers { IsReference: true } && loaded.Customers.Count == 0;
}

/// <summary>
/// Requests that arrive while all workers are busy share a batch: one round trip reads for all of them, one transaction commits them all.
/// A request is committed by itself instead where another of its batch concerns the same customer or identifier, where the transaction
/// conflicts with another one, and where it ends otherwise than by a commit.
/// </summary>
public sealed partial class MartenEventStore
{
    internal const int MaxWorkers = 3;
    internal const int MaxBatch = 16;

    private readonly ConcurrentQueue<TransactRequest> waiting = new();
    private int workers;

    /// <returns>The outcome; none when the request has to be committed by itself.</returns>
    private Task<Outcome?> CommitBatched(TransactRequest request)
    {
        waiting.Enqueue(request);
        if (TryStartWorker())
        {
            // A worker serves several requests: the activity and the other ambient values of the first must not reach them.
            using var suppressed = ExecutionContext.SuppressFlow();
            Task.Run(RunWorker);
        }

        return request.Done.Task;
    }

    private async Task RunWorker()
    {
        // A request that was enqueued after the last TakeBatch, while all workers were counted as busy, is seen by the check of the queue.
        do
        {
            while (TakeBatch() is { Count: > 0 } requests)
            {
                await CommitBatch(requests);
            }

            Interlocked.Decrement(ref workers);
        }
        while (!waiting.IsEmpty && TryStartWorker());
    }

    // The count never exceeds the workers that run, not even for a moment: a failed attempt that counted itself would turn away a worker
    // that is about to look at the queue again. The count is read behind a full fence, so a request that is turned away was enqueued
    // before the last look of a worker that is still counted.
    private bool TryStartWorker()
    {
        for (var now = Interlocked.CompareExchange(ref workers, 0, 0); now < MaxWorkers;)
        {
            var seen = Interlocked.CompareExchange(ref workers, now + 1, now);
            if (seen == now)
            {
                return true;
            }

            now = seen;
        }

        return false;
    }

    private List<TransactRequest> TakeBatch()
    {
        var taken = new List<TransactRequest>();
        while (taken.Count < MaxBatch && waiting.TryDequeue(out var request))
        {
            if (request.Cancelled.IsCancellationRequested)
            {
                request.Done.SetCanceled(request.Cancelled);
            }
            else
            {
                taken.Add(request);
            }
        }

        return taken;
    }

    private async Task CommitBatch(List<TransactRequest> requests)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
            var decided = await DecideBatch(connection, requests);
            await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
            await using var batch = new NpgsqlBatch(connection, transaction);
            TransactionWrites.AddChanges(batch, [.. decided.Select(d => d.Change)], instance.Id);
            if (batch.BatchCommands.Count > 0)
            {
                await Write(batch, [.. decided.Select(d => d.Change)], CancellationToken.None);
                await transaction.CommitAsync(CancellationToken.None);
                Committed?.Invoke();
            }

            foreach (var (request, change) in decided)
            {
                request.Done.SetResult(OutcomeOf(change));
            }
        }
        catch (PostgresException)
        {
            // Nothing was written: another transaction changed one of the customers, or one of the changes cannot be stored. Each is
            // retried by itself.
        }
        catch (Exception e)
        {
            requests.ForEach(r => r.Done.TrySetException(e));
        }

        // Only now: one that concerns a customer of the batch would otherwise change that customer before the batch is committed.
        requests.ForEach(r => r.Done.TrySetResult(null));
    }

    /// <summary>
    /// The changes that are committed together, in the order of shop and customer. All other requests are completed here, except those
    /// that have to be committed by themselves.
    /// </summary>
    private async Task<List<(TransactRequest Request, CustomerChange Change)>> DecideBatch(
        NpgsqlConnection connection, List<TransactRequest> requests)
    {
        var all = await Load(connection, [.. requests.Select(r => new LoadQuery(r.Shop, r.Who, r.Command.Delivery, r.Command.Reads))], locking: false, CancellationToken.None);
        var taken = new HashSet<object>();
        var decided = new List<(TransactRequest Request, CustomerChange Change)>();
        foreach (var (request, loaded) in requests.Zip(all))
        {
            if (loaded.SeenBody is { } body && body.AsSpan().SequenceEqual(request.Command.Delivery!.Body))
            {
                request.Done.SetResult(new(TransactResult.Duplicate, null, []));
                continue;
            }

            if (loaded.SeenBody is not null || !loaded.IsWhole || loaded.IsOfErased || request.MustWait(loaded) || !IsIndependent(request, loaded, taken))
            {
                continue;
            }

            try
            {
                if (await Decide(connection, request, loaded, isLocked: false, CancellationToken.None) is [var change])
                {
                    decided.Add((request, change));
                }
            }
            catch (Exception e) when (e is not NpgsqlException)
            {
                request.Done.SetException(e);
            }
        }

        return [.. decided.OrderBy(d => d.Change.Shop).ThenBy(d => d.Change.After.Id.Value, StringComparer.Ordinal)];
    }

    // Two requests that concern one customer, one identifier or one delivery key are not decided on the same state.
    private static bool IsIndependent(TransactRequest request, Loaded loaded, HashSet<object> taken)
    {
        var (shop, who, command, _, _) = request;
        object[] concerned =
        [
            .. loaded.Customers.Select(c => (shop, c.Id)),
            .. who is CustomerRef.ByIdentifiers named ? named.Identifiers.Select(i => (shop, i.Kind, Convert.ToHexString(i.Hashes[0].Hash))).Cast<object>() : [],
            .. command.Delivery is { } delivery ? [(shop, Correlations.Of(delivery.Key))] : Array.Empty<object>(),
        ];
        if (concerned.Any(taken.Contains))
        {
            return false;
        }

        taken.UnionWith(concerned);
        return true;
    }
}
