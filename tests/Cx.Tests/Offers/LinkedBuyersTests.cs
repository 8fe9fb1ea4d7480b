using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Offers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Offers;

/// <summary>Linked customers count as one buyer, and as two again once they are parted.</summary>
public class LinkedBuyersTests
{
    private static readonly DateTimeOffset Day = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_product_that_both_bought_counts_once_and_products_of_both_are_pairs()
    {
        var orders = new[] { Placed("a", 1, "pan"), Placed("b", 2, "pan", "lid") };
        var linked = MemoryRows.Fold([.. orders, .. Link("a", "b"), Placed("b", 3, "spoon")]);

        Assert.Equal(1, linked.Get<Item>("item/pan")!.Buyers);
        Assert.Equal((1, 1), (linked.Get<Pair>("pair/pan/lid")!.Buyers, linked.Get<Pair>("pair/pan/spoon")!.Buyers));

        var parted = MemoryRows.Fold([.. orders, .. Link("a", "b"), Placed("b", 3, "spoon"), .. Unlink("a", "b")]);
        Assert.True(parted.IsLike(MemoryRows.Fold([.. orders, Placed("b", 3, "spoon")])));
        Assert.Equal(2, parted.Get<Item>("item/pan")!.Buyers);
    }

    [Fact]
    public void An_order_stays_with_whom_it_came_by_first()
    {
        var (order, _) = Placed("b", 1, "pan", "lid");
        IEvent cancelled = new OrderCancelled(new("1"), Canceller.Shop, Day);

        var rows = MemoryRows.Fold([Placed("a", 2, "spoon"), Placed("b", 1, "pan", "lid"), .. Link("a", "b"), (CustomerStream.Of(new("a")), cancelled), .. Unlink("a", "b")]);

        Assert.Equal(0, rows.Get<Item>("item/pan")!.Buyers);
        Assert.DoesNotContain(new OrderId("1"), rows.Get<Buyer>(AffinityKeys.Buyer(CustomerStream.Of(new("a"))))!.Orders.Keys);
        Assert.Contains(new OrderId("1"), rows.Get<Buyer>(AffinityKeys.Buyer(order))!.Orders.Keys);
    }

    [Fact]
    public void Erasing_a_linked_customer_leaves_no_row_of_any_of_them()
    {
        var rows = MemoryRows.Fold([Placed("a", 1, "pan"), Placed("b", 2, "lid"), .. Link("a", "b"), (CustomerStream.Of(new("b")), OrderHistories.Erasure)]);

        Assert.All(rows.Rows.Values, row => Assert.True(row is Item { Buyers: 0, Sum: 0 }));
    }

    // Whatever links were made and ended: what is left counts as if only those had been made that stand.
    [Fact]
    public void Only_the_links_that_stand_count() => Prop.ForAll(Stories, story =>
    {
        var groups = new Dictionary<string, SortedSet<string>>();
        foreach (var name in Names)
        {
            groups[name] = new(StringComparer.Ordinal) { name };
        }

        var events = new List<(string Stream, IEvent Event)>();
        foreach (var (kind, one, other, e) in story)
        {
            if (kind == 0)
            {
                events.Add((CustomerStream.Of(new(one)), e));
            }
            else if (kind == 1 && groups[one] != groups[other])
            {
                var (lead, taken) = string.CompareOrdinal(groups[one].Min, groups[other].Min) < 0 ? (groups[one], groups[other]) : (groups[other], groups[one]);
                foreach (var name in taken)
                {
                    events.AddRange(Link(lead.Min!, name));
                }

                lead.UnionWith(taken);
                foreach (var name in lead)
                {
                    groups[name] = lead;
                }
            }
            else if (kind == 2 && groups[one].Count > 1)
            {
                var state = CustomerFold.Start(new(groups[one].Min!)) with { Members = [.. groups[one].Skip(1).Select(n => new CustomerId(n))] };
                events.AddRange(Linking.Unlink(state, new(one), Day).Select(s => (CustomerStream.Of(s.Stream), (IEvent)s.Event)));
                groups[one].Remove(one);
                groups[one] = new(StringComparer.Ordinal) { one };
            }
        }

        var orders = events.Where(f => f.Event is not (CustomersLinked or CustomersUnlinked));
        var standing = groups.Values.Distinct().Where(g => g.Count > 1).SelectMany(g => g.Skip(1).SelectMany(name => Link(g.Min!, name)));
        return MemoryRows.Fold(events).IsLike(MemoryRows.Fold(orders.Concat(standing)));
    }).QuickCheckThrowOnFailure();

    private static readonly string[] Names = ["a", "b", "c", "d"];

    private static Arbitrary<(int Kind, string One, string Other, IEvent Event)[]> Stories =>
        (from kind in Gen.Frequency((6, Gen.Constant(0)), (2, Gen.Constant(1)), (1, Gen.Constant(2)))
         from one in Gen.Elements(Names)
         from other in Gen.Elements(Names)
         from order in Gen.Choose(1, 3)
         from products in Gen.Choose(1, 5).ListOf(2)
         from isCancelled in Gen.Elements(false, false, true)
         let placed = Placed(one, $"{one}-{order}", [.. products.Distinct().Select(p => $"p{p}")]).Item2
         let e = isCancelled ? new OrderCancelled(new($"{one}-{order}"), Canceller.Shop, Day) : placed
         select (kind, one, other, e)).ListOf().Select(l => l.ToArray()).ToArbitrary();

    private static IEnumerable<(string, IEvent)> Link(string lead, string member) =>
        new[] { lead, member }.Select(id => (CustomerStream.Of(new(id)), (IEvent)new CustomersLinked(new(lead), new(member), Day)));

    private static IEnumerable<(string, IEvent)> Unlink(string lead, string member) =>
        new[] { lead, member }.Select(id => (CustomerStream.Of(new(id)), (IEvent)new CustomersUnlinked(new(lead), new(member), Day)));

    private static (string, IEvent) Placed(string customer, object order, params string[] products) => (
        CustomerStream.Of(new(customer)),
        new OrderPlaced(new($"{order}"), null, new(10, "EUR"), [.. products.Select(p => new OrderLine(new(p), null, p, 1, 5, null))], null, Day, Day));
}
