using System.Collections.Concurrent;
using Cx.Domain;

namespace Cx.FunctionApp.FollowUps;

/// <summary>
/// Customers of this process whose orchestrations are notified in the next minute: the store has woken them, or facts changed while an orchestration was
/// waking. Forgetting one costs nothing but a later wake: once overdue, the customer is woken by the store.
/// </summary>
public sealed class NotificationBacklog
{
    private const int MaxCustomers = 10_000;

    // Customers whose orchestrations are notified at the same time.
    private const int Parallelism = 16;

    private readonly ConcurrentDictionary<(ShopId Shop, CustomerId Id), int> attempts = new();

    public void Add(IReadOnlyCollection<(ShopId Shop, CustomerId Id)> waiting)
    {
        foreach (var customer in waiting.Take(MaxCustomers - attempts.Count))
        {
            attempts.TryAdd(customer, 0);
        }
    }

    /// <summary>Notifies for everyone who waits now, and keeps whoever was not reached.</summary>
    /// <param name="deadline">Ends the call without error, whatever the task hub does.</param>
    /// <exception cref="AggregateException">Some could not be notified.</exception>
    public async Task Notify(Func<(ShopId Shop, CustomerId Id), CancellationToken, Task> notify, CancellationToken deadline, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline, ct);
        var failures = new ConcurrentQueue<Exception>();
        try
        {
            // First those not tried before: one who hangs each time must not keep the others waiting.
            await Parallel.ForEachAsync(
                attempts.OrderBy(a => a.Value).ToList(), new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = either.Token },
                async (waiting, token) =>
                {
                    // Notifying may put the customer here again.
                    attempts.TryRemove(waiting.Key, out _);
                    try
                    {
                        await notify(waiting.Key, token).WaitAsync(token);
                    }
                    catch (Exception e)
                    {
                        attempts[waiting.Key] = waiting.Value + 1;
                        if (!token.IsCancellationRequested)
                        {
                            failures.Enqueue(e);
                        }
                    }
                });
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
        }

        if (!failures.IsEmpty)
        {
            throw new AggregateException($"{failures.Count} customers changed, but their orchestrations could not be notified.", failures);
        }
    }
}
