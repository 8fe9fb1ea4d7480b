using System.Diagnostics;
using Cx.Application.EventStore;
using Cx.Application.FollowUps;
using Cx.Application.Observability;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.FollowUps;

/// <summary>
/// Keeps the follow-ups' orchestrations in step with the log: a started follow-up gets one, changed facts wake those of the customer that would wake too
/// late, an erasure removes them all. It reads the log like a view, with a checkpoint of its own that moves once the task hub has taken everything up to
/// it, so each change is notified at least once. A changed shop notifies nobody: it moves its customers' due instants, and the overdue-wake timer wakes
/// those who are due earlier.
/// </summary>
public sealed class FollowUpTimers(
    IEventStore store, ICustomerReader customers, LastingConnections connections, NotificationBacklog backlog, FollowUpTraces traces, TimeProvider clock)
{
    /// <summary>The checkpoint's stored name.</summary>
    public const string Checkpoint = "cx:follow-up-clocks";

    // Customers whose orchestrations are notified at the same time.
    private const int Parallelism = 8;

    // The checkpoint moves after so many customers: a slow task hub takes them in half a minute, and after a failure they are notified again.
    private const int CustomersPerMove = 16;

    private static readonly string EndedType = EventCatalog.NameOf(typeof(FollowUpEnded));

    // Written by a wake, whose orchestration knows when to wake next, and an attempt, which moves no step: nobody need be asked.
    private static readonly HashSet<string> MoveNoWake =
    [
        EventCatalog.NameOf(typeof(StepHeld)), EventCatalog.NameOf(typeof(StepSkipped)), EventCatalog.NameOf(typeof(MessageQueued)),
        EventCatalog.NameOf(typeof(MessageAttempted)),
    ];

    private readonly CoalescedRun catchUp = new();

    /// <summary>Comes to the end of the log. Where another call or process is at it, that one does the work of this call.</summary>
    /// <param name="stopping">Reads no further; what has been read is notified, and the next call continues from there.</param>
    public Task CatchUp(DurableTaskClient client, CancellationToken stopping, CancellationToken ct) => catchUp.Run(
        async () =>
        {
            await using var connection = await connections.Open(ct);
            var checkpoint = new LogCheckpoint(connection, Checkpoint);
            await checkpoint.CatchUp(store, () => NotifyChanged(client, checkpoint, stopping, ct), stopping, ct);
        },
        stopping);

    /// <summary>Notifies the orchestrations of one customer, and starts those that are missing.</summary>
    /// <param name="ended">Follow-ups whose orchestrations, where they run, are to end.</param>
    internal async Task Notify(DurableTaskClient client, ShopId shop, CustomerId customer, IEnumerable<FollowUpId> ended, CancellationToken ct)
    {
        using var open = await customers.Open(shop, customer, StateQuery.Open, ct);
        if (open is null)
        {
            return;
        }

        if (open.Customer.IsErased)
        {
            using var whole = await customers.Open(shop, customer, StateQuery.Everything, ct);
            foreach (var followUp in whole!.Customer.FollowUps.Keys)
            {
                await client.Remove(followUp, ct);
            }

            return;
        }

        var due = FollowUpDecisions.NextDue(open.Customer, open.Shop);
        foreach (var (followUp, _) in open.Customer.FollowUps.Where(f => f.Value.IsRunning))
        {
            var timer = new FollowUpTimer(shop, customer, followUp);
            if (await client.NotifyOrStart(timer, due, clock.GetUtcNow(), () => traces.Find(shop, followUp, ct), ct) == Notification.Later)
            {
                backlog.Add([(shop, customer)]);
            }
        }

        foreach (var followUp in ended)
        {
            await client.NotifyIfRunning(followUp, ct);
        }
    }

    private async Task<long> NotifyChanged(DurableTaskClient client, LogCheckpoint checkpoint, CancellationToken stopping, CancellationToken ct)
    {
        var position = await checkpoint.Position(ct);
        await foreach (var batch in store.ReadAll(position, new HashSet<string> { EndedType }, ct))
        {
            var changed = Concerned(batch).ToList();
            for (var done = 0; done < changed.Count; done += CustomersPerMove)
            {
                if (stopping.IsCancellationRequested)
                {
                    return position;
                }

                await Parallel.ForEachAsync(
                    changed.Skip(done).Take(CustomersPerMove), new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = ct },
                    async (c, token) => await Notify(client, c.Shop, c.Customer, c.Ended, token));

                if (done + CustomersPerMove < changed.Count)
                {
                    // What lies before the first event of those who remain concerns nobody else.
                    await MoveTo(changed[done + CustomersPerMove].First - 1);
                }
            }

            await MoveTo(batch[^1].Sequence);
        }

        return position;

        async Task MoveTo(long to)
        {
            await checkpoint.Move(position, to, ct);
            position = to;
        }
    }

    // In the order of their first events.
    private static IEnumerable<(ShopId Shop, CustomerId Customer, long First, IEnumerable<FollowUpId> Ended)> Concerned(IReadOnlyList<Logged> batch) =>
        from logged in batch
        let customer = CustomerStream.Customer(logged.Stream)
        where customer is not null && !MoveNoWake.Contains(logged.Type)
        group logged by (logged.Shop, customer.Value) into changed
        select (changed.Key.Shop, changed.Key.Value, changed.First().Sequence, changed.Select(l => l.Event).OfType<FollowUpEnded>().Select(e => e.FollowUp));
}

