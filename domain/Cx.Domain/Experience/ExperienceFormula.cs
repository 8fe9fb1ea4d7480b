using System.Text.Json.Serialization;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Experience;

/// <summary>A customer's idea of the shop at one instant, with all that explains it.</summary>
/// <param name="At">The instant it speaks of.</param>
/// <param name="Score">Perceived quality from 0 to 100; 70 when nothing is known.</param>
/// <param name="Confidence">From 0 (nothing known) towards 1: ΣW / (ΣW + 2).</param>
/// <param name="Formula">The version of the formula, so that two versions can stand side by side.</param>
/// <param name="Channels">The same over each channel's signals, in the order of <see cref="Channel"/>; only channels that have any.</param>
/// <param name="Stages">The same over each stage's signals, in the order of <see cref="Stage"/>; only stages that have any.</param>
/// <param name="Consistency">From 0 to 100: how alike the channels feel. Null with fewer than two channels known well enough.</param>
/// <param name="Contributions">What each signal adds to or takes from 70, by <see cref="Signal.OccurredAt"/> then id; they sum to Score - 70.</param>
public sealed record ExperienceScore(
    DateTimeOffset At,
    double Score,
    double Confidence,
    int Formula,
    IReadOnlyList<ChannelScore> Channels,
    IReadOnlyList<StageScore> Stages,
    double? Consistency,
    IReadOnlyList<Contribution> Contributions);

/// <summary>Perceived quality in one channel; <paramref name="SumW"/> is the sum of its signals' effective weights.</summary>
public sealed record ChannelScore(Channel Channel, double Score, double Confidence, double SumW);

/// <summary>Perceived quality in one journey stage; <paramref name="SumW"/> is the sum of its signals' effective weights.</summary>
public sealed record StageScore(Stage Stage, double Score, double Confidence, double SumW);

/// <summary>One signal's part in a score.</summary>
/// <param name="Signal">The signal.</param>
/// <param name="AgeDays">Days of 24 hours between the signal and the instant of the score.</param>
/// <param name="EffectiveWeight">W = w·2^(-age/half-life)·f.</param>
/// <param name="Factor">f: 1, or the emphasis (2).</param>
/// <param name="Why">Why the factor is not 1.</param>
/// <param name="Points">W·(v-70) / (ΣW + 2).</param>
public sealed record Contribution(Signal Signal, double AgeDays, double EffectiveWeight, double Factor, Emphasis Why, double Points);

/// <summary>Why a signal counts double. Several may hold; they do not compound.</summary>
[Flags]
[JsonConverter(typeof(JsonStringEnumConverter<Emphasis>))]
public enum Emphasis
{
    [JsonStringEnumMemberName("none")] None = 0,

    /// <summary>A bad experience is told to twice as many people.</summary>
    [JsonStringEnumMemberName("told-twice")] ToldTwice = 1,

    /// <summary>The strongest moment of its episode.</summary>
    [JsonStringEnumMemberName("peak")] Peak = 2,

    /// <summary>The last moment of its closed episode.</summary>
    [JsonStringEnumMemberName("end")] End = 4,
}

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
        var ordered = InOrder(signals, at);
        var emphasis = Emphases(ordered, episodes, at, settings);
        var weighed = ordered.Select((signal, i) => Weigh(signal, emphasis[i], at, settings)).ToList();
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
        List<Signal> ordered, IReadOnlyCollection<Episode> episodes, DateTimeOffset at, ExperienceSettings settings)
    {
        if (episodes.GroupBy(x => x.Id, StringComparer.Ordinal).FirstOrDefault(x => x.Skip(1).Any()) is { } twice)
            throw new ArgumentException($"Episode '{twice.Key}' is given twice.", nameof(episodes));

        var closed = episodes.Where(x => x.IsClosed(at, settings.EpisodeOpenDays)).Select(x => x.Id).ToHashSet(StringComparer.Ordinal);
        var emphasis = ordered.Select(x => x.Value < settings.BadBelow ? Emphasis.ToldTwice : Emphasis.None).ToArray();

        foreach (var episode in Enumerable.Range(0, ordered.Count).Where(i => ordered[i].Episode is not null)
            .GroupBy(i => ordered[i].Episode!, StringComparer.Ordinal))
        {
            emphasis[episode.MaxBy(i => ordered[i].Weight * Math.Abs(ordered[i].Value - Prior))] |= Emphasis.Peak;
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
    /// prior, whatever their signals say.
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
