using Cx.Domain;
using Cx.Domain.Offers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Offers;

public class AffinityViewTests
{
    private static readonly DateTimeOffset Day = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Products_of_one_order_and_of_several_orders_of_a_customer_are_pairs()
    {
        var rows = MemoryRows.Fold([Placed("ann", 1, Day, "pan", "lid"), Placed("ann", 2, Day.AddDays(30), "spoon"), Placed("bob", 3, Day, "pan")]);

        Assert.Equal((2, 1), (rows.Get<Item>("item/pan")!.Buyers, rows.Get<Pair>("pair/spoon/pan")!.Buyers));
        Assert.Equal(Affinity.Weight(Day.AddDays(15)), rows.Get<Pair>("pair/pan/spoon")!.Sum, 9);
    }

    [Fact]
    public void A_purchase_counts_half_after_half_a_year() =>
        Assert.Equal(2, Affinity.Weight(Day.AddDays(180)) / Affinity.Weight(Day), 12);

    [Theory]
    [InlineData(2526)]
    [InlineData(9999)]
    [InlineData(1)]
    public void A_misdated_purchase_has_a_finite_weight_and_can_be_taken_back(int year)
    {
        var misdated = new DateTimeOffset(year, 6, 1, 0, 0, 0, TimeSpan.Zero);
        var orders = Enumerable.Range(0, 1000).Select(i => Placed($"c{i}", i, misdated, "pan", "lid")).ToArray();
        var rows = MemoryRows.Fold(orders);

        Assert.All(rows.Rows.Values.OfType<Item>().Select(i => i.Sum).Concat(rows.Rows.Values.OfType<Pair>().Select(p => p.Sum)), sum => Assert.True(double.IsFinite(sum)));
        Assert.InRange(Of(rows, "pan", "lid"), 0, 1);
        var gone = MemoryRows.Fold([.. orders, .. orders.Select(o => (o.Item1, (IEvent)new OrderCancelled(((OrderPlaced)o.Item2).Order, Canceller.Shop, Day)))]);
        Assert.All(gone.Rows.Values.OfType<Item>(), i => Assert.Equal((0, 0.0), (i.Buyers, i.Sum)));
    }

    [Fact]
    public void What_everybody_buys_is_close_to_nothing_in_particular()
    {
        var everybody = Enumerable.Range(0, 20).Select(i => Placed($"c{i}", i, Day, "bag"));
        var rows = MemoryRows.Fold([.. everybody, Placed("ann", 100, Day, "pan", "lid", "bag"), Placed("bob", 101, Day, "pan", "lid", "bag")]);

        Assert.True(Of(rows, "pan", "lid") > 2 * Of(rows, "pan", "bag"));
    }

    [Fact]
    public void A_revised_order_counts_as_it_then_is()
    {
        var (stream, placed) = Placed("ann", 1, Day, "pan", "lid");
        var revised = new OrderRevised(new("1"), new(5, "EUR"), [Line("pan")], Day.AddHours(1), Day.AddHours(1));

        var rows = MemoryRows.Fold([(stream, placed), (stream, revised)]);

        Assert.Equal((1, 0), (rows.Get<Item>("item/pan")!.Buyers, rows.Get<Item>("item/lid")!.Buyers));
        Assert.Null(rows.Get<Pair>("pair/pan/lid"));
    }

    [Fact]
    public void An_erased_customer_leaves_no_row()
    {
        var rows = MemoryRows.Fold([Placed("ann", 1, Day, "pan", "lid"), ("ann", OrderHistories.Erasure)]);

        Assert.DoesNotContain(rows.Rows.Keys, k => k.Contains("ann", StringComparison.Ordinal) || k.StartsWith("pair/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_learned_of_who_objects_to_profiling_or_is_restricted_until_that_is_taken_back(bool isRestriction)
    {
        (string, IEvent) stands = ("ann", isRestriction ? new ProcessingRestricted("k", Day) : new ProfilingObjected("k", Day));
        (string, IEvent) lifted = ("ann", isRestriction ? new RestrictionLifted("k", Day.AddDays(1)) : new ProfilingObjectionLifted("k", Day.AddDays(1)));
        (string, IEvent)[] orders = [Placed("ann", 1, Day, "pan", "lid"), Placed("bob", 2, Day, "pan")];

        foreach (var rows in new[] { MemoryRows.Fold([.. orders, stands]), MemoryRows.Fold([stands, .. orders]) })
        {
            Assert.Equal((1, 0, null), (rows.Get<Item>("item/pan")!.Buyers, rows.Get<Item>("item/lid")!.Buyers, rows.Get<Pair>("pair/pan/lid")));
        }

        foreach (var rows in new[] { MemoryRows.Fold([.. orders, stands, lifted]), MemoryRows.Fold([lifted, .. orders, stands]) })
        {
            Assert.Equal((2, 1), (rows.Get<Item>("item/pan")!.Buyers, rows.Get<Pair>("pair/pan/lid")!.Buyers));
        }
    }

    [Fact]
    public void Of_a_customer_who_buys_everything_only_the_latest_count()
    {
        var rows = MemoryRows.Fold(Enumerable.Range(0, 60).Select(i => Placed("ann", i, Day.AddDays(i), $"p{i}")));

        Assert.Equal(Buyer.MostProducts, rows.Rows.Values.OfType<Item>().Count(i => i.Buyers == 1));
        Assert.Equal(0, rows.Get<Item>("item/p0")!.Buyers);
        Assert.Equal(Buyer.MostProducts * (Buyer.MostProducts - 1), rows.Rows.Values.OfType<Pair>().Count());
    }

    private static double Of(MemoryRows rows, string one, string other) => Affinity.Of(
        rows.Get<Pair>($"pair/{one}/{other}")!.Sum, rows.Get<Item>($"item/{one}")!.Sum, rows.Get<Item>($"item/{other}")!.Sum, Day);

    private static (string, IEvent) Placed(string customer, int order, DateTimeOffset at, params string[] products) =>
        (customer, new OrderPlaced(new($"{order}"), null, new(10, "EUR"), [.. products.Select(Line)], null, at, at));

    private static OrderLine Line(string product) => new(new(product), null, product, 1, 5, null);
}
