using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

public abstract partial class EventStoreContract
{
    [Fact]
    public async Task What_a_process_that_died_after_a_change_of_the_shop_left_unmarked_is_marked_by_the_next_wake()
    {
        var buyers = await Buyers(3);
        await Wake(Now, 10, Wakes([]));
        Rig.Clock.Advance(TimeSpan.FromHours(1));
        await using (var writer = await Rig.Database.OpenConnectionAsync())
        await using (var writing = await writer.BeginTransactionAsync())
        {
            await new NpgsqlCommand("update cx_customers set due_at = due_at", writer).ExecuteNonQueryAsync();
            await Store.Update<Domain.Shops.Shop>(Rig.Shop, "shop", _ => [new SendingSwitched(Sending.On, Now)], default);
            await writing.RollbackAsync();
        }

        Assert.True(await DueAt(buyers[0]) > Now);
        Assert.Equal(1, await Rig.Count("cx_plan_changes"));

        // It may also have died between two batches.
        await Rig.Execute("update cx_plan_changes set after = (select min(id) from cx_customers)");
        await Rig.Execute($"update cx_customers set due_at = '{Now:O}' where id = (select min(id) from cx_customers)");
        var woken = new List<CustomerId>();
        Assert.Equal(3, await Wake(Now, 10, Wakes(woken)));
        Assert.Equal(buyers.Order(), woken.Order());
        Assert.Equal(3, await Rig.Count("mt_events where type = 'message-queued.v1'"));
        Assert.Equal(0, await Rig.Count("cx_plan_changes"));
        Assert.Equal(0, await Wake(Now, 10, Wakes(woken)));
    }

    [Fact]
    public async Task A_due_instant_found_by_former_facts_of_the_shop_does_not_outlast_the_change()
    {
        var ada = Assert.Single(await Buyers(1));
        await Wake(Now, 10, Wakes([]));
        Rig.Clock.Advance(TimeSpan.FromHours(1));
        var changes = 0;

        await Rig.Deliver("during", [Rig.Email("c0@example.com")], [Delivered("o0")], decide: (customer, context) =>
        {
            if (changes++ == 0)
            {
                Task.Run(() => Store.Update<Domain.Shops.Shop>(Rig.Shop, "shop", _ => [new SendingSwitched(Sending.On, Now)], default)).GetAwaiter().GetResult();
            }

            return Recording.Of([Delivered("o0")])(customer, context);
        });

        Assert.Equal(1, changes);
        Assert.Equal(Now, await DueAt(ada));
        Assert.Equal(1, await Wake(Now, 10, Wakes([])));
        Assert.Equal(1, await Rig.Count("mt_events where type = 'message-queued.v1'"));
    }

    [Fact]
    public async Task Follow_ups_that_wait_for_a_fact_are_woken_by_a_change_as_well()
    {
        var ada = Assert.Single(await Buyers(1));
        await Rig.Execute("update cx_customers set due_at = null");
        await Rig.Deliver("idle", [Rig.Email("idle@example.com")], [Learned("idle@example.com")]);

        await Store.Update<Domain.Shops.Shop>(
            Rig.Shop, "shop", _ => [new CadenceSwitched("post-sale", CadenceState.Archived, 1, new(1, null, RunningChoice.End), Now)], default);

        Assert.Equal(Now, await DueAt(ada));
        Assert.Equal(1, await Rig.Count("cx_customers where due_at is null"));
        await Wake(Now, 10, Wakes([]));
        Assert.Equal(1, await Rig.Count("mt_events where type = 'follow-up-ended.v1' and data ->> 'reason' = 'cadence-archived'"));
    }
}
