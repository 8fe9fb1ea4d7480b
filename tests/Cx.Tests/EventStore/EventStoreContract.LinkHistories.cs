using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>Whatever was linked, parted and moved before, each customer has what is theirs.</summary>
public abstract partial class EventStoreContract
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task After_any_history_of_links_each_group_has_the_orders_of_its_own_and_the_same_when_it_is_folded_anew(int seed)
    {
        string[] names = ["a", "b", "c", "d", "e"];
        var (random, ids) = (new Random(seed), new Dictionary<string, CustomerId>());
        foreach (var name in names)
        {
            ids[name] = await Buyer(name);
        }

        var orders = names.ToDictionary(n => n, n => new SortedSet<string>(StringComparer.Ordinal) { n });
        var groups = names.ToDictionary(n => n, n => new HashSet<string> { n });
        for (var step = 0; step < 40; step++)
        {
            Rig.Clock.Advance(TimeSpan.FromHours(1));
            var (one, other) = (names[random.Next(names.Length)], names[random.Next(names.Length)]);
            switch (random.Next(6))
            {
                case 0:
                    await Link(ids[one], ids[other]);
                    groups[one].UnionWith(groups[other]);
                    foreach (var name in groups[one].ToList())
                    {
                        groups[name] = groups[one];
                    }

                    break;
                case 1 when groups[one].Contains(other) && one != other:
                    await Store.Unlink(Rig.Shop, ids[one], ids[other], ByHand, default);
                    groups[one].Remove(other);
                    groups[other] = [other];
                    break;
                case 2:
                    await Wake(Now, 10, Wakes([]));
                    break;
                default:
                    ICustomerEvent[] facts = [Placed($"{one}{step}", step / 10)];
                    await Rig.Deliver($"d{step}", [Rig.Order($"{one}{step}"), Rig.Email($"{one}@example.com")], facts, decide: Recording.Of(facts));
                    orders[one].Add($"{one}{step}");
                    break;
            }
        }

        foreach (var name in names)
        {
            var customer = await Rig.Customer(ids[name]);
            Assert.Equal(groups[name].Min(n => ids[n]), customer.Id);
            Assert.Equal(groups[name].Select(n => ids[n]).Order(), customer.Ids.Order());
            Assert.Equal(groups[name].SelectMany(n => orders[n]).Order(StringComparer.Ordinal), customer.Orders.Keys.Select(o => o.Value));
            Assert.Equal(
                groups[name].SelectMany(n => orders[n].Where(o => o != n)).Order(StringComparer.Ordinal),
                customer.FollowUps.Values.Select(f => f.Order!.Value.Value).Order(StringComparer.Ordinal));
            await SameWhenRebuilt(customer.Id);
        }

        Assert.Equal(groups.Values.Distinct().Count(), await Rig.Count("cx_customers where lead is null"));
        Assert.Equal(groups.Values.Distinct().Count(), await Rig.Count("(select distinct customer from cx_states) s"));
        Assert.Equal(await Rig.Count("mt_streams where id like 'customer-%'"), await Rig.Count("cx_customers c join mt_streams s on s.id = 'customer-' || c.id and s.version = c.version"));
    }

    [Theory]
    [InlineData("1", "2")]
    [InlineData("2", "1")]
    public async Task An_order_that_had_moved_from_one_to_the_other_is_the_one_customers_and_stays_where_it_went(string from, string to)
    {
        var (ada, bea) = ((await Rig.Deliver("a", [Rig.Number("1")], [Learned("ada@example.com")])).Customer!.Value, await Later(() => Rig.Deliver("b", [Rig.Number("2")], [Learned("bea@example.com")])));
        await Says("d1", from, from == "1" ? "ada@example.com" : "bea@example.com", hour: 0);
        await Rig.Deliver("d2", [Rig.Order("o1")], [Delivered("o1")]);
        await Says("d3", to, to == "1" ? "ada@example.com" : "bea@example.com", hour: 1);
        var owner = to == "1" ? ada : bea;

        await Link(bea, ada);
        var linked = await Rig.Customer(owner);
        Assert.Equal((1, Monday.AddDays(3)), (linked.OrdersTaken, linked.Orders[new("o1")].DeliveredAt()));
        Assert.Equal(owner, (await Store.ReadCustomer(Rig.Shop, [ada, bea], AsOf.Now, default).LastAsync(r => r.Event is OrderPlaced or OrderReassigned)) is var last ? new CustomerId(last.Identity!) : default);
        await SameWhenRebuilt(ada);

        await Store.Unlink(Rig.Shop, ada, bea, ByHand, default);
        var (a, b) = (await Rig.Customer(ada), await Rig.Customer(bea));
        Assert.Equal(owner == ada ? (1, 0) : (0, 1), (a.OrdersTaken, b.OrdersTaken));
        Assert.Contains(new("o1"), (await Rig.Customer(owner)).Orders.Keys);
        await SameWhenRebuilt(ada, bea);

        async Task<CustomerId> Later(Func<Task<Outcome>> deliver)
        {
            Rig.Clock.Advance(TimeSpan.FromMilliseconds(1));
            return (await deliver()).Customer!.Value;
        }
    }

    [Fact]
    public async Task An_order_of_linked_customers_does_not_move_between_them_and_leaves_both_for_a_third()
    {
        var ada = (await Says("d1", "1", "ada@example.com", hour: 0)).Customer!.Value;
        Rig.Clock.Advance(TimeSpan.FromMilliseconds(1));
        var bea = (await Rig.Deliver("d2", [Rig.Number("2")], [Learned("bea@example.com")])).Customer!.Value;
        await Link(ada, bea);

        Assert.Equal(ada, (await Says("d3", "2", "bea@example.com", hour: 1)).Customer);
        Assert.Equal(0, await Rig.Count("mt_events where type = 'order-reassigned.v1'"));

        Rig.Clock.Advance(TimeSpan.FromMilliseconds(1));
        var carla = (await Says("d4", "3", "carla@example.com", hour: 2)).Customer!.Value;
        Assert.Empty((await Rig.Customer(bea)).Orders);
        Assert.Single((await Rig.Customer(carla)).Orders);
        await Link(carla, bea);
        Assert.Equal(1, (await Rig.Customer(carla)).OrdersTaken);
        await SameWhenRebuilt(ada);
        await Store.Unlink(Rig.Shop, ada, carla, ByHand, default);
        var (a, c) = (await Rig.Customer(ada), await Rig.Customer(carla));
        Assert.Equal((0, 1), (a.OrdersTaken, c.OrdersTaken));
        await SameWhenRebuilt(ada, carla);
    }
}
