namespace Cx.Domain.FollowUps.Reporting;

/// <summary>What became of a step.</summary>
/// <param name="Due">How many follow-ups it came to be due in.</param>
/// <param name="Held">In how many it was held at least once, whatever became of it.</param>
/// <param name="Skipped">By reason.</param>
public sealed record StepReport(string Step, string? Variant, long Due, long Sent, long Held, long Failed, IReadOnlyDictionary<string, long> Skipped);

/// <summary>How many of a group reached the goal.</summary>
public sealed record GroupReport(long FollowUps, long Reached)
{
    /// <summary>From 0 to 1; none: nobody is in the group.</summary>
    public double? Share => FollowUps == 0 ? null : (double)Reached / FollowUps;
}

/// <summary>Those who were written to against the control group.</summary>
/// <param name="Difference">The share of the treated less that of the control group, with its 95 % interval; none: a group is empty.</param>
public sealed record GoalReport(string? Variant, GroupReport Treated, GroupReport Control, DifferenceOfProportions? Difference);

/// <summary>A version of a cadence.</summary>
public sealed record VersionReport(int Version, IReadOnlyList<StepReport> Steps, IReadOnlyList<GoalReport> Goals);

/// <summary>The counts of some days together.</summary>
public static class CadenceReport
{
    public static IReadOnlyList<VersionReport> Of(IEnumerable<ReportedDay> days)
    {
        var counts = days.SelectMany(d => d.Counts).GroupBy(c => c.Key, c => c.Value).Select(g => (Key: ReportKeys.Parts(g.Key), Count: g.Sum())).ToList();
        return [.. from c in counts group c by c.Key.Version into version orderby version.Key select new VersionReport(version.Key, [.. Steps(version)], [.. Goals(version)])];
    }

    private static IEnumerable<StepReport> Steps(IEnumerable<((bool IsStep, int Version, string? Variant, string Of, string What) Key, long Count)> counts) =>
        from c in counts
        where c.Key.IsStep
        group c by (c.Key.Of, c.Key.Variant) into step
        orderby step.Key.Of, step.Key.Variant
        let of = step.ToDictionary(c => c.Key.What, c => c.Count, StringComparer.Ordinal)
        select new StepReport(
            step.Key.Of, step.Key.Variant, of.GetValueOrDefault("due"), of.GetValueOrDefault("sent"), of.GetValueOrDefault("held"), of.GetValueOrDefault("failed"),
            of.Where(b => b.Key is not ("due" or "sent" or "held" or "failed")).OrderBy(b => b.Key, StringComparer.Ordinal).ToDictionary());

    // Every variant against the whole control group, which has none.
    private static IEnumerable<GoalReport> Goals(IEnumerable<((bool IsStep, int Version, string? Variant, string Of, string What) Key, long Count)> counts)
    {
        var groups = counts.Where(c => !c.Key.IsStep).ToList();
        var control = new GroupReport(Sum("control", "started", _ => true), Sum("control", "goal", _ => true));
        foreach (var variant in groups.Where(g => g.Key.Of == "treated").Select(g => g.Key.Variant).Distinct().DefaultIfEmpty().Order(StringComparer.Ordinal))
        {
            var treated = new GroupReport(Sum("treated", "started", v => v == variant), Sum("treated", "goal", v => v == variant));
            yield return new(variant, treated, control, DifferenceOfProportions.Of(treated.Reached, treated.FollowUps, control.Reached, control.FollowUps));
        }

        long Sum(string group, string what, Func<string?, bool> ofVariant) =>
            groups.Where(g => g.Key.Of == group && g.Key.What == what && ofVariant(g.Key.Variant)).Sum(g => g.Count);
    }
}

/// <summary>
/// A difference of two proportions with its 95 % interval: Newcombe's method 10, made of Wilson's score intervals of both (Newcombe, "Interval estimation for the
/// difference between independent proportions", Statistics in Medicine 17, 1998). It holds for small groups and shares near 0 and 1 as well.
/// </summary>
/// <param name="Value">From -1 to 1.</param>
public readonly record struct DifferenceOfProportions(double Value, double Low, double High)
{
    /// <summary>The name of the method, for whoever reads the numbers.</summary>
    public const string Method = "difference of two proportions, 95 % interval by Newcombe's method 10 (Wilson score intervals)";

    // The 0.975 quantile of the normal distribution.
    private const double Z = 1.959963984540054;

    /// <summary>None where a group is empty.</summary>
    public static DifferenceOfProportions? Of(long reached, long all, long otherReached, long others)
    {
        if (all == 0 || others == 0)
            return null;

        var (p, q) = ((double)reached / all, (double)otherReached / others);
        var (one, other) = (Wilson(p, all), Wilson(q, others));
        var difference = p - q;
        return new(difference, difference - Length(p - one.Low, other.High - q), difference + Length(one.High - p, q - other.Low));
    }

    private static (double Low, double High) Wilson(double p, long n)
    {
        var centre = p + (Z * Z / (2 * n));
        var half = Z * Math.Sqrt((p * (1 - p) / n) + (Z * Z / (4.0 * n * n)));
        var scale = 1 + (Z * Z / n);
        return ((centre - half) / scale, (centre + half) / scale);
    }

    private static double Length(double a, double b) => Math.Sqrt((a * a) + (b * b));
}
