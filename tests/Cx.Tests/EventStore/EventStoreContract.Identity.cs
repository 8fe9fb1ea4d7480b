using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

public abstract partial class EventStoreContract
{
    [Fact]
    public async Task Fifty_copies_at_once_store_one_and_leave_no_gap_in_the_log()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => Rig.Deliver("d1", [Rig.Order("o1"), Rig.Email("ada@example.com")], [Placed("o1")]))));

        Assert.Single(outcomes, o => o.Result == TransactResult.Committed);
        Assert.Equal(49, outcomes.Count(o => o.Result == TransactResult.Duplicate));
        Assert.Equal(1, await Rig.Count("mt_events where type = 'order-placed.v1'"));
        Assert.Equal(1, await Rig.Count("cx_customers"));
        Assert.Equal(1, await Rig.Count("cx_archive"));
        Assert.Equal(await Rig.Count("mt_events"), await Rig.Scalar<long>("select last_value from mt_events_sequence"));
    }

    [Fact]
    public async Task Fifty_deliveries_at_once_about_one_new_person_make_one_customer()
    {
        Identifier[] names = [Rig.Number("7"), Rig.Email("ada@example.com"), Rig.Phone("+390612345")];

        // Two of three names each: any two deliveries share one.
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() =>
            Rig.Deliver($"d{i}", [Rig.Order($"o{i}"), names[i % 3], names[(i + 1) % 3]], [Placed($"o{i}")]))));

        Assert.All(outcomes, o => Assert.Equal(TransactResult.Committed, o.Result));
        var customer = Assert.Single(outcomes.Select(o => o.Customer!.Value).Distinct());
        var events = await Rig.Stream(customer);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(v => (long)v), events.Select(e => e.Version));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"o{i}").Order(), events.Select(e => e.Event).OfType<OrderPlaced>().Select(e => e.Order.Value).Order());
        Assert.Equal(50, events.Count);
        Assert.Equal(50, (await Rig.Customer(customer)).Orders.Count);
        Assert.Equal(53, await Rig.Count($"cx_identifiers where customer = '{customer}'"));
    }

    [Fact]
    public async Task Identifiers_of_two_customers_go_to_the_first_in_precedence_and_the_conflict_is_remembered()
    {
        var byNumber = (await Rig.Deliver("d1", [Rig.Number("7")], [Placed("o1")])).Customer!.Value;
        var byEmail = (await Rig.Deliver("d2", [Rig.Email("ada@example.com")], [Placed("o2")])).Customer!.Value;

        var both = await Rig.Deliver("d3", [Rig.Email("ada@example.com"), Rig.Number("7"), Rig.Phone("+39")], [Placed("o3")]);

        Assert.Equal(byNumber, both.Customer);
        Assert.Equal([new IdentityConflictFound(byEmail, IdentifierKind.Email, StoreRig.Start)], both.Events.OfType<IdentityConflictFound>());
        Assert.Single(await Rig.Stream(byEmail));
        Assert.Equal(1, await Rig.Count($"cx_identifiers where customer = '{byNumber}' and kind = {(int)IdentifierKind.Phone}"));
        Assert.Equal(1, await Rig.Count($"cx_archive where customer = '{byNumber}' and '{byEmail}' = any(others)"));
        Assert.DoesNotContain((await Rig.Deliver("d4", [Rig.Email("ada@example.com"), Rig.Number("7")], [Placed("o4")])).Events, e => e is IdentityConflictFound);
    }

    [Fact]
    public async Task A_customer_of_an_earlier_spelling_is_found_and_claimed_under_the_present_one()
    {
        var known = (await Rig.Deliver("d1", [Rig.Phone("3331234567")], [Placed("o1")])).Customer!.Value;

        Assert.Equal(known, (await Rig.Deliver("d2", [Rig.Phone("+393331234567", "3331234567")], [Placed("o2")])).Customer);
        Assert.Equal(known, (await Rig.Deliver("d3", [Rig.Phone("+393331234567")], [Placed("o3")])).Customer);
        await Rig.Deliver("d4", [Rig.Phone("+393331234567", "3331234567")], [Placed("o4")]);
        Assert.Equal(2, await Rig.Count($"cx_identifiers where customer = '{known}'"));
    }

    [Fact]
    public async Task Of_two_customers_of_one_number_the_one_of_the_present_spelling_leads()
    {
        var earlier = (await Rig.Deliver("d1", [Rig.Phone("3331234567")], [Placed("o1")])).Customer!.Value;
        var present = (await Rig.Deliver("d2", [Rig.Phone("+393331234567")], [Placed("o2")])).Customer!.Value;

        var both = await Rig.Deliver("d3", [Rig.Phone("+393331234567", "3331234567")], [Placed("o3")]);

        Assert.Equal(present, both.Customer);
        Assert.Equal([new IdentityConflictFound(earlier, IdentifierKind.Phone, StoreRig.Start)], both.Events.OfType<IdentityConflictFound>());
    }

    [Fact]
    public async Task An_earlier_spelling_of_another_customer_is_not_claimed()
    {
        var other = (await Rig.Deliver("d1", [Rig.Phone("3387654321")], [Placed("o1")])).Customer!.Value;
        var lead = (await Rig.Deliver("d2", [Rig.Phone("+393331234567")], [Placed("o2")])).Customer!.Value;

        Assert.Equal(lead, (await Rig.Deliver("d3", [Rig.Phone("+393331234567"), Rig.Phone("+393387654321", "3387654321")], [Placed("o3")])).Customer);

        Assert.Equal(1, await Rig.Count($"cx_identifiers where customer = '{lead}'"));
        Assert.Equal(other, (await Rig.Deliver("d4", [Rig.Phone("+393387654321", "3387654321")], [Placed("o4")])).Customer);
    }

    [Fact]
    public async Task The_same_identifier_named_twice_is_claimed_once()
    {
        var outcome = await Rig.Deliver("d1", [Rig.Email("ada@example.com"), Rig.Email("ada@example.com"), Rig.Order("o1"), Rig.Order("o1")], [Placed("o1")]);

        Assert.Equal(2, await Rig.Count($"cx_identifiers where customer = '{outcome.Customer}'"));
    }
}
