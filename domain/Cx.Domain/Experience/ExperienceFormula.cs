namespace Cx.Domain.Experience;

/// <summary>
/// Perceived quality, version 1: a mean of signals weighted by how much they say, how recent they are, and whether they are
/// what people remember and tell, shrunk towards a prior of 70 with weight 2 so that one signal never decides alone.
/// <para>Score = (ΣW·v + 2·70) / (ΣW + 2), with W = w·2^(-age/180 d)·f.</para>
/// </summary>
public static class ExperienceFormula
{
    /// <summary>The version this file computes.</summary>
    public const int Version = 1;

    /// <summary>The score of a customer of whom nothing is known.</summary>
    public const double Prior = 70;

    /// <summary>The weight of the prior.</summary>
    public const double PriorWeight = 2;

    /// <summary>
    /// The experience as of <paramref name="at"/>: what happened later is ignored, for signals and for the closing of episodes.
    /// The result does not depend, to the last bit, on the order of its arguments' elements.
    /// </summary>
    /// <param name="signals">All of the customer's signals, each id once.</param>
    /// <param name="episodes">The customer's orders, each id once. A signal that names one missing here belongs to an open episode.</param>
    /// <param name="at">The instant to evaluate at.</param>
    /// <param name="settings">The shop's settings.</param>
    /// <exception cref="ArgumentException">A signal or an episode is given twice.</exception>
    public static ExperienceScore Evaluate(
        IReadOnlyCollection<Signal> signals, IReadOnlyCollection<Episode> episodes, DateTimeOffset at, ExperienceSettings settings)
    {
        var felt = InOrder(signals, at);
        var emphasis = Emphases(felt, episodes, at, settings);
        var weighed = felt.Select((signal, i) => Weigh(signal, emphasis[i], at, settings)).ToList();
        var total = Sum.Of(weighed);
        var contributions = weighed.ConvertAll(x => x with { Points = total.PointsOf(x) });

        var channels = contributions.GroupBy(x => x.Signal.Channel).OrderBy(x => x.Key)
            .Select(x => (x.Key, Sum: Sum.Of(x)))
            .Select(x => new ChannelScore(x.Key, x.Sum.Score, x.Sum.Confidence, x.Sum.W)).ToList();
        var stages = contributions.GroupBy(x => x.Signal.Stage).OrderBy(x => x.Key)
            .Select(x => (x.Key, Sum: Sum.Of(x)))
            .Select(x => new StageScore(x.Key, x.Sum.Score, x.Sum.Confidence, x.Sum.W)).ToList();

        return new ExperienceScore(
            at, Prior + contributions.Sum(x => x.Points), total.Confidence, Version,
            channels, stages, Consistency(channels, settings), contributions);
    }

    private static List<Signal> InOrder(IReadOnlyCollection<Signal> signals, DateTimeOffset at)
    {
        if (signals.GroupBy(x => x.Id, StringComparer.Ordinal).FirstOrDefault(x => x.Skip(1).Any()) is { } twice)
            throw new ArgumentException($"Signal '{twice.Key}' is given twice.", nameof(signals));

        return [.. signals.Where(x => x.OccurredAt <= at).OrderBy(x => x.OccurredAt).ThenBy(x => x.Id, StringComparer.Ordinal)];
    }

    /// <summary>
    /// Peak: the largest w·|v-70| of the episode so far, the earliest on a tie, open episodes included. End: the last signal of
    /// the episode, whenever it came, once the episode is closed at <paramref name="at"/>.
    /// </summary>
    private static Emphasis[] Emphases(
        List<Signal> felt, IReadOnlyCollection<Episode> episodes, DateTimeOffset at, ExperienceSettings settings)
    {
        if (episodes.GroupBy(x => x.Id, StringComparer.Ordinal).FirstOrDefault(x => x.Skip(1).Any()) is { } twice)
            throw new ArgumentException($"Episode '{twice.Key}' is given twice.", nameof(episodes));

        var closed = episodes.Where(x => x.IsClosed(at, settings.EpisodeOpenDays)).Select(x => x.Id).ToHashSet(StringComparer.Ordinal);
        var emphasis = felt.Select(x => x.Value < settings.BadBelow ? Emphasis.ToldTwice : Emphasis.None).ToArray();

        foreach (var episode in Enumerable.Range(0, felt.Count).Where(i => felt[i].Episode is not null)
            .GroupBy(i => felt[i].Episode!, StringComparer.Ordinal))
        {
            emphasis[episode.MaxBy(i => felt[i].Weight * Math.Abs(felt[i].Value - Prior))] |= Emphasis.Peak;
            if (closed.Contains(episode.Key))
                emphasis[episode.Last()] |= Emphasis.End;
        }

        return emphasis;
    }

    private static Contribution Weigh(Signal signal, Emphasis why, DateTimeOffset at, ExperienceSettings settings)
    {
        var age = (at - signal.OccurredAt).TotalDays;
        var factor = why is Emphasis.None ? 1 : settings.EmphasisFactor;
        return new Contribution(signal, age, signal.Weight * Math.Pow(2, -age / settings.HalfLifeDays) * factor, factor, why, Points: 0);
    }

    /// <summary>
    /// 100 - 2 × the population standard deviation of the scores of the channels known well enough, weighted by their ΣW and
    /// floored at 0. Channels below that confidence count neither for the two nor for the deviation: they still sit near the
    /// prior and would say little but that little is known.
    /// </summary>
    private static double? Consistency(List<ChannelScore> channels, ExperienceSettings settings)
    {
        var known = channels.FindAll(x => x.Confidence >= settings.ConsistencyConfidence && x.SumW > 0);
        if (known.Count < 2)
            return null;

        var weight = known.Sum(x => x.SumW);
        var mean = known.Sum(x => x.SumW * x.Score) / weight;
        var variance = known.Sum(x => x.SumW * (x.Score - mean) * (x.Score - mean)) / weight;
        return Math.Max(0, 100 - 2 * Math.Sqrt(variance));
    }

    /// <summary>ΣW and ΣW·(v-70) of some signals.</summary>
    private readonly record struct Sum(double W, double Pull)
    {
        internal static Sum Of(IEnumerable<Contribution> parts) => parts.Aggregate(
            default(Sum), (sum, x) => new Sum(sum.W + x.EffectiveWeight, sum.Pull + x.EffectiveWeight * (x.Signal.Value - Prior)));

        internal double Score => Prior + Pull / (W + PriorWeight);

        internal double Confidence => W / (W + PriorWeight);

        internal double PointsOf(Contribution x) => x.EffectiveWeight * (x.Signal.Value - Prior) / (W + PriorWeight);
    }
}
