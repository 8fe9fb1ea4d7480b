using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
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

    [Fact]
    public async Task Only_the_lead_of_linked_customers_is_woken_and_follow_ups_of_both_go_on()
    {
        var buyers = await Buyers(3);
        var woken = new List<CustomerId>();
        await Link(buyers[0], buyers[2]);

        Assert.Equal(2, await Wake(Now, 10, Wakes(woken)));

        Assert.Equal([buyers[0], buyers[1]], woken.Order());
        Assert.Equal(2, (await Rig.Stream(buyers[0])).Count(r => r.Type == "step-held.v1"));
        Assert.Equal([buyers[0].Value, buyers[2].Value], (await Rig.Stream(buyers[0])).Where(r => r.Type == "step-held.v1").Select(r => r.Identity).Order());

        await Store.Unlink(Rig.Shop, buyers[0], buyers[2], ByHand, default);
        var parted = await Rig.Customer(buyers[2]);
        Assert.Equal(StepStatus.Held, Assert.Single(parted.FollowUps).Value.StepOf("thank-you").Status);
        Assert.Equal(StepStatus.Held, Assert.Single((await Rig.Customer(buyers[0])).FollowUps).Value.StepOf("thank-you").Status);
        await Store.Update<Domain.Shops.Shop>(Rig.Shop, "shop", _ => [new Domain.Shops.SendingSwitched(Domain.Shops.Sending.On, Now)], default);
        await Wake(Now, 10, Wakes(woken));
        Assert.Equal(1, await Rig.Count($"cx_outbox where customer = '{buyers[2]}' and step = 'thank-you' and order_id = 'o2'"));
    }

    [Fact]
    public async Task An_order_that_had_a_follow_up_before_the_link_or_while_linked_starts_no_second_one()
    {
        ICustomerEvent[] Facts(string order, int day) => [Placed(order, day)];
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        await Rig.Deliver("d1", [Rig.Order("o1"), Rig.Email("bea@example.com")], Facts("o1", 0), decide: Recording.Of(Facts("o1", 0)));
        await Link(ada, bea);
        await Rig.Deliver("d2", [Rig.Order("o2"), Rig.Email("bea@example.com")], Facts("o2", 0), decide: Recording.Of(Facts("o2", 0)));
        await Rig.Deliver("d3", [Rig.Order("o1")], Facts("o1", -1), decide: Recording.Of(Facts("o1", -1)));
        await Store.Unlink(Rig.Shop, ada, bea, ByHand, default);
        await Rig.Deliver("d4", [Rig.Order("o2")], Facts("o2", -1), decide: Recording.Of(Facts("o2", -1)));

        Assert.Equal(["o1", "o2"], (await Rig.Customer(bea)).FollowUps.Values.Select(f => f.Order!.Value.Value).Order());
        Assert.Empty((await Rig.Customer(ada)).FollowUps);
        Assert.Equal(2, await Rig.Count("mt_events where type = 'follow-up-started.v1'"));
    }

    [Fact]
    public async Task An_order_of_one_ends_what_waits_for_no_other_order_of_the_other_until_they_are_parted()
    {
        var ada = await Ordered("ada", "o1", 0);
        var bea = await Ordered("bea", "o2", 1);

        await Link(ada, bea);
        Assert.Equal([StepStatus.Pending, StepStatus.Skipped], (await Rig.Customer(ada)).FollowUps.Values.Select(f => f.StepOf("related-offer").Status).Order());

        await Store.Unlink(Rig.Shop, ada, bea, ByHand, default);
        Assert.Equal(StepStatus.Pending, Assert.Single((await Rig.Customer(ada)).FollowUps.Values).StepOf("related-offer").Status);
        Assert.Equal(StepStatus.Pending, Assert.Single((await Rig.Customer(bea)).FollowUps.Values).StepOf("related-offer").Status);
        await SameWhenRebuilt(ada, bea);

        async Task<CustomerId> Ordered(string name, string order, int day)
        {
            Rig.Clock.Advance(TimeSpan.FromMilliseconds(1));
            ICustomerEvent[] facts = [Placed(order, day)];
            return (await Rig.Deliver(name, [Rig.Email($"{name}@example.com")], facts, decide: Recording.Of(facts))).Customer!.Value;
        }
    }

    [Fact]
    public async Task New_identifiers_and_payloads_are_those_of_the_linked_customer_by_whom_they_came()
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        await Link(ada, bea);

        await Rig.Deliver("d1", [Rig.Order("o9"), Rig.Phone("+390612345"), Rig.Email("bea@example.com")], [Placed("o9")]);

        Assert.Equal(3, await Rig.Count($"cx_identifiers where customer = '{bea}'"));
        Assert.Equal(2, await Rig.Count($"cx_archive where customer = '{bea}'"));
        await Store.Unlink(Rig.Shop, ada, bea, ByHand, default);
        Assert.Equal(bea, (await Rig.Deliver("d2", [Rig.Order("o9")], [Delivered("o9")])).Customer);
    }

    [Fact]
    public async Task Values_of_linked_customers_are_sealed_each_under_its_own_key_and_open_for_both()
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        await Rig.Deliver("d1", [Rig.Email("bea@example.com")], [Learned("bea@example.com", name: "Bea Lovelace", day: 1)]);
        await Link(ada, bea);
        await Rig.Deliver("d2", [Rig.Email("bea@example.com")], [Learned(phone: "+390687654", day: 2)]);
        await Wake(Now.AddYears(1), 10, Wakes([]));

        await Reads(ada, "Bea Lovelace", "+390687654");
        await Reads(bea, "Bea Lovelace", "+390687654");
        await Store.Unlink(Rig.Shop, ada, bea, ByHand, default);
        await Reads(ada, null, null);
        await Reads(bea, "Bea Lovelace", "+390687654");
        await Rig.Command(ada, Just(Erased()));
        await Reads(bea, "Bea Lovelace", "+390687654");

        async Task Reads(CustomerId id, string? name, string? phone)
        {
            using var open = await ((ICustomerReader)Store).Open(Rig.Shop, id, StateQuery.Open, default);
            Assert.Equal((name, phone), (open!.Read(open.Customer.Details.Name), open.Read(open.Customer.Details.Phone)));
        }
    }

    [Fact]
    public async Task Erasing_a_linked_customer_erases_all_of_them()
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        await Rig.Deliver("d1", [Rig.Email("bea@example.com"), Rig.Phone("+390687654")], [Learned("bea@example.com", "+390687654", "Bea Lovelace"), Objected()], body: "Bea Lovelace");
        await Link(ada, bea);

        await Rig.Command(bea, Recording.Of([Erased()]));

        Assert.Equal(0, await Rig.Count("cx_customers where key is not null"));
        Assert.Equal(0, await Rig.Count("cx_identifiers where kind > 1"));
        Assert.Equal(0, await Rig.Count("cx_archive"));
        Assert.True((await Rig.Customer(ada)).IsErased);
        Assert.Equal("linked-customer-erased", (await Assert.ThrowsAsync<RuleBrokenException>(() => Store.Unlink(Rig.Shop, ada, bea, ByHand, default))).Code);
        Assert.NotEqual(ada, (await Rig.Deliver("d2", [Rig.Email("bea@example.com")], [Placed("new")])).Customer);
    }

    [Fact]
    public async Task An_objection_of_one_counts_for_both_and_a_later_one_bars_the_addresses_of_both()
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        await Rig.Deliver("d1", [Rig.Email("bea@example.com")], [new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "test", null, Monday)]);
        await Rig.Deliver("d2", [Rig.Email("ada@example.com")], [Objected()], decide: Recording.Of([Objected()]));
        await Link(ada, bea);
        Assert.False((await Rig.Customer(bea)).Consents[ConsentKey.Of(Channel.Email, Purpose.Marketing)].Given);

        Rig.Clock.Advance(TimeSpan.FromDays(1));
        var again = Objected() with { Source = "again" };
        await Rig.Deliver("d3", [Rig.Email("ada@example.com")], [again], decide: Recording.Of([again]));
        Assert.Equal(2, await Rig.Count("cx_suppressions"));

        await Store.Unlink(Rig.Shop, ada, bea, ByHand, default);
        Assert.True((await Rig.Customer(bea)).Consents[ConsentKey.Of(Channel.Email, Purpose.Marketing)].Given);
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
