using Cx.Application.EventStore;
using Cx.Application.EventStore.Postgres;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.FollowUps;

/// <summary>
/// Tells the follow-ups' clocks what the log says: started follow-ups get one, changed facts wake those of the customer, an erasure ends them all.
/// A reader of the log like a view, with a checkpoint of its own that moves once the task hub has taken everything up to it: told at least once.
/// A changed shop is not told to anybody: it moves its customers' due instants, and where one comes earlier the straggler timer sees it.
/// </summary>
public sealed class FollowUpTimers(IEventStore store, ICustomerReader customers, LastingConnections connections)
{
    /// <summary>The checkpoint's name.</summary>
    public const string Checkpoint = "cx:follow-up-clocks";

    // Customers told of at the same time.
    private const int AtOnce = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly string EndedType = EventCatalog.NameOf(typeof(FollowUpEnded));

    // Written by a wake, after which the clock knows when to ring next.
    private static readonly HashSet<string> OfWakes = [EventCatalog.NameOf(typeof(StepHeld)), EventCatalog.NameOf(typeof(StepSkipped)), EventCatalog.NameOf(typeof(MessageQueued))];

    /// <summary>Comes to the end of the log. Who holds the checkpoint for longer than some patience goes on without us.</summary>
    public async Task CatchUp(DurableTaskClient client, CancellationToken ct)
    {
        await using var connection = await connections.Open(ct);
        var checkpoint = new LogCheckpoint(connection, Checkpoint);
        if (!await checkpoint.Lock(Patience, ct))
        {
            return;
        }

        var position = await checkpoint.Position(ct);
        await foreach (var batch in store.ReadAll(position, new HashSet<string> { EndedType }, ct))
        {
            await Parallel.ForEachAsync(
                Concerned(batch), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
                async (c, token) => await Notify(client, c.Shop, c.Customer, c.Ended, token));
            await checkpoint.Move(position, batch[^1].Sequence, ct);
            position = batch[^1].Sequence;
        }
    }

    /// <summary>Tells the clocks of one customer, and starts those that are missing.</summary>
    /// <param name="ended">Follow-ups whose clocks only learn that it is over.</param>
    internal async Task Notify(DurableTaskClient client, ShopId shop, CustomerId customer, IEnumerable<FollowUpId> ended, CancellationToken ct)
    {
        using var open = await customers.Open(shop, customer, ct);
        if (open is null)
        {
            return;
        }

        if (open.Customer.IsErased)
        {
            foreach (var followUp in open.Customer.FollowUps.Keys)
            {
                await client.Forget(followUp, ct);
            }

            return;
        }

        foreach (var (followUp, _) in open.Customer.FollowUps.Where(f => f.Value.IsRunning))
        {
            await client.NotifyOrStart(new(shop, customer, followUp), ct);
        }

        foreach (var followUp in ended)
        {
            await client.TellIfLive(followUp, ct);
        }
    }

    private static IEnumerable<(ShopId Shop, CustomerId Customer, IEnumerable<FollowUpId> Ended)> Concerned(IReadOnlyList<Logged> batch) =>
        from logged in batch
        let customer = CustomerStream.Customer(logged.Stream)
        where customer is not null && !OfWakes.Contains(logged.Type)
        group logged.Event by (logged.Shop, customer.Value) into told
        select (told.Key.Shop, told.Key.Value, told.OfType<FollowUpEnded>().Select(e => e.FollowUp));
}
