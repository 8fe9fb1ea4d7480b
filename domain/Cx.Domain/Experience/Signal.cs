using System.Globalization;
using Cx.Domain.Touchpoints;
using NodaTime;

namespace Cx.Domain.Experience;

/// <summary>What one touchpoint says about the shop's quality, before ageing and emphasis.</summary>
/// <param name="Id">Stable across replays and repeats, such as <c>order:123:delivery</c>: a later signal with the same id replaces the earlier.</param>
/// <param name="Kind">What was observed, such as <c>csat</c>; see <see cref="SignalRules"/>.</param>
/// <param name="Value">Quality from 0 (worst) to 100 (best).</param>
/// <param name="Weight">How much it says, relative to a delivery on time (1); zero or more.</param>
/// <param name="Channel">The channel of the contact.</param>
/// <param name="Stage">The journey stage of the contact.</param>
/// <param name="OccurredAt">When it happened, by the source's clock.</param>
/// <param name="Reason">One short human sentence without personal data.</param>
/// <param name="Episode">The order it belongs to, or null.</param>
/// <exception cref="ArgumentOutOfRangeException">The value or the weight is outside its range, or not a number.</exception>
public sealed record Signal(
    string Id,
    string Kind,
    double Value,
    double Weight,
    Channel Channel,
    Stage Stage,
    DateTimeOffset OccurredAt,
    string Reason,
    string? Episode)
{
    /// <summary>Quality from 0 (worst) to 100 (best).</summary>
    public double Value { get; init => field = Require.Between(value, 0, 100, nameof(Value)); } =
        Require.Between(Value, 0, 100, nameof(Value));

    /// <summary>How much it says; zero or more.</summary>
    public double Weight { get; init => field = Require.AtLeast(0, value, nameof(Weight)); } =
        Require.AtLeast(0, Weight, nameof(Weight));
}

/// <summary>One order, from first contact to last follow-up: where peak and end are looked for.</summary>
/// <param name="Id">The order's id, as in <see cref="Signal.Episode"/>.</param>
/// <param name="DeliveredAt">When the order reached the customer, or null.</param>
/// <param name="CancelledAt">When the order was cancelled, or null.</param>
public sealed record Episode(string Id, DateTimeOffset? DeliveredAt, DateTimeOffset? CancelledAt)
{
    /// <summary>
    /// Whether the episode is over at <paramref name="at"/>: <paramref name="openDays"/> times 24 hours have passed since it
    /// was delivered or cancelled, since the later of the two when both happened by then.
    /// </summary>
    public bool IsClosed(DateTimeOffset at, int openDays)
    {
        var delivered = DeliveredAt <= at ? DeliveredAt : null;
        var cancelled = CancelledAt <= at ? CancelledAt : null;
        var ended = delivered > cancelled || cancelled is null ? delivered : cancelled;
        return ended is not null && at - ended >= TimeSpan.FromDays(openDays);
    }
}

/// <summary>Where and when the contact behind a signal took place.</summary>
/// <param name="Subject">What it is about, stable, such as <c>order:123</c>, <c>contact:9</c>, <c>complaint:4</c>: the first part of the signal's id.</param>
/// <param name="Channel">The channel of the contact.</param>
/// <param name="Stage">The journey stage.</param>
/// <param name="OccurredAt">When it happened, by the source's clock.</param>
/// <param name="Episode">The order it belongs to, or null.</param>
public sealed record Occasion(string Subject, Channel Channel, Stage Stage, DateTimeOffset OccurredAt, string? Episode = null);

/// <summary>The states of a complaint that give different signals.</summary>
public enum ComplaintState
{
    Open,
    ResolvedInTime,
    ResolvedLate,
}

/// <summary>
/// From a touchpoint's plain facts to its signal: one pure rule for each row of <see cref="SignalTable"/>. Facts that replace
/// each other (unanswered then answered; a complaint's states; cancelled twice) give the same signal id.
/// A value out of its range throws <see cref="ArgumentOutOfRangeException"/> naming it.
/// </summary>
public static class SignalRules
{
    /// <summary>A satisfaction rating from 1 to 5: (n-1)·25.</summary>
    public static Signal Csat(Occasion on, int rating, SignalTable table) =>
        Make(on, "csat", (Within(rating, 1, 5, "CSAT") - 1) * 25, table.CsatWeight, $"rated {rating} of 5");

    /// <summary>Review stars from 1 to 5: (n-1)·25.</summary>
    public static Signal Stars(Occasion on, int stars, SignalTable table) =>
        Make(on, "stars", (Within(stars, 1, 5, "Review stars") - 1) * 25, table.StarsWeight, $"reviewed with {stars} of 5 stars");

    /// <summary>A likelihood to recommend from 0 to 10: n·10 (Reichheld, "The One Number You Need to Grow", HBR, 2003).</summary>
    public static Signal Nps(Occasion on, int likelihood, SignalTable table) =>
        Make(on, "nps", Within(likelihood, 0, 10, "NPS") * 10, table.NpsWeight, $"would recommend: {likelihood} of 10");

    /// <summary>An ease rating from 1 (hard) to 7 (easy): (n-1)/6·100 (CES 2.0; Dixon, Freeman and Toman, HBR, 2010).</summary>
    public static Signal Ces(Occasion on, int ease, SignalTable table) =>
        Make(on, "ces", (Within(ease, 1, 7, "CES") - 1) / 6.0 * 100, table.CesWeight, $"rated the ease of it {ease} of 7");

