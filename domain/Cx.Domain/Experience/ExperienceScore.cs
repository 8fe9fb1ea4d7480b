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
