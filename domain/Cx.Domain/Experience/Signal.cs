using Cx.Domain.Touchpoints;

namespace Cx.Domain.Experience;

/// <summary>What one touchpoint says about the shop's quality, before ageing and emphasis.</summary>
/// <param name="Id">Stable across replays and repeats, such as <c>order:123:delivery</c>: a later signal with the same id replaces the earlier.</param>
/// <param name="Kind">What was observed, such as <c>csat</c>; see <see cref="SignalRules"/>.</param>
/// <param name="Value">Quality from 0 (worst) to 100 (best).</param>
/// <param name="Weight">How much it says, relative to a delivery on time (1); zero or more.</param>
/// <param name="Channel">Where it was felt.</param>
/// <param name="Stage">The journey stage it was felt in.</param>
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
