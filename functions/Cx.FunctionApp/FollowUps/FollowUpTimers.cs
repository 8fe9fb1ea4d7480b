using System.Diagnostics;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.FollowUps;
using Cx.Application.Observability;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using DurableTask.Core.Exceptions;
using Marten;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Npgsql;

namespace Cx.FunctionApp.FollowUps;

/// <summary>
/// The task hub of this process's orchestrations. Only a function is given its client, which remains usable: whatever follows the log waits for the
/// first.
/// </summary>
public sealed class TaskHubClient
{
    private readonly TaskCompletionSource<DurableTaskClient> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile DurableTaskClient? latest;

    public void Use(DurableTaskClient client)
    {
        latest = client;
        first.TrySetResult(client);
    }

    public async ValueTask<DurableTaskClient> Get(CancellationToken ct) => latest ?? await first.Task.WaitAsync(ct);
}

/// <summary>Lets <see cref="FollowUpTimers"/> follow the log. Its progress moves once the task hub has taken everything up to it, so each change is notified at least once.</summary>
/// <param name="timers">Looked up when it runs: it reads the store that this is registered with.</param>
public sealed class FollowUpSubscription(NpgsqlDataSource database, TaskHubClient hub, Func<FollowUpTimers> timers)
    : LogSubscription(database, "follow-up-timers", version: 1, EventCatalog.Names.Except(MoveNoWake), AtOnce)
{
    // A slow task hub takes those whom so many events concern in a minute, and after a failure they are notified again.
    private const int AtOnce = 100;

    // Written by a wake, whose orchestration knows when to wake next; an attempt, which moves no step; and what is in no customer's stream.
    private static readonly string[] MoveNoWake =
    [
        EventCatalog.NameOf(typeof(StepHeld)), EventCatalog.NameOf(typeof(StepSkipped)), EventCatalog.NameOf(typeof(StepPassed)),
        EventCatalog.NameOf(typeof(MessageQueued)),
        EventCatalog.NameOf(typeof(MessageAttempted)), EventCatalog.NameOf(typeof(ShopConfigured)), EventCatalog.NameOf(typeof(SendingSwitched)),
        EventCatalog.NameOf(typeof(CadenceSwitched)), EventCatalog.NameOf(typeof(CadenceDraftSaved)), EventCatalog.NameOf(typeof(CadencePublished)),
        EventCatalog.NameOf(typeof(CadencePaused)), EventCatalog.NameOf(typeof(CadenceResumed)), EventCatalog.NameOf(typeof(CadenceArchived)),
        EventCatalog.NameOf(typeof(SourceConfigured)), EventCatalog.NameOf(typeof(SourceRemoved)), EventCatalog.NameOf(typeof(ApiKeyIssued)), EventCatalog.NameOf(typeof(ApiKeyRevoked)),
    ];

    protected override async Task<IChangeListener?> Process(LogRange range, IDocumentOperations operations, CancellationToken ct)
    {
        var changed = from e in range.Events
                      let customer = CustomerStream.Customer(e.StreamKey!)
                      where customer is not null
                      group e.Data by (new ShopId(e.TenantId), customer.Value) into c
                      select new ChangedCustomer(c.Key.Item1, c.Key.Value, [.. c.OfType<FollowUpEnded>().Select(e => e.FollowUp)]);
        await timers().NotifyAll(await hub.Get(ct), [.. changed], ct);
        return null;
    }
}

/// <summary>A customer whose facts have changed.</summary>
/// <param name="Ended">Follow-ups whose orchestrations, where they run, are to end.</param>
public sealed record ChangedCustomer(ShopId Shop, CustomerId Customer, IReadOnlyList<FollowUpId> Ended);

/// <summary>
/// Keeps the follow-ups' orchestrations in step with the log: a started follow-up gets one, changed facts wake those of the customer that would wake too
/// late, an erasure removes them all. A changed shop notifies nobody: it moves its customers' due instants, and the overdue-wake timer wakes those who
/// are due earlier.
/// </summary>
public sealed class FollowUpTimers(ICustomerReader customers, NotificationBacklog backlog, FollowUpTraces traces, TimeProvider clock)
{
    // Customers whose orchestrations are notified at the same time.
    private const int Parallelism = 8;

    public Task NotifyAll(DurableTaskClient client, IReadOnlyList<ChangedCustomer> changed, CancellationToken ct) => Parallel.ForEachAsync(
        changed, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = ct },
        async (c, token) => await Notify(client, c.Shop, c.Customer, c.Ended, token));

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
        foreach (var (followUp, state) in open.Customer.FollowUps.Where(f => f.Value.IsRunning))
        {
            // Of linked customers the one whose the follow-up stays when they are parted.
            var timer = new FollowUpTimer(shop, state.By ?? open.Customer.Id, followUp);
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
