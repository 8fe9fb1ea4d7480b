using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

public abstract partial class EventStoreContract
{
    [Fact]
    public async Task An_erased_customer_cannot_be_read_anywhere_and_the_log_still_folds()
    {
        await Rig.Deliver("d0", [Rig.Order("o1")], [Complained("c0", "Lovelace wrote: where is it?", "o1")], body: "Lovelace, where is it?");
        Identifier[] names = [Rig.Order("o1"), Rig.Email("ada@example.com"), Rig.Phone("+390612345")];
        var customer = (await Rig.Deliver("d1", names, [Learned("ada@example.com", "+390612345", "Ada Lovelace"), Placed("o1"), Complained("c1", "Lovelace is angry")], body: "ada@example.com")).Customer!.Value;
        await Rig.Deliver("d2", [Rig.Email("ada@example.com")], [Objected()]);
        await Rig.Execute($"insert into cx_outbox (shop, message, customer, follow_up, step, template, channel, category, status, due_at, queued_at, content) values ('bottega', 'm1', '{customer}', 'f1', 'thank-you', 'thank-you', 'email', 'transactional', 'accepted', now(), now(), 'Dear Ada Lovelace')");

        var erased = await Rig.Deliver("d3", [Rig.Email("ada@example.com")], [], body: "erase ada@example.com", decide: Just(Erased()));

        Assert.Equal(customer, erased.Customer);
        var dump = await Rig.Dump();
        Assert.All(["ada@example", "390612345", "Lovelace"], value => Assert.DoesNotContain(value, dump, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(0, await Rig.Count("cx_identifiers where kind <> 0"));
        Assert.Equal(0, await Rig.Count("cx_archive"));
        Assert.Equal(0, await Rig.Count("cx_waiting"));
        Assert.Equal(0, await Rig.Count("cx_outbox where content is not null"));
        Assert.Equal(0, await Rig.Count("cx_customers where key is not null"));
        Assert.Equal(1, await Rig.Count("cx_suppressions"));

        var state = (await Rig.Stream(customer)).Aggregate(CustomerFold.Start(customer), (c, r) => CustomerFold.Evolve(c, (Domain.ICustomerEvent)r.Event));
        Assert.True(state.IsErased);
        Assert.Equal(new Details().Email, state.Details.Email);
        Assert.Single(state.Orders);
    }

    [Fact]
    public async Task An_address_that_objected_keeps_its_objection_under_the_next_customer()
    {
        var first = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1"), Objected()])).Customer!.Value;
        await Rig.Command(first, Just(Erased()));

        var second = await Rig.Deliver("d2", [Rig.Email("ada@example.com")], [Placed("o2")]);

        Assert.NotEqual(first, second.Customer);
        Assert.Contains(second.Events, e => e is Domain.Privacy.ConsentWithdrawn { Source: "suppression" } w && w.OccurredAt == Rig.Clock.GetUtcNow());
        Assert.Equal(1, await Rig.Count("cx_suppressions"));
    }

    [Fact]
    public async Task Late_news_of_an_erased_order_or_person_is_dropped_and_its_key_remembered()
    {
        var first = (await Rig.Deliver("d1", [Rig.Order("o1"), Rig.Number("c-1"), Rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;
        await Rig.Command(first, Just(Erased()));

        var order = await Rig.Deliver("d2", [Rig.Order("o1"), Rig.Email("ada@example.com")], [Delivered("o1")]);
        var parcel = await Rig.Deliver("d3", [Rig.Order("o1")], [Delivered("o1")]);
        var person = await Rig.Deliver("d4", [Rig.Number("c-1"), Rig.Email("ada@example.com")], [Learned("ada@example.com")]);
        var again = await Rig.Deliver("d2", [Rig.Order("o1"), Rig.Email("ada@example.com")], [Delivered("o1")]);

        Assert.All([order, parcel, person], o => Assert.Equal((TransactResult.Erased, null, 0), (o.Result, o.Customer, o.Events.Count)));
        Assert.Equal(TransactResult.Duplicate, again.Result);
        Assert.Equal(0, await Rig.Count("cx_archive"));
        Assert.Equal(0, await Rig.Count("cx_waiting"));
        Assert.Equal(1, await Rig.Count("cx_customers"));
    }

    [Fact]
    public async Task An_order_that_was_never_held_makes_a_new_record_which_takes_the_erased_customer_id_over()
    {
        var first = (await Rig.Deliver("d1", [Rig.Order("o1"), Rig.Number("c-1")], [Placed("o1")])).Customer!.Value;
        await Rig.Command(first, Just(Erased()));

        var second = await Rig.Deliver("d2", [Rig.Order("o2"), Rig.Number("c-1")], [Placed("o2")]);
        var third = await Rig.Deliver("d3", [Rig.Number("c-1")], [Learned("ada@example.com")]);

        Assert.NotEqual(first, second.Customer);
        Assert.Equal(second.Customer, third.Customer);
    }

    [Fact]
    public async Task A_delivery_concurrent_with_the_erasure_does_not_bring_the_customer_back()
    {
        var customer = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;
        var facts = new Domain.ICustomerEvent[] { Learned("ada@example.com", day: 7) };
        var tries = 0;

        var late = await Rig.Deliver("d2", [Rig.Email("ada@example.com")], facts, decide: (c, s) =>
        {
            if (tries++ == 0)
            {
                Task.Run(() => Rig.Command(customer, Just(Erased()))).GetAwaiter().GetResult();
            }

            return Record(facts)(c, s);
        });

        Assert.NotEqual(customer, late.Customer);
        Assert.Equal(2, (await Rig.Stream(customer)).Count);
    }

    [Fact]
    public async Task The_payload_of_a_delivery_that_changed_nothing_is_not_kept_for_somebody_erased_meanwhile()
    {
        var customer = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;
        var tries = 0;

        await Rig.Deliver("d2", [Rig.Email("ada@example.com")], [], decide: (_, _) =>
        {
            if (tries++ == 0)
            {
                Task.Run(() => Rig.Command(customer, Just(Erased()))).GetAwaiter().GetResult();
            }

            return [];
        });

        Assert.Equal(0, await Rig.Count($"cx_archive where customer = '{customer}'"));
        Assert.Equal(0, await Rig.Count("cx_identifiers"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(16)]
    public async Task Orders_around_an_erasure_are_stored_under_the_erased_record_or_a_new_one_and_nothing_is_claimed_for_the_erased(int count)
    {
        for (var round = 0; round < 4; round++)
        {
            var customer = (await Rig.Deliver($"first-{round}", [Rig.Email("ada@example.com")], [Placed($"first-{round}")])).Customer!.Value;
            var orders = Enumerable.Range(0, count).Select(i => $"order-{round}-{i}").ToList();

            var deliveries = orders.Select(o => Task.Run(() => Rig.Deliver(o, [Rig.Order(o), Rig.Email("ada@example.com")], [Placed(o)]))).ToList();
            deliveries.Insert(count / 2, Task.Run(() => Rig.Command(customer, Just(Erased()))));
            await Task.WhenAll(deliveries);

            Assert.Equal(0, await Rig.Count($"cx_identifiers where customer = '{customer}' and kind <> 0"));
            Assert.Equal((await Rig.Stream(customer)).Count(r => r.Event is OrderPlaced) - 1, await Rig.Count($"cx_identifiers where customer = '{customer}'"));
            Assert.Equal(0, await Rig.Count($"cx_archive where customer = '{customer}'"));
            Assert.All(orders.Zip(deliveries.Where((_, i) => i != count / 2)), o => Assert.Single(o.Second.Result.Events));
            var next = (await Rig.Deliver($"last-{round}", [Rig.Email("ada@example.com")], [Placed($"last-{round}")])).Customer!.Value;
            Assert.NotEqual(customer, next);
            await Rig.Command(next, Just(Erased()));
        }
    }
}
