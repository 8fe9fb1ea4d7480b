using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Touchpoints;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

public abstract partial class EventStoreContract
{
    [Fact]
    public async Task A_delivery_that_names_only_an_unknown_order_waits_until_the_order_is_claimed()
    {
        var early = await Rig.Deliver("d1", [Rig.Order("o1")], [Delivered("o1")]);
        Assert.Equal(TransactResult.Waiting, early.Result);
        Assert.Equal((0, 1), (await Rig.Count("cx_customers"), await Rig.Count("cx_waiting")));
        Assert.Equal(TransactResult.Duplicate, (await Rig.Deliver("d1", [Rig.Order("o1")], [Delivered("o1")])).Result);

        var customer = (await Rig.Deliver("d2", [Rig.Order("o1"), Rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;

        await AssertAppliedOnce(customer, "o1");
        var delivered = (await Rig.Stream(customer)).Single(r => r.Event is OrderDelivered);
        Assert.Equal(Correlations.Of(Rig.Delivery("d1", []).Key), delivered.Correlation);
        Assert.Equal(2, await Rig.Count($"cx_archive where customer = '{customer}'"));
    }

    [Fact]
    public async Task A_delivery_that_starts_to_wait_while_the_order_is_being_claimed_is_applied()
    {
        var facts = new ICustomerEvent[] { Placed("o1") };
        var tries = 0;
        var outcome = await Rig.Deliver("d2", [Rig.Order("o1"), Rig.Email("ada@example.com")], facts, decide: (customer, context) =>
        {
            if (tries++ == 0)
            {
                Task.Run(() => Rig.Deliver("d1", [Rig.Order("o1")], [Delivered("o1")])).GetAwaiter().GetResult();
            }

            return Record(facts)(customer, context);
        });

        Assert.Equal(2, tries);
        await AssertAppliedOnce(outcome.Customer!.Value, "o1");
    }

    [Fact]
    public async Task A_hundred_races_between_claiming_and_waiting_lose_nothing()
    {
        for (var i = 0; i < 100; i++)
        {
            var order = $"o{i}";
            using var start = new Barrier(2);
            var claiming = Task.Run(() =>
            {
                start.SignalAndWait();
                return Rig.Deliver($"claim-{order}", [Rig.Order(order), Rig.Email($"{order}@example.com")], [Placed(order)]);
            });
            var waiting = Task.Run(() =>
            {
                start.SignalAndWait();
                return Rig.Deliver($"wait-{order}", [Rig.Order(order)], [Delivered(order)]);
            });

            await Task.WhenAll(claiming, waiting);
            await AssertAppliedOnce((await claiming).Customer!.Value, order);
        }
    }

    [Fact]
    public async Task A_delivery_that_waits_for_two_references_is_applied_once_and_claims_both()
    {
        await Rig.Deliver("d1", [Rig.Order("o1"), Rig.Conversation("t1")], [Delivered("o1")]);
        await Rig.Deliver("d2", [Rig.Conversation("t1")], [Complained("c1", "no answer")]);

        var customer = (await Rig.Deliver("d3", [Rig.Order("o1"), Rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;

        await AssertAppliedOnce(customer, "o1");
        Assert.Single((await Rig.Customer(customer)).Complaints);
        Assert.Equal(customer, (await Rig.Deliver("d4", [Rig.Conversation("t1")], [Complained("c2", "still none")])).Customer);
    }

    [Fact]
    public async Task Personal_values_of_a_waiting_delivery_are_sealed()
    {
        await Rig.Deliver("d1", [Rig.Order("o1")], [Complained("c1", "The parcel of Ada Lovelace is lost", "o1")]);

        Assert.DoesNotContain("Lovelace", await Rig.Dump(), StringComparison.OrdinalIgnoreCase);

        var customer = (await Rig.Deliver("d2", [Rig.Order("o1"), Rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;
        Assert.Single((await Rig.Customer(customer)).Complaints);
        Assert.DoesNotContain("Lovelace", await Rig.Dump(), StringComparison.OrdinalIgnoreCase);
    }

    private async Task AssertAppliedOnce(CustomerId customer, string order)
    {
        Assert.Single(await Rig.Stream(customer), r => r.Event is OrderDelivered d && d.Order.Value == order);
        Assert.NotNull((await Rig.Customer(customer)).Orders[new(order)].DeliveredAt());
        Assert.Equal(0, await Rig.Count("cx_waiting"));
    }
}
