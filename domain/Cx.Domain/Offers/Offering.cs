using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Offers;

/// <summary>What the affinity view knows around one customer's purchases.</summary>
/// <param name="Pairs">The pairs of each product that <see cref="Offering.Seeds"/> named.</param>
/// <param name="Items">Those products and the ones they are paired with.</param>
/// <param name="SameCategory">Products of the seeds' categories.</param>
/// <param name="BestSellers">The shop's most bought products.</param>
public sealed record Candidates(
    IReadOnlyDictionary<ProductId, IReadOnlyList<Pair>> Pairs, IReadOnlyDictionary<ProductId, Item> Items, IReadOnlyList<Item> SameCategory, IReadOnlyList<Item> BestSellers)
{
    public static Candidates None { get; } = new(new Dictionary<ProductId, IReadOnlyList<Pair>>(), new Dictionary<ProductId, Item>(), [], []);
}

/// <summary>A product the customer bought, kept and did not complain about: what offers relate to.</summary>
public sealed record Seed(ProductId Product, string Title, string? Category);

/// <summary>
/// Chooses what to offer one customer: what goes with the customer's purchases, by affinity; then their categories; then, for those who
/// opted in, the shop's best-sellers. Never a product of any order of the customer, whether kept, cancelled, sent back or complained
/// about, and none that nobody has ordered for half a year, which stands for the stock that no source reports.
/// </summary>
public static class Offering
{
    /// <summary>The most products of one offer.</summary>
    public const int Most = 3;

    /// <summary>How many of the latest purchases offers relate to.</summary>
    public const int MostSeeds = 10;

    /// <summary>How many customers must have bought a product, or both of a pair: one purchase is no pattern, and would disclose what one person bought.</summary>
    public const int LeastBuyers = 2;

    /// <summary>A product that nobody has ordered for longer counts as no longer sold.</summary>
    public static readonly TimeSpan LongestUnsold = TimeSpan.FromDays(180);

    /// <summary>The products that offers relate to, those bought last first.</summary>
    public static IReadOnlyList<Seed> Seeds(Customer customer)
    {
        if (customer.IsErased)
            return [];

        var complained = customer.Complaints.Values.Select(c => c.Order).OfType<OrderId>().ToHashSet();
        return
        [
            .. customer.Orders.Where(o => o.Value is { PlacedAt: not null, CancelledAt: null, RefundRequestedAt: null } && !o.Value.StandingRefunds().Any() && !complained.Contains(o.Key))
                .OrderByDescending(o => o.Value.PlacedAt).ThenBy(o => o.Key)
                .SelectMany(o => o.Value.Lines.Where(l => l is { Product: not null, Kind: not LineKind.GiftCard } && o.Value.Remaining(l) > 0))
                .Select(l => new Seed(l.Product!.Value, l.Title, l.Category))
                .DistinctBy(s => s.Product)
                .Take(MostSeeds),
        ];
    }

    /// <summary>The products to offer, the best first. Without an opt-in for marketing by e-mail, only those analogous to what was bought.</summary>
    public static IReadOnlyList<OfferedProduct> Choose(Customer customer, Candidates candidates, DateTimeOffset at, int atMost = Most)
    {
        var seeds = Seeds(customer);
        if (seeds.Count == 0)
            return [];

        var optedIn = customer.Consents.GetValueOrDefault(ConsentKey.Of(Channel.Email, Purpose.Marketing)) is { Given: true, Basis: ConsentBasis.OptIn };
        var ordered = customer.Orders.Values.SelectMany(o => o.Lines).Select(l => l.Product).OfType<ProductId>().ToHashSet();
        return
        [
            .. Related(seeds, candidates, at)
                .Concat(OfSameCategory(seeds, candidates))
                .Concat(optedIn ? candidates.BestSellers.Select(BestSeller) : [])
                .Where(o => !ordered.Contains(o.Item.Product) && o.Item.Buyers >= LeastBuyers && at - o.Item.SeenAt <= LongestUnsold)
                .Select(o => o.Offer)
                .Where(o => optedIn || o.Analogous)
                .DistinctBy(o => o.Product)
                .Take(atMost),
        ];
    }

    private static IEnumerable<(Item Item, OfferedProduct Offer)> Related(IReadOnlyList<Seed> seeds, Candidates candidates, DateTimeOffset at) =>
        from related in
            from seed in seeds
            where candidates.Pairs.ContainsKey(seed.Product) && candidates.Items.ContainsKey(seed.Product)
            from pair in candidates.Pairs[seed.Product]
            where pair.Buyers >= LeastBuyers && candidates.Items.ContainsKey(pair.With)
            let affinity = Affinity.Of(pair.Sum, candidates.Items[seed.Product].Sum, candidates.Items[pair.With].Sum, at)
            group (seed, affinity) by pair.With
        let item = candidates.Items[related.Key]
        orderby related.Sum(r => r.affinity) descending, item.Product
        let nearest = related.MaxBy(r => r.affinity).seed
        select (item, new OfferedProduct(
            item.Product, item.Title, $"Often bought together with {nearest.Title}.", seeds.Any(s => IsSame(CategoryOf(s, candidates), item.Category)), OfferKind.CoPurchase, nearest.Title));

    private static IEnumerable<(Item Item, OfferedProduct Offer)> OfSameCategory(IReadOnlyList<Seed> seeds, Candidates candidates) =>
        from seed in seeds
        from item in candidates.SameCategory
        where IsSame(CategoryOf(seed, candidates), item.Category)
        orderby item.Sum descending, item.Product
        select (item, new OfferedProduct(item.Product, item.Title, $"Of the same category as {seed.Title}.", Analogous: true, OfferKind.Category, seed.Title));

    private static (Item Item, OfferedProduct Offer) BestSeller(Item item) =>
        (item, new(item.Product, item.Title, "A favourite of other customers.", Analogous: false, OfferKind.BestSeller));

    // Analogous, as the soft opt-in has it (Directive 2002/58/EC, article 13(2): "similar products"), is read narrowly: the same category.
    private static bool IsSame(string? one, string? other) => one is not null && string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    /// <summary>The category of a seed, from its order or, failing that, from another order of the same product.</summary>
    public static string? CategoryOf(Seed seed, Candidates candidates) => seed.Category ?? candidates.Items.GetValueOrDefault(seed.Product)?.Category;
}
