using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Silence;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Offers;

/// <summary>
/// Which products are bought by the same customers, in one order or in several. The rows are a sum over customers of what each one
/// bought and kept: an event changes one customer's part, and the sums change by the difference. So nothing counts twice, an order
/// that is cancelled, refunded in full or erased with its customer is subtracted again, and the order of arrival does not matter.
/// Besides, how many bought a second time after so many days. Linked customers count as one as long as they are linked. Nothing is learned of a customer who objects to profiling, or whose processing is restricted.
/// </summary>
public sealed class AffinityView : IAsyncView
{
    public const string ViewName = "affinity";

    public string Name => ViewName;

    public int Version => 6;

    public IReadOnlySet<string> Types { get; } = new[]
    {
        typeof(OrderPlaced), typeof(OrderRevised), typeof(OrderNotTaken), typeof(OrderFactTakenBack), typeof(OrderCancelled), typeof(OrderRefunded), typeof(OrderReassigned),
        typeof(CustomerErased), typeof(CustomersLinked), typeof(CustomersUnlinked),
        typeof(ProfilingObjected), typeof(ProfilingObjectionLifted), typeof(ProcessingRestricted), typeof(RestrictionLifted),
    }.Select(EventCatalog.NameOf).ToHashSet(StringComparer.Ordinal);

