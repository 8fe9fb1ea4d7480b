using Cx.Domain.Shops;

namespace Cx.Domain.Experience;

/// <summary>
/// What a shop may set of its experience score. The prior (70, weight 2) is not here: it belongs to the formula, so that
/// scores of different shops start from the same place.
/// </summary>
public sealed record ExperienceSettings
{
    /// <summary>The defaults of formula version 1.</summary>
    public static ExperienceSettings Default { get; } = new();

    /// <summary>What each kind of touchpoint is worth.</summary>
    public SignalTable Table { get; init; } = new();

    /// <summary>How soon the shop means to answer.</summary>
    public ResponseTargets ResponseTargets { get; init; } = ResponseTargets.Default;

    /// <summary>
    /// Calendar days from order to delivery that the shop promises when an order names no day; null: it promises none, and
    /// such a delivery gives no signal.
    /// </summary>
    public int? DeliveryPromiseDays
    {
        get;
        init => field = value is { } days ? (int)Require.Between(days, 0, 3650, nameof(DeliveryPromiseDays)) : null;
    }

    /// <summary>
    /// Days after which a signal weighs half. Half a year keeps two seasons of a shop in sight; a choice of ours, not a
    /// measured constant.
    /// </summary>
    public double HalfLifeDays
    {
        get;
        init => field = Require.Positive(value, nameof(HalfLifeDays));
    } = 180;

    /// <summary>Values below it are bad experiences.</summary>
    public double BadBelow { get; init => field = Require.Between(value, 0, 100, nameof(BadBelow)); } = 50;

    /// <summary>
    /// The factor of a bad experience, of a peak and of an end (they do not compound). Bad news is told to about twice as
    /// many people as good news (TARP for the White House Office of Consumer Affairs, 1986), and a whole episode is
    /// remembered by its peak and its end (Kahneman, Fredrickson, Schreiber and Redelmeier, "When More Pain Is Preferred to
    /// Less", <i>Psychological Science</i> 4, 1993).
    /// </summary>
    public double EmphasisFactor { get; init => field = Require.AtLeast(1, value, nameof(EmphasisFactor)); } = 2;

    /// <summary>Days of 24 hours between the delivery (or cancellation) of an order and the closing of its episode.</summary>
    public int EpisodeOpenDays { get; init => field = (int)Require.Between(value, 0, 3650, nameof(EpisodeOpenDays)); } = 30;

    /// <summary>The confidence (0-1) from which a channel counts for consistency.</summary>
    public double ConsistencyConfidence
    {
        get;
        init => field = Require.Between(value, 0, 1, nameof(ConsistencyConfidence));
    } = 0.4;
}
