using Cx.Domain;
using Cx.Domain.Offers;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Offers;

public class AffinityProperties
{
    [Fact]
    public void The_order_of_arrival_does_not_matter() =>
        Prop.ForAll(OrderHistories.Shuffles, x => MemoryRows.Fold(x.Facts).IsLike(MemoryRows.Fold(x.Shuffled))).QuickCheckThrowOnFailure();

    [Fact]
    public void Two_contents_of_one_instant_and_one_total_count_alike_in_either_order()
    {
        (string, IEvent) Said(params string[] products) => ("customer-1", new Domain.Touchpoints.OrderPlaced(
            new("o1"), null, new(90m, "EUR"), [.. products.Select(p => new Domain.Touchpoints.OrderLine(new(p), null, p, 1, 45m, null))], null, OrderHistories.Start, OrderHistories.Start));
        var (one, other) = (Said("p6", "p3"), Said("p4", "p5"));

        Assert.True(MemoryRows.Fold([one, other]).IsLike(MemoryRows.Fold([other, one])));
    }

    [Fact]
    public void What_is_told_twice_counts_once() =>
        Prop.ForAll(OrderHistories.Facts, facts => MemoryRows.Fold(facts).IsLike(MemoryRows.Fold(facts.Concat(facts)))).QuickCheckThrowOnFailure();

    [Fact]
    public void The_sums_are_those_of_counting_every_customer_anew() => Prop.ForAll(OrderHistories.Facts, facts =>
    {
        var view = MemoryRows.Fold(facts);
        var rows = view.Rows.Values.ToArray();
        var kept = rows.OfType<Buyer>().Select(b => Buyer.Kept([b])).ToArray();
        return rows.OfType<Item>().All(item =>
            item.Buyers == kept.Count(k => k.ContainsKey(item.Product))
            && Near(item.Sum, kept.Where(k => k.ContainsKey(item.Product)).Sum(k => Affinity.Weight(k[item.Product]))))
            && rows.OfType<Item>().SelectMany(_ => rows.OfType<Item>(), (a, b) => (a: a.Product, b: b.Product)).Where(p => p.a != p.b).All(p =>
            {
                var both = kept.Where(k => k.ContainsKey(p.a) && k.ContainsKey(p.b)).ToArray();
                var pair = view.Get<Pair>(AffinityKeys.Pair(p.a, p.b));
                return both.Length == (pair?.Buyers ?? 0) && Near(pair?.Sum ?? 0, both.Sum(k => Math.Sqrt(Affinity.Weight(k[p.a]) * Affinity.Weight(k[p.b]))));
            });
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Erasing_everybody_leaves_the_catalogue_and_no_counts() => Prop.ForAll(OrderHistories.Facts, facts =>
    {
        var rows = MemoryRows.Fold(facts.Concat(facts.Select(f => f.Stream).Distinct().Select(s => (s, OrderHistories.Erasure)))).Rows.Values;
        return rows.All(r => r is Item { Buyers: 0, Sum: 0 });
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Cancelling_every_order_leaves_nothing_kept() => Prop.ForAll(OrderHistories.Facts, facts =>
    {
        var cancelled = facts.Select(f => (f.Stream, (IEvent)new Domain.Touchpoints.OrderCancelled(OrderOf(f.Event), Domain.Touchpoints.Canceller.Customer, OrderHistories.Start)));
        return MemoryRows.Fold(facts.Concat(cancelled)).Rows.Values.All(r => r is Item { Buyers: 0, Sum: 0 } or Buyer);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Affinity_is_symmetric_between_0_and_1_and_fades_with_age() => Prop.ForAll(OrderHistories.Facts, facts =>
    {
        var rows = MemoryRows.Fold(facts);
        var at = OrderHistories.Start.AddDays(400);
        return rows.Rows.Where(r => r.Key.StartsWith("pair/", StringComparison.Ordinal)).All(r =>
        {
            var (pair, one) = ((Pair)r.Value, new ProductId(r.Key.Split('/')[1]));
            double Of(DateTimeOffset when) => Affinity.Of(pair.Sum, rows.Get<Item>(AffinityKeys.Item(one))!.Sum, rows.Get<Item>(AffinityKeys.Item(pair.With))!.Sum, when);
            return Of(at) is > 0 and < 1 && Of(at + Affinity.HalfLife) < Of(at) && Near(pair.Sum, rows.Get<Pair>(AffinityKeys.Pair(pair.With, one))!.Sum);
        });
    }).QuickCheckThrowOnFailure();

    private static OrderId OrderOf(IEvent e) => e switch
    {
        Domain.Touchpoints.OrderPlaced x => x.Order,
        Domain.Touchpoints.OrderRevised x => x.Order,
        Domain.Touchpoints.OrderCancelled x => x.Order,
        Domain.Touchpoints.OrderRefunded x => x.Order,
        _ => throw new UnknownEventException(e),
    };

    private static bool Near(double a, double b) => Math.Abs(a - b) <= 1e-9 * Math.Max(1, Math.Max(Math.Abs(a), Math.Abs(b)));
}
