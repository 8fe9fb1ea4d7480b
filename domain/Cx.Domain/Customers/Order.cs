using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>One order, the subject of episodes and of most follow-ups. Facts may arrive in any order, and the latest statement of each wins.</summary>
public sealed record Order
{
    public string? Number { get; init; }

    /// <summary>The earliest instant at which the shop is said to have taken it.</summary>
    public DateTimeOffset? FirstPlacedAt { get; init; }

    /// <summary>Of the latest statement that the shop has it.</summary>
    public DateTimeOffset? Revision { get; init; }

    /// <summary>Of the latest statement that the shop has not taken it.</summary>
    public DateTimeOffset? NotTakenAt { get; init; }

    /// <summary>Whether it was recorded so late that it starts nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsHistory { get; init; }

    public Money? Total { get; init; }
    public IReadOnlyList<OrderLine> Lines { get; init; } = [];

    /// <summary>Its sales channel, whether it is a renewal, and its tags, as the latest statement that says any of them has them.</summary>
    public OrderTraits? Traits { get; init; }

    /// <summary>The instant of that statement, by the source's clock.</summary>
    public DateTimeOffset? TraitsStatedAt { get; init; }

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

    public StatedFact<Occurrence> Paid { get; init; } = new();
    public StatedFact<Cancellation> Cancelled { get; init; } = new();
    public DateTimeOffset? RefundRequestedAt { get; init; }

    /// <summary>Parcels by the source's id; the empty id is the whole order.</summary>
    public ImmutableSortedDictionary<string, Parcel> Parcels { get; init; } =
        ImmutableSortedDictionary.Create<string, Parcel>(StringComparer.Ordinal);

    /// <summary>Refunds by the source's id.</summary>
    public ImmutableSortedDictionary<string, StatedFact<Refund>> Refunds { get; init; } =
        ImmutableSortedDictionary.Create<string, StatedFact<Refund>>(StringComparer.Ordinal);

    /// <summary>Of the latest full statements that list parcels, and refunds: what they leave out and no statement named, they deny.</summary>
    public DateTimeOffset? ParcelsListedAt { get; init; }

    /// <inheritdoc cref="ParcelsListedAt"/>
    public DateTimeOffset? RefundsListedAt { get; init; }

    /// <summary>Of the latest full statement that only a part of it was shipped, and of the latest that all of it was.</summary>
    public DateTimeOffset? PartlyShippedAt { get; init; }

    /// <inheritdoc cref="PartlyShippedAt"/>
    public DateTimeOffset? WhollyShippedAt { get; init; }

    /// <summary>Whether the shop has it: as the latest statement says.</summary>
    [JsonIgnore]
    public bool IsTaken => FirstPlacedAt is not null && !(NotTakenAt > Revision);

    /// <summary>When the shop took it; none while it has not.</summary>
    [JsonIgnore]
    public DateTimeOffset? PlacedAt => IsTaken ? FirstPlacedAt : null;

    [JsonIgnore]
    public DateTimeOffset? PaidAt => Paid.Value?.At;

    [JsonIgnore]
    public DateTimeOffset? CancelledAt => Cancelled.Value?.At;

    [JsonIgnore]
    public Canceller? CancelledBy => Cancelled.Value?.By;

    /// <summary>Whether the customer has it, or is to get it: taken, and neither cancelled nor refunded in full.</summary>
    [JsonIgnore]
    public bool IsPurchase => IsTaken && CancelledAt is null && RefundedAt() is null;

    /// <summary>The refunds that hold.</summary>
    public IEnumerable<(string Id, Refund Refund)> StandingRefunds() => from r in Refunds where r.Value.Value is not null select (r.Key, r.Value.Value!);

    /// <summary>When it was refunded in full: as the source says, or because nothing is left of its lines, whatever became of the shipping fee.</summary>
    public DateTimeOffset? RefundedAt() =>
        StandingRefunds().Where(r => r.Refund.Full).Min(r => (DateTimeOffset?)r.Refund.At)
        ?? (Lines.Any(l => l.Quantity > 0) && Lines.All(l => Remaining(l) <= 0) ? StandingRefunds().Max(r => (DateTimeOffset?)r.Refund.At) ?? Revision : null);

