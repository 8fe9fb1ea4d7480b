using System.Collections.Concurrent;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.FollowUps;

/// <summary>
/// Wakes by the store alone whoever has been due for longer than an orchestration needs, and starts the orchestrations that are missing: the loss of the
/// whole task hub costs minutes. It also wakes those who have no orchestration: customers without a follow-up whose question nobody answered, and
/// everybody whose due instant a change of the shop moved. Everybody is woken before anything is asked of the task hub: one that is slow or fails delays
/// no wake, and what it did not take is notified in the minutes that follow.
/// </summary>
public sealed class OverdueWakeTimer(Waker waker, WokenCustomers woken, TimeProvider clock)
{
    /// <summary>What the orchestrations are given first; their retries take longer only when the wakes themselves fail.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a run notifies orchestrations: it ends well before the next is due.</summary>
    public static TimeSpan NotifyTimeout { get; } = TimeSpan.FromSeconds(20);

    [Function("wakeOverdue")]
    public async Task Run([TimerTrigger(Schedules.OverdueWakes)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct)
    {
        await waker.WakeDue(Grace, woken.Add, ct);
        using var deadline = new CancellationTokenSource(NotifyTimeout, clock);
        await woken.Notify(client, deadline.Token, ct);
    }
}

/// <summary>
/// Customers of this process whom the store has woken and whose orchestrations do not know it yet. Forgetting one costs nothing but a later wake: once
/// overdue again, the customer is woken by the store again.
/// </summary>
public sealed class WokenCustomers(FollowUpTimers timers)
{
    private const int MaxCustomers = 10_000;

    // Customers whose orchestrations are notified at the same time.
    private const int Parallelism = 16;

    private readonly ConcurrentDictionary<(ShopId Shop, CustomerId Id), int> attempts = new();

    public void Add(IReadOnlyCollection<(ShopId Shop, CustomerId Id)> woken)
    {
        foreach (var customer in woken.Take(MaxCustomers - attempts.Count))
        {
            attempts.TryAdd(customer, 0);
        }
    }

    /// <summary>Notifies their orchestrations, and keeps whoever was not reached.</summary>
    /// <param name="deadline">Ends the call without error, whatever the task hub does.</param>
    /// <exception cref="AggregateException">Some could not be notified.</exception>
    public async Task Notify(DurableTaskClient client, CancellationToken deadline, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline, ct);
        var failures = new ConcurrentQueue<Exception>();
        try
        {
            // First those not tried before: one who hangs each time must not keep the others waiting.
            await Parallel.ForEachAsync(
                attempts.OrderBy(a => a.Value).Select(a => a.Key).ToList(), new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = either.Token },
                async (customer, token) =>
                {
                    try
                    {
                        attempts[customer]++;
                        await timers.Notify(client, customer.Shop, customer.Id, ended: [], token).WaitAsync(token);
                        attempts.TryRemove(customer, out _);
                    }
                    catch (Exception e)
                    {
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
            throw new AggregateException($"{failures.Count} customers were woken, but their orchestrations could not be notified.", failures);
        }
    }
}
