using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

public abstract partial class EventStoreContract
{
    private static readonly Command ByHand = new("by-hand", "link-customers", "api");

    [Fact]
    public async Task Linked_customers_are_one_and_what_comes_later_goes_to_the_lead_under_the_identity_it_came_by()
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));

        var linked = await Link(bea, ada);
        var later = await Rig.Deliver("later", [Rig.Email("bea@example.com")], [Placed("later")]);

        Assert.Equal((TransactResult.Committed, ada, true), (linked.Result, linked.Lead, linked.IsChange));
        Assert.Equal(ada, later.Customer);
        foreach (var id in new[] { ada, bea })
        {
            var customer = await Rig.Customer(id);
            Assert.Equal((ada, "ada bea later"), (customer.Id, string.Join(' ', customer.Orders.Keys)));
            Assert.Equal([bea], customer.Members);
        }

        Assert.Equal("customers-linked.v1", (await Rig.Stream(bea))[^1].Type);
        Assert.Equal(("order-placed.v1", bea.Value), (await Rig.Stream(ada))[^1] is var last ? (last.Type, last.Identity) : default);
        Assert.Equal(0, await Rig.Count($"cx_states where customer = '{bea}'"));
        Assert.Equal(1, await Rig.Count($"cx_customers where id = '{bea}' and lead = '{ada}' and due_at is null and key is not null"));
    }

    [Fact]
    public async Task Unlinked_customers_have_their_own_again_what_came_while_they_were_linked_included()
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        await Link(ada, bea);
        await Rig.Deliver("d1", [Rig.Order("o1"), Rig.Email("bea@example.com")], [Placed("o1"), Complained("k1", "late")]);
        await Rig.Deliver("d2", [Rig.Email("ada@example.com")], [Placed("o2")]);
        await Rig.Command(ada, Recording.Of([new ComplaintResolved(new("k1"), null, Monday.AddDays(5))]));

        Assert.True((await Store.Unlink(Rig.Shop, ada, bea, ByHand, default)).IsChange);
        await Rig.Deliver("d3", [Rig.Order("o1")], [Delivered("o1")]);

        var (a, b) = (await Rig.Customer(ada), await Rig.Customer(bea));
        Assert.Equal("ada o2", string.Join(' ', a.Orders.Keys));
        Assert.Equal("bea o1", string.Join(' ', b.Orders.Keys));
        Assert.Empty(a.Complaints);
        Assert.Equal((0, Monday.AddDays(5)), (b.OpenComplaints, Assert.Single(b.Complaints).Value.ResolvedAt));
        Assert.NotNull(b.Orders[new("o1")].DeliveredAt());
        Assert.Empty(a.Members);
        Assert.Equal((ada, bea), (a.Id, b.Id));
        Assert.Equal("bea o1", string.Join(' ', (await Timeline(bea)).Select(r => r.Event).OfType<OrderPlaced>().Select(e => e.Order)));
        Assert.Equal("ada o2", string.Join(' ', (await Timeline(ada)).Select(r => r.Event).OfType<OrderPlaced>().Select(e => e.Order)));
    }

    [Fact]
    public async Task States_of_linked_and_of_parted_customers_are_the_same_when_they_are_folded_anew()
    {
        var (ada, bea, carla) = (await Buyer("ada"), await Buyer("bea"), await Buyer("carla"));
        await Link(ada, bea);
        await Link(bea, carla);
        await Rig.Deliver("d1", [Rig.Email("bea@example.com")], [Placed("o1"), Objected()]);
        await Wake(Now, 10, Wakes([]));

        async Task SameAnew()
        {
            foreach (var id in new[] { ada, bea, carla })
            {
                var stored = await Json(id);
                await Rig.Execute("update cx_customers set fold = 0");
                Assert.Equal(stored, await Json(id));
                await Rig.Execute($"update cx_customers set fold = {Customer.FoldVersion}");
            }
        }

        await SameAnew();
        await Store.Unlink(Rig.Shop, ada, bea, ByHand, default);
        await SameAnew();
        await Rig.Deliver("d2", [Rig.Email("bea@example.com")], [Placed("o2")]);
        await Store.Unlink(Rig.Shop, carla, ada, ByHand, default);
        await SameAnew();
        Assert.Equal(["ada", "bea o1 o2", "carla"], (await Task.WhenAll(new[] { ada, bea, carla }.Select(Rig.Customer))).Select(c => string.Join(' ', c.Orders.Keys)));
    }

    [Fact]
    public async Task Chains_of_links_are_one_customer_whichever_of_them_leads_and_one_of_three_can_leave()
    {
        var (ada, bea, carla, dora) = (await Buyer("ada"), await Buyer("bea"), await Buyer("carla"), await Buyer("dora"));
        await Link(bea, carla);
        await Link(dora, carla);
        await Link(ada, dora);

        var all = await Rig.Customer(carla);
        Assert.Equal((ada, "ada bea carla dora"), (all.Id, string.Join(' ', all.Orders.Keys)));
        Assert.Equal([bea, carla, dora], all.Members);
        Assert.Equal(3, await Rig.Count($"cx_customers where lead = '{ada}'"));
        Assert.Equal(1, await Rig.Count("(select distinct customer from cx_states) x"));

        await Rig.Deliver("d1", [Rig.Email("dora@example.com")], [Placed("of-dora")]);
        await Store.Unlink(Rig.Shop, bea, ada, ByHand, default);
        var (alone, rest) = (await Rig.Customer(ada), await Rig.Customer(dora));
        Assert.Equal((ada, "ada"), (alone.Id, string.Join(' ', alone.Orders.Keys)));
        Assert.Equal((bea, "bea carla dora of-dora"), (rest.Id, string.Join(' ', rest.Orders.Keys)));
        Assert.Equal([carla, dora], rest.Members);

        await Store.Unlink(Rig.Shop, bea, dora, ByHand, default);
        Assert.Equal("dora of-dora", string.Join(' ', (await Rig.Customer(dora)).Orders.Keys));
        Assert.Equal("bea carla", string.Join(' ', (await Rig.Customer(carla)).Orders.Keys));

        await Link(ada, dora);
        Assert.Equal("ada dora of-dora", string.Join(' ', (await Rig.Customer(dora)).Orders.Keys));
    }

    [Fact]
    public async Task Linking_again_and_unlinking_again_changes_nothing()
    {
        var (ada, bea, carla) = (await Buyer("ada"), await Buyer("bea"), await Buyer("carla"));
        await Link(ada, bea);
        var before = await Rig.Dump();

        Assert.False((await Link(bea, ada)).IsChange);
        Assert.False((await Link(ada, bea)).IsChange);
        Assert.False((await Store.Unlink(Rig.Shop, ada, carla, ByHand, default)).IsChange);
        Assert.False((await Store.Unlink(Rig.Shop, ada, ada, ByHand, default)).IsChange);

        Assert.Equal(before, await Rig.Dump());
    }

    [Fact]
    public async Task Nobody_unknown_or_erased_is_linked()
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        await Rig.Command(bea, Just(Erased()));
        var before = await Rig.Dump();

        await Assert.ThrowsAsync<UnknownCustomerException>(() => Link(ada, new("nobody")));
        Assert.Equal("linked-customer-erased", (await Assert.ThrowsAsync<RuleBrokenException>(() => Link(ada, bea))).Code);

        Assert.Equal(before, await Rig.Dump());
    }

    [Fact]
    public async Task Links_made_at_the_same_time_end_in_one_customer_and_lose_no_delivery()
    {
        for (var round = 0; round < 4; round++)
        {
            var ids = new List<CustomerId>();
            for (var i = 0; i < 5; i++)
            {
                ids.Add(await Buyer($"r{round}-{i}"));
            }

            var links = ids.Zip(ids.Skip(1)).Select((pair, i) => i % 2 == 0 ? pair : (pair.Second, pair.First)).Select(p => Task.Run(() => Link(p.Item1, p.Item2)));
            var orders = ids.SelectMany((_, i) => Enumerable.Range(0, 3).Select(n => Task.Run(
                () => Rig.Deliver($"{round}/{i}/{n}", [Rig.Email($"r{round}-{i}@example.com")], [Placed($"r{round}-{i}-{n}")]))));
            await Task.WhenAll(links.Cast<Task>().Concat(orders).ToList());

            var customer = await Rig.Customer(ids[^1]);
            Assert.Equal(ids[0], customer.Id);
            Assert.Equal(ids[1..], customer.Members.Order().ToArray());
            Assert.Equal(20, customer.Orders.Count);
            var stored = await Json(ids[0]);
            await Rig.Execute("update cx_customers set fold = 0");
            Assert.Equal(stored, await Json(ids[0]));
            await Rig.Execute($"update cx_customers set fold = {Customer.FoldVersion}");
        }
    }

    [Fact]
    public async Task A_delivery_that_was_decided_before_the_link_is_decided_again()
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        var facts = new ICustomerEvent[] { Placed("late") };
        var tries = 0;

        var late = await Rig.Deliver("late", [Rig.Email("bea@example.com")], facts, decide: (c, s) =>
        {
            if (tries++ == 0)
            {
                Task.Run(() => Link(ada, bea)).GetAwaiter().GetResult();
            }

            return Record(facts)(c, s);
        });

        Assert.Equal((ada, 2), (late.Customer, tries));
        Assert.Contains(new("late"), (await Rig.Customer(ada)).Orders.Keys);
        Assert.Equal(0, await Rig.Count($"cx_states where customer = '{bea}'"));
    }

    [Fact]
    public async Task A_delivery_that_waits_for_the_row_of_a_customer_who_is_being_linked_lands_on_the_lead()
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        await using var blocker = await Rig.Database.OpenConnectionAsync();
        await using var transaction = await blocker.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand($"select 1 from cx_customers where id = '{bea}' for update", blocker))
        {
            await hold.ExecuteNonQueryAsync();
        }

        // First in the queue for the row is the link, then the delivery, which reads the customer as it was before.
        var linking = Task.Run(() => Link(ada, bea));
        await UntilWaiting(1);
        var delivering = Task.Run(() => Rig.Deliver("late", [Rig.Email("bea@example.com")], [Placed("late")]));
        await UntilWaiting(2);
        await transaction.CommitAsync();

        await linking;
        Assert.Equal(ada, (await delivering).Customer);
        Assert.Equal(0, await Rig.Count($"cx_states where customer = '{bea}'"));
        Assert.Equal("ada bea late", string.Join(' ', (await Rig.Customer(bea)).Orders.Keys));

        async Task UntilWaiting(int count)
        {
            while (await Rig.Count("pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") < count)
            {
                Assert.False(linking.IsCompleted);
            }
        }
    }

    /// <summary>Records made one after the other: the first one leads.</summary>
    private async Task<CustomerId> Buyer(string name)
    {
        Rig.Clock.Advance(TimeSpan.FromMilliseconds(1));
        return (await Rig.Deliver($"buyer-{name}", [Rig.Email($"{name}@example.com")], [Placed(name)])).Customer!.Value;
    }

    private Task<LinkOutcome> Link(CustomerId one, CustomerId other) => Store.Link(Rig.Shop, one, other, Now, ByHand, default);

    private async Task<string> Json(CustomerId id) => JsonSerializer.Serialize(await Rig.Customer(id), EventCatalog.Json);

    private async Task<List<Recorded>> Timeline(CustomerId id) => await Store.ReadCustomer(Rig.Shop, [.. (await Rig.Customer(id)).Ids], AsOf.Now, default).ToListAsync();
}
