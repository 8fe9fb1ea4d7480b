using Cx.Domain.Shops;
using static Cx.Domain.Experience.ExperienceSettings;

namespace Cx.Domain.Experience;

/// <summary>
/// What a shop may set of its experience score. The prior (70, weight 2) is not here: it belongs to the formula, so that
/// scores of different shops start from the same place.
/// </summary>
public sealed record ExperienceSettings
{
    /// <summary>The largest weight, factor or number of days: far more than any shop needs, and no sum of them is infinite.</summary>
    internal const double Most = 1000;

    /// <summary>The defaults of formula version 1.</summary>
    public static ExperienceSettings Default { get; } = new();

    /// <summary>What each kind of touchpoint is worth.</summary>
    public SignalTable Table { get; init; } = new();

    /// <summary>How soon the shop promises to answer.</summary>
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
        init => field = Require.AtLeast(0.01, value, nameof(HalfLifeDays));
    } = 180;

    /// <summary>Values below it are bad experiences.</summary>
    public double BadBelow { get; init => field = Require.Between(value, 0, 100, nameof(BadBelow)); } = 50;

    /// <summary>
    /// The factor of a bad experience, of a peak and of an end (they do not compound). Bad news is told to about twice as
    /// many people as good news (TARP for the White House Office of Consumer Affairs, 1986), and a whole episode is
    /// remembered by its peak and its end (Kahneman, Fredrickson, Schreiber and Redelmeier, "When More Pain Is Preferred to
    /// Less", <i>Psychological Science</i> 4, 1993).
    /// </summary>
    public double EmphasisFactor { get; init => field = Require.Between(value, 1, Most, nameof(EmphasisFactor)); } = 2;

    /// <summary>Days of 24 hours between the delivery (or cancellation) of an order and the closing of its episode.</summary>
    public int EpisodeOpenDays { get; init => field = (int)Require.Between(value, 0, 3650, nameof(EpisodeOpenDays)); } = 30;

    /// <summary>The confidence (0-1) from which a channel counts for consistency.</summary>
    public double ConsistencyConfidence
    {
        get;
        init => field = Require.Between(value, 0, 1, nameof(ConsistencyConfidence));
    } = 0.4;
}

/// <summary>A fixed value (0-100) with its weight.</summary>
public readonly record struct Worth(double Value, double Weight)
{
    public double Value { get; init => field = Require.Between(value, 0, 100, nameof(Value)); } =
        Require.Between(Value, 0, 100, nameof(Value));

    public double Weight { get; init => field = Require.Between(value, 0, Most, nameof(Weight)); } =
        Require.Between(Weight, 0, Most, nameof(Weight));
}

/// <summary>
/// What each kind of touchpoint is worth: the one table of defaults, which a shop may override. The scale is anchored at 70,
/// an unremarkable shop; weights are relative to a delivery on time. What customers say of themselves (ratings,
/// complaints) weighs most; what is inferred from their behaviour weighs least.
/// </summary>
public sealed record SignalTable
{
    /// <summary>Weight of a satisfaction rating from 1 to 5.</summary>
    public double CsatWeight { get; init => field = Require.Between(value, 0, Most, nameof(CsatWeight)); } = 3;

    /// <summary>Weight of review stars from 1 to 5: written in public, so more than a private rating.</summary>
    public double StarsWeight { get; init => field = Require.Between(value, 0, Most, nameof(StarsWeight)); } = 4;

    /// <summary>Weight of a likelihood to recommend from 0 to 10.</summary>
    public double NpsWeight { get; init => field = Require.Between(value, 0, Most, nameof(NpsWeight)); } = 3;

    /// <summary>Weight of an effort rating from 1 (hard) to 7 (easy).</summary>
    public double CesWeight { get; init => field = Require.Between(value, 0, Most, nameof(CesWeight)); } = 2;

    /// <summary>A delivery by the promised day.</summary>
    public Worth OnTime { get; init; } = new(80, 1);

    /// <summary>Points lost for each day late.</summary>
    public double LateLossPerDay { get; init => field = Require.Between(value, 0, Most, nameof(LateLossPerDay)); } = 10;

    /// <summary>A late delivery weighs one more for each so many days, so that averaging does not hide a long delay.</summary>
    public double LateDaysPerWeight { get; init => field = Require.Between(value, 0.01, Most, nameof(LateDaysPerWeight)); } = 5;

    /// <summary>At most so much is added to the weight of a late delivery.</summary>
    public double LateWeightLimit { get; init => field = Require.Between(value, 0, Most, nameof(LateWeightLimit)); } = 2;

    public Worth CancelledByShop { get; init; } = new(10, 2);

    public Worth CancelledByCustomer { get; init; } = new(50, 0.5);

    /// <summary>A refund done within <see cref="RefundPromptDays"/> of its request.</summary>
    public Worth RefundPrompt { get; init; } = new(55, 1);

    public Worth RefundLate { get; init; } = new(30, 1);

    /// <summary>Days of 24 hours within which a refund is prompt.</summary>
    public double RefundPromptDays { get; init => field = Require.Between(value, 0, Most, nameof(RefundPromptDays)); } = 3;

    /// <summary>Weight of an answer, whenever it came.</summary>
    public double AnswerWeight { get; init => field = Require.Between(value, 0, Most, nameof(AnswerWeight)); } = 1.5;

    /// <summary>Points lost between an immediate answer (100) and one at its target; after the target the value halves per target.</summary>
    public double AnswerLossAtTarget { get; init => field = Require.Between(value, 0, 100, nameof(AnswerLossAtTarget)); } = 20;

    public Worth Unanswered { get; init; } = new(5, 2);

    /// <summary>A contact counts as unanswered after so many times its target.</summary>
    public double UnansweredAfterTargets { get; init => field = Require.Between(value, 0, Most, nameof(UnansweredAfterTargets)); } = 3;

    public Worth ComplaintOpen { get; init; } = new(5, 3);

    public Worth ComplaintResolvedInTime { get; init; } = new(80, 3);

    public Worth ComplaintResolvedLate { get; init; } = new(55, 3);

    /// <summary>Weight of a public mention that nobody follows.</summary>
    public double MentionWeight { get; init => field = Require.Between(value, 0, Most, nameof(MentionWeight)); } = 1;

    /// <summary>Weight added for each tenfold of a mention's audience.</summary>
    public double MentionWeightPerTenfold { get; init => field = Require.Between(value, 0, Most, nameof(MentionWeightPerTenfold)); } = 0.5;

    public Worth MarkedAsSpam { get; init; } = new(0, 2);

    public Worth Unsubscribed { get; init; } = new(25, 1);

    public Worth RepeatPurchase { get; init; } = new(85, 1);

    public Worth Referral { get; init; } = new(95, 2);
}