    /// <summary>
    /// A delivery at <see cref="Occasion.OccurredAt"/> against the promised day, both as calendar days in the shop's zone.
    /// d days late: max(0, 80-10·d), weight 1+min(2, d/5); early is on time.
    /// </summary>
    public static Signal Delivered(Occasion on, DateOnly promised, DateTimeZone zone, SignalTable table)
    {
        var late = Math.Max(0, LocalDay(on.OccurredAt, zone).DayNumber - promised.DayNumber);
        return Make(on, "delivery",
            Math.Max(0, table.OnTime.Value - table.LateLossPerDay * late),
            table.OnTime.Weight + Math.Min(table.LateWeightLimit, late / table.LateDaysPerWeight),
            late == 0 ? "delivered by the promised day" : $"delivered {Days(late)} late");
    }

    /// <summary>The promised day when the order itself names none: so many calendar days after it was placed, in the shop's zone.</summary>
    public static DateOnly PromisedDay(DateTimeOffset placedAt, int deliveryPromiseDays, DateTimeZone zone) =>
        LocalDay(placedAt, zone).AddDays(Within(deliveryPromiseDays, 0, 3650, "deliveryPromiseDays"));

    public static Signal CancelledByShop(Occasion on, SignalTable table) =>
        Make(on, "cancellation", table.CancelledByShop, "order cancelled by the shop");

    public static Signal CancelledByCustomer(Occasion on, SignalTable table) =>
        Make(on, "cancellation", table.CancelledByCustomer, "order cancelled by the customer");

    /// <summary>
    /// A refund done at <see cref="Occasion.OccurredAt"/>. One dated before its request (two clocks that disagree) is prompt.
    /// Without a known request there is no signal to make.
    /// </summary>
    public static Signal Refunded(Occasion on, DateTimeOffset requestedAt, SignalTable table) =>
        on.OccurredAt - requestedAt <= TimeSpan.FromDays(table.RefundPromptDays)
            ? Make(on, "refund", table.RefundPrompt, string.Create(CultureInfo.InvariantCulture, $"refunded within {table.RefundPromptDays} days"))
            : Make(on, "refund", table.RefundLate, $"refunded after {Days((int)(on.OccurredAt - requestedAt).TotalDays)}");

    /// <summary>
    /// An answer after <paramref name="ratio"/> r times its target, in business hours: 100-20·r up to the target, then
    /// 80·2^(1-r). Replaces <see cref="Unanswered"/> of the same contact.
    /// </summary>
    public static Signal Answered(Occasion on, double ratio, SignalTable table)
    {
        Require.AtLeast(0, ratio, "Response ratio");
        var value = ratio <= 1
            ? 100 - table.AnswerLossAtTarget * ratio
            : (100 - table.AnswerLossAtTarget) * Math.Pow(2, 1 - ratio);
        return Make(on, "answer", value, table.AnswerWeight, ratio <= 1
            ? "answered within its target time"
            : string.Create(CultureInfo.InvariantCulture, $"answered after {ratio:0.0} times its target time"));
    }

    /// <summary>A contact still without an answer at <see cref="SignalTable.UnansweredAfterTargets"/> times its target; dated at that deadline.</summary>
    public static Signal Unanswered(Occasion on, SignalTable table) =>
        Make(on, "answer", table.Unanswered, string.Create(CultureInfo.InvariantCulture,
            $"no answer after {table.UnansweredAfterTargets} times its target time"));

    /// <summary>A complaint in its current state: one signal, dated at its last change.</summary>
    public static Signal Complaint(Occasion on, ComplaintState state, SignalTable table) => state switch
    {
        ComplaintState.Open => Make(on, "complaint", table.ComplaintOpen, "complaint still open"),
        ComplaintState.ResolvedInTime => Make(on, "complaint", table.ComplaintResolvedInTime, "complaint resolved in time"),
        ComplaintState.ResolvedLate => Make(on, "complaint", table.ComplaintResolvedLate, "complaint resolved late"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a complaint state."),
    };

    /// <summary>A public mention of sentiment s in [-1, 1] before an audience of a people: (s+1)·50, weight 1+0.5·log10(1+a).</summary>
    public static Signal Mentioned(Occasion on, double sentiment, double audience, SignalTable table) =>
        Make(on, "mention",
            (Require.Between(sentiment, -1, 1, "Mention sentiment") + 1) * 50,
            table.MentionWeight + table.MentionWeightPerTenfold * Math.Log10(1 + Require.AtLeast(0, audience, "Mention audience")),
            sentiment < 0 ? "spoken ill of in public" : sentiment > 0 ? "spoken well of in public" : "mentioned in public");

    public static Signal MarkedAsSpam(Occasion on, SignalTable table) =>
        Make(on, "spam", table.MarkedAsSpam, "marked a message as spam");

    public static Signal Unsubscribed(Occasion on, SignalTable table) =>
        Make(on, "unsubscribed", table.Unsubscribed, "unsubscribed");

    public static Signal RepeatPurchase(Occasion on, SignalTable table) =>
        Make(on, "repeat-purchase", table.RepeatPurchase, "bought again");

    public static Signal Referred(Occasion on, SignalTable table) =>
        Make(on, "referral", table.Referral, "referred somebody");

    private static Signal Make(Occasion on, string kind, Worth worth, string reason) =>
        Make(on, kind, worth.Value, worth.Weight, reason);

    private static Signal Make(Occasion on, string kind, double value, double weight, string reason) =>
        new($"{on.Subject}:{kind}", kind, value, weight, on.Channel, on.Stage, on.OccurredAt, reason, on.Episode);

    private static DateOnly LocalDay(DateTimeOffset instant, DateTimeZone zone) =>
        Instant.FromDateTimeOffset(instant).InZone(zone).Date.ToDateOnly();

    private static int Within(int value, int least, int most, string what) =>
        (int)Require.Between(value, least, most, what);

    private static string Days(int days) => days == 1 ? "1 day" : string.Create(CultureInfo.InvariantCulture, $"{days} days");
}
