namespace Cx.Domain.Offers;

/// <summary>
/// How strongly two products belong together: the cosine of the products' vectors over customers (B. Sarwar et al., <i>Item-based
/// collaborative filtering recommendation algorithms</i>, WWW 2001; G. Linden et al., <i>Amazon.com recommendations</i>, IEEE Internet
/// Computing 7(1), 2003), which discounts popularity: a product that everybody buys is close to nothing in particular. A customer who
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
    /// the order, and are brought to an instant when they are read. A double holds purchases of five hundred years.
    /// </summary>
    public static readonly DateTimeOffset Reference = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What a purchase counts in the stored sums.</summary>
    public static double Weight(DateTimeOffset boughtAt) => Math.Pow(2, (boughtAt - Reference) / HalfLife);

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
        return Math.Min(1, pair / Math.Sqrt(one * other)) * support / (support + Shrinkage);
    }
}
