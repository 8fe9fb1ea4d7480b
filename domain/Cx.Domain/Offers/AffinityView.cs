using System.Collections.Immutable;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Offers;

/// <summary>
/// Which products are bought by the same customers, in one order or in several. The rows are a sum over customers of what each one
/// bought and kept: an event changes one customer's part, and the sums change by the difference. So nothing counts twice, an order
/// that is cancelled, refunded in full or erased with its customer is subtracted again, and the order of arrival does not matter. Nothing is learned of a
/// customer who objects to profiling, or whose processing is restricted.
/// </summary>
public sealed class AffinityView : IAsyncView
{
    public const string ViewName = "affinity";

    public string Name => ViewName;

    public int Version => 4;

    public IReadOnlySet<string> Types { get; } =
        new[] { typeof(OrderPlaced), typeof(OrderRevised), typeof(OrderNotTaken), typeof(OrderFactTakenBack), typeof(OrderCancelled), typeof(OrderRefunded), typeof(OrderReassigned), typeof(CustomerErased),
            typeof(ProfilingObjected), typeof(ProfilingObjectionLifted), typeof(ProcessingRestricted), typeof(RestrictionLifted) }.Select(EventCatalog.NameOf).ToHashSet(StringComparer.Ordinal);

    public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e)
    {
        Learn(rows, e);
        var key = AffinityKeys.Buyer(stream);
        var before = rows.Get<Buyer>(key) ?? Buyer.None;
        var after = e is CustomerErased ? Buyer.None : Buyer.Evolve(before, e);
        if (ReferenceEquals(before, after))
            return;

        if (after == Buyer.None)
            rows.Remove(key);
        else
            rows.Set(key, after);
        Count(rows, before.Kept(), after.Kept());
    }

    // The latest title and category of each product, also from an order that was cancelled or refunded.
    private static void Learn(IViewRows rows, IEvent e)
    {
        var (lines, at) = e switch
        {
            OrderPlaced x => (x.Lines, x.Revision),
            OrderRevised x => (x.Lines, x.Revision),
            _ => ([], default),
        };
        foreach (var line in lines)
        {
            if (line.Product is not { } product)
                continue;

            var key = AffinityKeys.Item(product);
            var known = rows.Get<Item>(key);
            if (known is null || IsLater(line, at, known))
                rows.Set(key, new Item(product, line.Title, line.Category, at, known?.Buyers ?? 0, known?.Sum ?? 0));
        }
    }

    private static bool IsLater(OrderLine line, DateTimeOffset at, Item known) =>
        at != known.SeenAt ? at > known.SeenAt
        : string.CompareOrdinal(line.Title, known.Title) is var title and not 0 ? title > 0
        : string.CompareOrdinal(line.Category, known.Category) > 0;

    private static void Count(IViewRows rows, Dictionary<ProductId, DateTimeOffset> before, Dictionary<ProductId, DateTimeOffset> after)
    {
        var parts = before.Keys.Union(after.Keys).Order().Select(p => new Part(p, AffinityKeys.Escape(p), At(before, p), At(after, p))).ToArray();
        for (var i = 0; i < parts.Length; i++)
        {
            if (!parts[i].Changed)
                continue;

            CountItem(rows, parts[i]);
            for (var j = 0; j < parts.Length; j++)
            {
                // A pair of which both have changed is counted once, at the first of them.
                if (i != j && !(parts[j].Changed && j < i))
                    CountPair(rows, parts[i], parts[j]);
            }
        }
    }

    private static void CountItem(IViewRows rows, Part part)
    {
        var key = AffinityKeys.Items + part.Escaped;
        var known = rows.Get<Item>(key) ?? new Item(part.Product, part.Product.Value, null, part.Is ?? Affinity.Reference, 0, 0);
        var (buyers, sum) = Difference(known.Buyers, known.Sum, part.Was is { } was ? Affinity.Weight(was) : null, part.Is is { } @is ? Affinity.Weight(@is) : null);
        rows.Set(key, known with { Buyers = buyers, Sum = sum });
    }

    private static void CountPair(IViewRows rows, Part one, Part other)
    {
        var (was, @is) = (Together(one.Was, other.Was), Together(one.Is, other.Is));
        if (was == @is)
            return;

        CountDirected(rows, one, other, was, @is);
        CountDirected(rows, other, one, was, @is);
    }

    private static void CountDirected(IViewRows rows, Part part, Part with, double? was, double? @is)
    {
        var key = AffinityKeys.Pair(part.Escaped, with.Escaped);
        var known = rows.Get<Pair>(key);
        var (buyers, sum) = Difference(known?.Buyers ?? 0, known?.Sum ?? 0, was, @is);
        if (buyers > 0)
            rows.Set(key, new Pair(known?.With ?? with.Product, buyers, sum));
        else
            rows.Remove(key);
    }

    // Without buyers the sum is exactly 0: a rounding error does not outlive the last buyer.
    private static (long Buyers, double Sum) Difference(long buyers, double sum, double? was, double? @is) =>
        buyers + (@is is null ? 0 : 1) - (was is null ? 0 : 1) is var now && now <= 0 ? (0, 0) : (now, sum + (@is ?? 0) - (was ?? 0));

    private static DateTimeOffset? At(Dictionary<ProductId, DateTimeOffset> kept, ProductId product) => kept.TryGetValue(product, out var at) ? at : null;

    private static double? Together(DateTimeOffset? one, DateTimeOffset? other) => one is { } a && other is { } b ? Affinity.Weight(a, b) : null;

    /// <summary>One product of a customer: when it was bought, as was known before an event and as is known after it.</summary>
    private readonly record struct Part(ProductId Product, string Escaped, DateTimeOffset? Was, DateTimeOffset? Is)
    {
        public bool Changed => Was != Is;
    }
}