    /// <summary>What the customer keeps of a line: what was ordered less what was removed, returned or refunded.</summary>
    public decimal Remaining(OrderLine line)
    {
        var refunded = line.Line is null ? 0 : StandingRefunds().SelectMany(r => r.Refund.Lines ?? []).Where(l => l.Line == line.Line).Sum(l => l.Quantity);
        return Math.Min(line.Current ?? line.Quantity, line.Quantity - refunded);
    }

    /// <summary>When it was shipped: when the last of the parcels left that bring every line which is to be shipped; none while one has not.</summary>
    public DateTimeOffset? ShippedAt()
    {
        if (Parcels.IsEmpty)
            return null;

        var left = Parcels.Values.Where(p => p.HasLeft).ToList();
        return left.Count > 0 && (Bring(left) || (left.Exists(p => p.Lines is null) && !IsMoreToCome())) ? left.Max(p => p.ShippedAt) : null;
    }

    /// <summary>When the last parcel arrived; none while a line that is to be shipped has not.</summary>
    public DateTimeOffset? DeliveredAt()
    {
        if (Parcels.IsEmpty)
            return null;
        if (Parcels.GetValueOrDefault("")?.DeliveredAt is not null)
            return Parcels.Values.Max(p => p.DeliveredAt);

        // That the whole order left says nothing of the parcels that are named.
        var named = Parcels.Where(p => p.Key.Length > 0 && p.Value.HasLeft).Select(p => p.Value).ToList();
        var arrived = named.FindAll(p => p.DeliveredAt is not null);
        return arrived.Count > 0 && (Bring(arrived) || (arrived.Count == named.Count && arrived.Exists(p => p.Lines is null) && !IsMoreToCome())) ? arrived.Max(p => p.DeliveredAt) : null;
    }

    internal IEnumerable<DateTimeOffset?> Instants() =>
    [
        PlacedAt, PaidAt, CancelledAt, RefundRequestedAt,
        .. Parcels.Values.SelectMany(p => new[] { p.ShippedAt, p.DeliveredAt }),
        .. StandingRefunds().Select(r => (DateTimeOffset?)r.Refund.At),
    ];

    // Whether another parcel is to leave: since the last one left, the shop said that only a part was shipped, or the carrier gave one up.
    private bool IsMoreToCome()
    {
        var last = Parcels.Values.Max(p => p.ShippedAt);
        return (PartlyShippedAt >= last && !(WhollyShippedAt >= PartlyShippedAt))
            || Parcels.Values.Any(lost => lost.ShippedAt is not null && lost.Failed.Value?.At > last);
    }

    // Whether these parcels, by what is said to be in them, bring all that is to be shipped.
    private bool Bring(List<Parcel> parcels)
    {
        if (parcels.Exists(p => p.Lines is null))
            return false;

        var brought = parcels.SelectMany(p => p.Lines ?? []).ToLookup(l => l.Line, l => l.Quantity);
        var toBring = Lines.Where(l => l.Kind is null && Remaining(l) > 0).ToList();
        return toBring.TrueForAll(l => l.Line is null || brought[l.Line].Sum() >= Remaining(l));
    }
}

/// <summary>One parcel of an order.</summary>
public sealed record Parcel
{
    public static Parcel Unknown { get; } = new();

    public StatedFact<Dispatch> Shipped { get; init; } = new();
    public StatedFact<Occurrence> Delivered { get; init; } = new();

    /// <summary>That the carrier gave it up.</summary>
    public StatedFact<Occurrence> Failed { get; init; } = new();

    [JsonIgnore]
    public DateTimeOffset? ShippedAt => Shipped.Value?.At;

    [JsonIgnore]
    public DateTimeOffset? DeliveredAt => Delivered.Value?.At;

    /// <summary>What is in it; none: not said.</summary>
    [JsonIgnore]
    public IReadOnlyList<LineQuantity>? Lines => Shipped.Value?.Lines;

    /// <summary>Whether it is under way or has arrived.</summary>
    [JsonIgnore]
    public bool HasLeft => DeliveredAt is not null || (ShippedAt is not null && Failed.Value is null);
}
