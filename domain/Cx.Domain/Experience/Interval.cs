namespace Cx.Domain.Experience;

/// <summary>An estimate with its 95 % confidence interval and the number of answers behind it; shown together, always.</summary>
/// <param name="Estimate">The share or mean observed.</param>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
/// <param name="N">How many answers.</param>
public sealed record Interval(double Estimate, double Low, double High, int N)
{
    private const double Z = 1.959963984540054;

    /// <summary>
    /// A proportion from 0 to 1, by the score interval of Wilson (<i>JASA</i> 22, 1927): it keeps its coverage for small n and near 0
    /// and 1, where the textbook interval does not (Brown, Cai and DasGupta, <i>Statistical Science</i> 16, 2001). Null without answers.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">More hits than answers, or a negative count.</exception>
    public static Interval? OfProportion(int hits, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(hits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hits, n);
        if (n == 0)
            return null;

        var p = (double)hits / n;
        var centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n);
        var half = Z / (1 + Z * Z / n) * Math.Sqrt(p * (1 - p) / n + Z * Z / (4.0 * n * n));
        return new Interval(p, Math.Max(0, centre - half), Math.Min(1, centre + half), n);
    }

    /// <summary>
    /// A mean, by Student's t. Null with fewer than two values, which have no spread to speak of.
    /// </summary>
    public static Interval? OfMean(IReadOnlyCollection<double> values)
    {
        var n = values.Count;
        if (n < 2)
            return null;

        var mean = values.Average();
        var deviation = Math.Sqrt(values.Sum(x => (x - mean) * (x - mean)) / (n - 1));
        var half = StudentT(n - 1) * deviation / Math.Sqrt(n);
        return new Interval(mean, mean - half, mean + half, n);
    }

    /// <summary>
    /// The net promoter score, from -100 to 100: 9 and 10 promote, 0 to 6 detract. The mean of +100, 0 and -100, its interval
    /// kept within the scale. Null with fewer than two answers.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An answer is not from 0 to 10.</exception>
    public static Interval? OfNps(IReadOnlyCollection<int> answers) =>
        OfMean([.. answers.Select(x => Require.Between(x, 0, 10, "NPS") switch { >= 9 => 100.0, <= 6 => -100, _ => 0 })]) is { } mean
            ? mean with { Low = Math.Max(-100, mean.Low), High = Math.Min(100, mean.High) }
            : null;

    /// <summary>
    /// The two-sided 95 % quantile: exact for one and two degrees of freedom, else the expansion of Abramowitz and Stegun,
    /// <i>Handbook of Mathematical Functions</i>, 26.7.5 (off by less than 0.01).
    /// </summary>
    private static double StudentT(int freedom)
    {
        if (freedom == 1)
            return Math.Tan(Math.PI * 0.475);
        if (freedom == 2)
            return 0.95 * Math.Sqrt(2 / (1 - 0.95 * 0.95));

        double f = freedom;
        double P(int power) => Math.Pow(Z, power);
        return Z
            + (P(3) + Z) / (4 * f)
            + (5 * P(5) + 16 * P(3) + 3 * Z) / (96 * f * f)
            + (3 * P(7) + 19 * P(5) + 17 * P(3) - 15 * Z) / (384 * f * f * f)
            + (79 * P(9) + 776 * P(7) + 1482 * P(5) - 1920 * P(3) - 945 * Z) / (92160 * f * f * f * f);
    }
}