/// <summary>What one customer ordered, as far as affinity asks. Does not depend on the order in which facts arrive.</summary>
public sealed record Buyer(ImmutableSortedDictionary<OrderId, Order> Orders)
{
    /// <summary>
    /// Of a customer who bought more products only the latest count: a customer who buys everything tells nothing about a pair, and the work
    /// for an order stays bounded.
    /// </summary>
    public const int MostProducts = 40;

    public static Buyer None { get; } = new(ImmutableSortedDictionary<OrderId, Order>.Empty);

    /// <summary>The objection to profiling, as last made or taken back.</summary>
    public Right? Objection { get; init; }

    /// <summary>The restriction of processing, as last set or lifted.</summary>
    public Right? Restriction { get; init; }

    public static Buyer Evolve(Buyer buyer, IEvent e) => e switch
    {
        OrderPlaced x => buyer.With(x with { Number = null, Lines = Plain(x.Lines), PromisedBy = null, Standing = Plain(x.Standing) }),
        OrderRevised x => buyer.With(x with { Lines = Plain(x.Lines), Standing = Plain(x.Standing) }),
        OrderNotTaken or OrderCancelled or OrderRefunded or OrderFactTakenBack { Fact: OrderFact.Cancelled or OrderFact.Refunded } => buyer.With((IOrderEvent)e),
        OrderReassigned { Arrives: false } x => buyer.Orders.Remove(x.Order) is var left && left == buyer.Orders ? buyer : buyer with { Orders = left },
        ProfilingObjected x => buyer with { Objection = Rights.Latest(buyer.Objection, true, x.OccurredAt, x.By) },
        ProfilingObjectionLifted x => buyer with { Objection = Rights.Latest(buyer.Objection, false, x.OccurredAt, x.By) },
        ProcessingRestricted x => buyer with { Restriction = Rights.Latest(buyer.Restriction, true, x.OccurredAt, x.By) },
        RestrictionLifted x => buyer with { Restriction = Rights.Latest(buyer.Restriction, false, x.OccurredAt, x.By) },
        _ => buyer,
    };

    /// <summary>The products bought and kept, each with the instant at which it was last bought.</summary>
    public Dictionary<ProductId, DateTimeOffset> Kept()
    {
        var kept = new Dictionary<ProductId, DateTimeOffset>();
        foreach (var order in Objection is { Stands: true } || Restriction is { Stands: true } ? [] : Orders.Values)
        {
            if (!order.IsPurchase || order.PlacedAt is not { } placedAt)
                continue;

            foreach (var product in order.Lines.Where(l => order.Remaining(l) > 0).Select(l => l.Product).OfType<ProductId>())
            {
                kept[product] = kept.TryGetValue(product, out var known) && known > placedAt ? known : placedAt;
            }
        }

        return kept.Count <= MostProducts ? kept : kept.OrderByDescending(k => k.Value).ThenBy(k => k.Key).Take(MostProducts).ToDictionary();
    }

    private Buyer With(IOrderEvent e)
    {
        var orders = Orders.SetItem(e.Order, OrderFold.Evolve(Orders.GetValueOrDefault(e.Order) ?? new(), e));
        return orders == Orders ? this : this with { Orders = orders };
    }

    // What was bought, and what is left of it; neither titles nor prices.
    private static List<OrderLine> Plain(IReadOnlyList<OrderLine> lines) =>
        lines.Select(l => new OrderLine(l.Product, null, "", l.Quantity, 0, null) { Line = l.Line, Current = l.Current, Kind = l.Kind }).ToList();

    private static OrderStanding? Plain(OrderStanding? standing) => standing is null ? null : standing with { Paid = null, Shipped = null };
}
