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