    public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e)
    {
        Learn(rows, e);
        if (e is CustomersLinked or CustomersUnlinked)
        {
            Regroup(rows, stream, e);
            return;
        }

        var key = AffinityKeys.Buyer(stream);
        var known = rows.Get<Buyer>(key) ?? Buyer.None;
        if (known.IsLinked)
        {
            FoldLinked(rows, stream, e);
            return;
        }

        var after = e is CustomerErased ? Buyer.None : Buyer.Evolve(known, e);
        if (ReferenceEquals(known, after))
            return;

        Set(rows, key, after);
        Count(rows, [known], [after]);
    }

    // An order stays with the one of them that it came by first.
    private static void FoldLinked(IViewRows rows, string stream, IEvent e)
    {
        var group = LinkedGroups.Of(rows, CustomerStream.Customer(stream)!.Value);
        var before = Buyers(rows, group);
        var after = before.ToDictionary();
        if (e is CustomerErased)
        {
            foreach (var id in group)
            {
                after[id] = Buyer.None;
                LinkedGroups.Set(rows, [id]);
            }
        }
        else
        {
            var owner = before.Where(b => Buyer.OrderOf(e) is { } order && b.Value.Orders.ContainsKey(order)).Select(b => (CustomerId?)b.Key).FirstOrDefault()
                ?? CustomerStream.Customer(stream)!.Value;
            after[owner] = Buyer.Evolve(before[owner], e);
        }

        foreach (var (id, buyer) in after)
        {
            if (!ReferenceEquals(buyer, before[id]))
                Set(rows, KeyOf(id), buyer);
        }

        Count(rows, before.Values, after.Values);
    }

    private static void Regroup(IViewRows rows, string stream, IEvent e)
    {
        if (LinkedGroups.Change(rows, stream, e) is not var (moving, left, joined))
            return;

        var (leaving, joining) = (Buyers(rows, left.Add(moving)), Buyers(rows, joined));
        Count(rows, leaving.Values, [.. leaving.Where(b => b.Key != moving).Select(b => b.Value)]);
        Count(rows, [.. joining.Where(b => b.Key != moving).Select(b => b.Value)], joining.Values);
        LinkedGroups.Set(rows, left);
        LinkedGroups.Set(rows, joined);
        foreach (var (id, buyer) in leaving.Where(b => b.Key != moving))
            Set(rows, KeyOf(id), buyer with { IsLinked = left.Count > 1 });
        foreach (var (id, buyer) in joining)
            Set(rows, KeyOf(id), buyer with { IsLinked = joined.Count > 1 });
    }

    private static Dictionary<CustomerId, Buyer> Buyers(IViewRows rows, ImmutableSortedSet<CustomerId> group) =>
        group.ToDictionary(id => id, id => rows.Get<Buyer>(KeyOf(id)) ?? Buyer.None);

    private static string KeyOf(CustomerId id) => AffinityKeys.Buyer(CustomerStream.Of(id));

    private static void Set(IViewRows rows, string key, Buyer buyer)
    {
        if (buyer is { Orders.IsEmpty: true, IsLinked: false, Objection: null, Restriction: null })
            rows.Remove(key);
        else
            rows.Set(key, buyer);
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

    private static void Count(IViewRows rows, IReadOnlyCollection<Buyer> before, IReadOnlyCollection<Buyer> after)
    {
        Count(rows, Buyer.Kept(before), Buyer.Kept(after));
        var (was, now) = (Buyer.SecondOrderGap(before), Buyer.SecondOrderGap(after));
        if (was == now)
            return;

        var counted = (rows.Get<SecondOrders>(AffinityKeys.SecondOrders) ?? SecondOrders.None).With(was, now);
        if (counted.Days.IsEmpty)
            rows.Remove(AffinityKeys.SecondOrders);
        else
            rows.Set(AffinityKeys.SecondOrders, counted);
    }

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

    /// <summary>Whether others are linked to the customer: then they are counted together.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsLinked { get; init; }

    public static Buyer Evolve(Buyer buyer, IEvent e) => e switch
    {
        OrderPlaced x => buyer.With(x with { Number = null, Lines = Plain(x.Lines), PromisedBy = null, Standing = Plain(x.Standing), Traits = null }),
        OrderRevised x => buyer.With(x with { Lines = Plain(x.Lines), Standing = Plain(x.Standing), Traits = null }),
        OrderNotTaken or OrderCancelled or OrderRefunded or OrderFactTakenBack { Fact: OrderFact.Cancelled or OrderFact.Refunded } => buyer.With((IOrderEvent)e),
        OrderReassigned { Arrives: false } x => buyer.Orders.Remove(x.Order) is var left && left == buyer.Orders ? buyer : buyer with { Orders = left },
        ProfilingObjected x => buyer with { Objection = Rights.Latest(buyer.Objection, true, x.OccurredAt, x.By) },
        ProfilingObjectionLifted x => buyer with { Objection = Rights.Latest(buyer.Objection, false, x.OccurredAt, x.By) },
        ProcessingRestricted x => buyer with { Restriction = Rights.Latest(buyer.Restriction, true, x.OccurredAt, x.By) },
        RestrictionLifted x => buyer with { Restriction = Rights.Latest(buyer.Restriction, false, x.OccurredAt, x.By) },
        _ => buyer,
    };

    /// <summary>The products that those who are one customer bought and kept, each with the instant at which it was last bought.</summary>
    public static Dictionary<ProductId, DateTimeOffset> Kept(IReadOnlyCollection<Buyer> buyers)
    {
        var kept = new Dictionary<ProductId, DateTimeOffset>();
        if (Stands(buyers.Select(b => b.Objection)) || Stands(buyers.Select(b => b.Restriction)))
            return kept;

        foreach (var order in buyers.SelectMany(b => b.Orders.Values))
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

    /// <summary>How long after the first purchase those who are one customer made the second; none where they made none.</summary>
    public static TimeSpan? SecondOrderGap(IReadOnlyCollection<Buyer> buyers) =>
        Stands(buyers.Select(b => b.Objection)) || Stands(buyers.Select(b => b.Restriction)) ? null
        : PurchaseSilence.Gaps(buyers.SelectMany(b => b.Orders.Values).Where(o => o is { IsPurchase: true, PlacedAt: not null }).Select(o => o.PlacedAt!.Value.ToUnixTimeSeconds()).Order())
            .Select(g => (TimeSpan?)g).FirstOrDefault();

    // As last exercised or taken back by any of those who are one customer.
    private static bool Stands(IEnumerable<Right?> rights) => rights.OfType<Right>().MaxBy(r => (r.At, r.Stands)) is { Stands: true };

    internal static OrderId? OrderOf(IEvent e) => e switch
    {
        IOrderEvent x => x.Order,
        OrderReassigned { Arrives: false } x => x.Order,
        _ => null,
    };

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
