using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>One order, the subject of episodes and of most follow-ups. Facts may arrive in any order.</summary>
public sealed record Order
{
    public string? Number { get; init; }
    public DateTimeOffset? PlacedAt { get; init; }
    public DateTimeOffset? Revision { get; init; }
    public Money? Total { get; init; }
    public IReadOnlyList<OrderLine> Lines { get; init; } = [];

    /// <summary>What it was given with; none where no source said.</summary>
    public OrderContact? Contact { get; init; }

    /// <summary>The keyed hash of the shop customer id that the latest statement names; none where none named one.</summary>
    public string? Buyer { get; init; }

    /// <summary>The instant of that statement, by the source's clock.</summary>
    public DateTimeOffset? BuyerStatedAt { get; init; }

    /// <summary>The last move, which brought it here; none where it never moved.</summary>
    public OrderMove? Moved { get; init; }

    /// <summary>The earliest promise that was made.</summary>
    public DateOnly? PromisedBy { get; init; }

    public DateTimeOffset? PaidAt { get; init; }
    public DateTimeOffset? CancelledAt { get; init; }
    public Canceller? CancelledBy { get; init; }
    public DateTimeOffset? RefundRequestedAt { get; init; }

    /// <summary>Parcels by the source's id; the empty id is the whole order.</summary>
    public ImmutableSortedDictionary<string, Parcel> Parcels { get; init; } =
        ImmutableSortedDictionary.Create<string, Parcel>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, Refund> Refunds { get; init; } =
        ImmutableSortedDictionary.Create<string, Refund>(StringComparer.Ordinal);

    /// <summary>When the first parcel was shipped.</summary>
    public DateTimeOffset? ShippedAt() => Parcels.Values.Min(p => p.ShippedAt);

    /// <summary>When the last parcel arrived; null while a known parcel is in transit.</summary>
    public DateTimeOffset? DeliveredAt() =>
        Parcels.GetValueOrDefault("")?.DeliveredAt is { } whole ? Later(whole, Parcels.Values.Max(p => p.DeliveredAt))
        : Parcels.Any(p => p.Key.Length > 0) && Parcels.All(p => p.Key.Length == 0 || p.Value.DeliveredAt is not null)
            ? Parcels.Values.Max(p => p.DeliveredAt)
        : null;

    [JsonIgnore]
    public bool IsRefundedInFull => Refunds.Values.Any(r => r.Full);

    internal IEnumerable<DateTimeOffset?> Instants() =>
    [
        PlacedAt, PaidAt, CancelledAt, RefundRequestedAt,
        .. Parcels.Values.SelectMany(p => new[] { p.ShippedAt, p.DeliveredAt }),
        .. Refunds.Values.Select(r => (DateTimeOffset?)r.At),
    ];

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset? b) => b > a ? b.Value : a;
}

public sealed record Parcel(DateTimeOffset? ShippedAt, DateTimeOffset? DeliveredAt);

public sealed record Refund(Money? Amount, bool Full, DateTimeOffset At);
