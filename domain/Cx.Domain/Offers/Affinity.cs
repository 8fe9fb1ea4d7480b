namespace Cx.Domain.Offers;

/// <summary>A product that was ordered, and how much.</summary>
/// <param name="Title">As the latest order names it.</param>
/// <param name="SeenAt">When it was last ordered.</param>
/// <param name="Buyers">How many customers bought it and kept it.</param>
/// <param name="Sum">The weights of those purchases, each customer's latest.</param>
public sealed record Item(ProductId Product, string Title, string? Category, DateTimeOffset SeenAt, long Buyers, double Sum);

/// <summary>How much another product is bought by those who buy a product; kept in both directions.</summary>
/// <param name="Buyers">How many customers bought and kept both.</param>
/// <param name="Sum">The weights of those pairs.</param>
public sealed record Pair(ProductId With, long Buyers, double Sum);

/// <summary>The keys of the affinity view's rows.</summary>
public static class AffinityKeys
{
    /// <summary>The prefix of all products.</summary>
    public const string Items = "item/";

    /// <summary>After how many days customers buy a second time.</summary>
    public const string SecondOrders = "second-orders";

    public static string Item(ProductId product) => Items + Escape(product);

    /// <summary>The prefix of all pairs of a product.</summary>
    public static string Pairs(ProductId product) => $"pair/{Escape(product)}/";

    public static string Pair(ProductId product, ProductId with) => Pair(Escape(product), Escape(with));

    internal static string Pair(string escaped, string with) => string.Concat("pair/", escaped, "/", with);

    internal static string Escape(ProductId product) => Uri.EscapeDataString(product.Value);

    public static string Buyer(string stream) => "buyer/" + stream;
}

/// <summary>
/// How strongly two products belong together: the cosine of the products' vectors over customers (B. Sarwar et al., <i>Item-based
/// collaborative filtering recommendation algorithms</i>, WWW 2001; G. Linden et al., <i>Amazon.com recommendations</i>, IEEE Internet
/// Computing 7(1), 2003), which discounts popularity: a product that everybody buys has a low affinity to each other product. A customer who
/// bought product a at an age has the component 2^(-age / 360 d) in a's vector, so that a purchase counts 2^(-age / 180 d) and a pair
/// counts what a purchase at the middle of its two instants would. The cosine is shrunk towards 0 by the support s: s / (s + 3)
/// (R. Bell and Y. Koren, <i>Improved neighborhood-based collaborative filtering</i>, KDD Cup 2007).
/// </summary>
public static class Affinity
{
    /// <summary>The age at which a purchase counts half.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromDays(180);

    /// <summary>The support, in purchases of today, at which the cosine counts half.</summary>
    public const double Shrinkage = 3;

    /// <summary>
    /// The instant at which a purchase weighs 1 in the stored sums; later ones weigh more. Sums thus only ever grow by additions, whatever
    /// the order, and are brought to an instant when they are read.
    /// </summary>
    public static readonly DateTimeOffset Reference = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Some 250 years: a double still holds sums of such purchases, and products of sums. A purchase that claims to be further away is misdated.
    private const double MostHalfLives = 500;

    /// <summary>What a purchase counts in the stored sums; of the far past and future, what one at the limit counts.</summary>
    public static double Weight(DateTimeOffset boughtAt) => Math.Pow(2, Math.Clamp((boughtAt - Reference) / HalfLife, -MostHalfLives, MostHalfLives));

    /// <summary>What two purchases of one customer count as a pair: the geometric mean of their weights.</summary>
    public static double Weight(DateTimeOffset one, DateTimeOffset other) => Weight(one + ((other - one) / 2));

    /// <summary>The affinity of two products at an instant; 0 to 1.</summary>
    /// <param name="pair">The stored sum of the pair.</param>
    /// <param name="one">The stored sum of one product.</param>
    /// <param name="other">The stored sum of the other.</param>
    public static double Of(double pair, double one, double other, DateTimeOffset at)
    {
        if (!(pair > 0 && one > 0 && other > 0))
            return 0;

        var support = pair / Weight(at);
        return Math.Min(1, pair / Math.Sqrt(one) / Math.Sqrt(other)) * support / (support + Shrinkage);
    }
}
