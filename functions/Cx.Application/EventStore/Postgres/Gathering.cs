using System.Collections.Concurrent;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore.Postgres;

/// <summary>One call of <see cref="IEventStore.Transact"/>.</summary>
internal sealed record Request(ShopId Shop, CustomerRef Who, Command Command, Decide Decide, CancellationToken Cancelled)
{
    /// <summary>The outcome; none when it is to be tried alone.</summary>
    public TaskCompletionSource<Outcome?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether it names only an order or conversation that is not known yet.</summary>
    public bool IsEarly(Loaded loaded) => Command.Delivery is not null && Who is CustomerRef.ByIdentifiers { IsReference: true } && loaded.Customers.Count == 0;
}

/// <summary>
/// Those who come while all hands are busy go together: one round trip reads for all of them, one transaction commits them all. A request that
/// meets another's customer or identifier, that loses a race, or that ends in another way than by a commit is tried alone instead.
/// </summary>
public sealed partial class PostgresEventStore
{
    private const int MaxWorkers = 3;
    private const int MostTogether = 16;

    private readonly ConcurrentQueue<Request> waiting = new();
    private int busy;

    private Task<Outcome?> CommitBatched(Request request)
    {
        waiting.Enqueue(request);
        if (TryStartWorker())
        {
            // Whose request it is does not follow it to the others.
            using var apart = ExecutionContext.SuppressFlow();
            Task.Run(Work);
        }

        return request.Done.Task;
    }

    private async Task Work()
    {
        // Whoever came after the last look, and found all hands busy, is seen by the next.
        do
        {
            while (Take() is { Count: > 0 } requests)
            {
                await Run(requests);
            }

            Interlocked.Decrement(ref busy);
        }
        while (!waiting.IsEmpty && TryStartWorker());
    }

    // Counts no hand that is not there, not even for a moment: those who ask in vain would turn away one who is about to look again. Reads
    // behind a full fence, so that who is turned away has come before the last look of a hand that is still counted.
    private bool TryStartWorker()
    {
        for (var now = Interlocked.CompareExchange(ref busy, 0, 0); now < MaxWorkers;)
        {
            var seen = Interlocked.CompareExchange(ref busy, now + 1, now);
            if (seen == now)
            {
                return true;
            }

            now = seen;
        }

        return false;
    }

    private List<Request> Take()
    {
        var taken = new List<Request>();
        while (taken.Count < MostTogether && waiting.TryDequeue(out var request))
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

    private async Task Run(List<Request> requests)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
            var decided = await DecideAll(connection, requests);
            await using var batch = new NpgsqlBatch(connection);
            Writing.AddChanges(batch, [.. decided.Select(d => d.Change)], instance.Id);
            if (batch.BatchCommands.Count > 0)
            {
                await tables.Write(batch, [.. decided.SelectMany(d => d.Change.Appends)], CancellationToken.None);
                Committed?.Invoke();
            }

            foreach (var (request, change) in decided)
            {
                request.Done.SetResult(OutcomeOf(change));
            }
        }
        catch (PostgresException)
        {
            // Nothing was written. Somebody was faster, or one of them cannot be stored: each for itself.
            requests.ForEach(r => r.Done.TrySetResult(null));
        }
        catch (Exception e)
        {
            requests.ForEach(r => r.Done.TrySetException(e));
        }
    }

    /// <summary>What is to be written together, by shop and customer; the others have their end, or go alone.</summary>
    private async Task<List<(Request Request, Change Change)>> DecideAll(NpgsqlConnection connection, List<Request> requests)
    {
        var all = await Load(connection, [.. requests.Select(r => new Sought(r.Shop, r.Who, r.Command.Delivery))], locking: false, CancellationToken.None);
        var taken = new HashSet<object>();
        var decided = new List<(Request Request, Change Change)>();
        foreach (var (request, loaded) in requests.Zip(all))
        {
            if (loaded.SeenBody is { } body && body.AsSpan().SequenceEqual(request.Command.Delivery!.Body))
            {
                request.Done.SetResult(new(TransactResult.Duplicate, null, []));
                continue;
            }

            if (loaded.SeenBody is not null || request.IsEarly(loaded) || !IsApart(request, loaded, taken))
            {
                request.Done.SetResult(null);
                continue;
            }

            try
            {
                decided.Add((request, await Decide(connection, request, loaded, CancellationToken.None)));
            }
            catch (Exception e) when (e is not NpgsqlException)
            {
                request.Done.SetException(e);
            }
        }

        return [.. decided.OrderBy(d => d.Change.Shop).ThenBy(d => d.Change.After.Id.Value, StringComparer.Ordinal)];
    }

    // Two that concern one customer, one identifier or one delivery key are not decided side by side.
    private static bool IsApart(Request request, Loaded loaded, HashSet<object> taken)
    {
        var (shop, who, command, _, _) = request;
        object[] mine =
        [
            .. loaded.Customers.Select(c => (shop, c.Id)),
            .. who is CustomerRef.ByIdentifiers named ? named.Identifiers.Select(i => (shop, i.Kind, Convert.ToHexString(i.Hashes[0].Hash))).Cast<object>() : [],
            .. command.Delivery is { } delivery ? [(shop, Correlations.Of(delivery.Key))] : Array.Empty<object>(),
        ];
        if (mine.Any(taken.Contains))
        {
            return false;
        }

        taken.UnionWith(mine);
        return true;
    }
}