/// <summary>The orchestration of a follow-up, whose instance id is the follow-up's. Each call may be repeated.</summary>
internal static class FollowUpInstances
{
    // The task hub only accepts a termination, and ends the orchestration when it processes it.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Notifies the orchestration of changed facts where it would wake too late; starts it where none runs.</summary>
    /// <param name="due">The earliest instant at which a wake could do something for the customer; none: there is none.</param>
    /// <param name="origin">Looks up in which span the follow-up was started: the orchestration belongs to its trace.</param>
    /// <returns>Later: nothing was done, and the call is to be repeated.</returns>
    public static async Task<Notification> NotifyOrStart(
        this DurableTaskClient client, FollowUpTimer timer, DateTimeOffset? due, DateTimeOffset now, Func<ValueTask<TraceOrigin>> origin, CancellationToken ct)
    {
        // The custom status comes with inputs and outputs only.
        if (await client.GetInstanceAsync(timer.FollowUp.Value, getInputsAndOutputs: true, ct) is not { IsCompleted: false } running)
        {
            var from = await origin();
            using var span = Instruments.Start("start follow-up", ActivityKind.Producer, from, now);
            await client.Start(timer with { Origin = from }, ct);
            return Notification.None;
        }

        var notification = WakeTiming.Notify(running.ReadCustomStatusAs<NextWake>(), due, now);
        if (notification == Notification.Now)
        {
            await client.Notify(timer.FollowUp, ct);
        }

        return notification;
    }

    /// <summary>Notifies the orchestration, where it runs, of a follow-up that has ended.</summary>
    public static async Task NotifyIfRunning(this DurableTaskClient client, FollowUpId followUp, CancellationToken ct)
    {
        if (await client.GetInstanceAsync(followUp.Value, ct) is { IsCompleted: false })
        {
            await client.Notify(followUp, ct);
        }
    }

    /// <summary>Terminates the orchestration and removes its history.</summary>
    /// <exception cref="TimeoutException">It has not ended yet.</exception>
    public static async Task Remove(this DurableTaskClient client, FollowUpId followUp, CancellationToken ct)
    {
        var instance = await client.GetInstanceAsync(followUp.Value, ct);
        if (instance is { IsCompleted: false })
        {
            await client.TerminateInstanceAsync(followUp.Value, ct);
            await client.WaitForInstanceCompletionAsync(followUp.Value, ct).WaitAsync(TerminationTimeout, ct);
        }

        if (instance is not null)
        {
            await client.PurgeInstanceAsync(followUp.Value, ct);
        }
    }

    private static async Task Start(this DurableTaskClient client, FollowUpTimer timer, CancellationToken ct)
    {
        var options = new StartOrchestrationOptions(timer.FollowUp.Value) { Version = FollowUpOrchestration.Version }.WithDedupeStatuses(
            OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended);
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(nameof(FollowUpOrchestration), timer, options, ct);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // Another call has started it meanwhile, perhaps before the facts of this one.
            await client.Notify(timer.FollowUp, ct);
        }
    }

    private static Task Notify(this DurableTaskClient client, FollowUpId followUp, CancellationToken ct) =>
        client.RaiseEventAsync(followUp.Value, FollowUpOrchestration.FactsChanged, ct);
}
