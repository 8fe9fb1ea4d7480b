using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>Follow-ups, identifiers, keys and consents of linked customers.</summary>
public abstract partial class EventStoreContract
{
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

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    public async Task A_link_bars_the_addresses_of_both_for_what_one_withdrew_and_the_other_did_not_give_since(bool isGivenSince, int barred)
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Objected()], decide: Recording.Of([Objected()]));
        Rig.Clock.Advance(TimeSpan.FromHours(1));
        if (isGivenSince)
            await Rig.Deliver("d2", [Rig.Email("bea@example.com")], [new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "test", null, Rig.Clock.GetUtcNow())]);
        Assert.Equal(1, await Rig.Count("cx_suppressions"));

        await Link(bea, ada);

        Assert.Equal(barred, await Rig.Count("cx_suppressions"));
    }

    [Fact]
    public async Task A_link_bars_the_addresses_of_both_where_one_marked_mail_as_spam()
    {
        var (ada, bea) = (await Buyer("ada"), await Buyer("bea"));
        await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [new SpamReported("s", Channel.Email, Monday)]);

        await Link(ada, bea);

        Assert.Equal(2, await Rig.Count("cx_suppressions"));
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
}
