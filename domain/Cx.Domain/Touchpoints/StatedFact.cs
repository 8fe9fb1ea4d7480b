using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Cx.Domain.Touchpoints;

/// <summary>What is said of a fact when it is said to hold.</summary>
public interface IFactValue<T> where T : class, IFactValue<T>
{
    /// <summary>When it happened.</summary>
    DateTimeOffset At { get; }

    /// <summary>The same, since another instant.</summary>
    T Since(DateTimeOffset at);

    /// <summary>Of two statements of one instant that agree on when it happened, the one that says more is the greater.</summary>
    int CompareContent(T other);
}

/// <summary>
/// All that was stated of a fact which may be taken back, as far as it may still matter. The latest statement decides whether it holds, in both directions; of
/// two of one instant, that it does. It holds since the earliest instant that is stated without contradiction. The order of arrival decides nothing.
/// </summary>
public sealed record StatedFact<T> where T : class, IFactValue<T>
{
    /// <summary>When it was last said not to hold.</summary>
    public DateTimeOffset? DeniedAt { get; init; }

    /// <summary>Whether full statements list it by its id: one that leaves it out denies it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsListed { get; init; }

    /// <summary>What was said since, by the instants of the statements; of those that a later one makes redundant, the later one alone.</summary>
    public ImmutableSortedDictionary<DateTimeOffset, T> Held { get; init; } = ImmutableSortedDictionary<DateTimeOffset, T>.Empty;

    /// <summary>The fact as it holds; none where it does not.</summary>
    [JsonIgnore]
    public T? Value => Held.Count switch { 0 => null, 1 => Held.First().Value, _ => Held.Values.Last().Since(Held.Values.Min(v => v.At)) };

    /// <summary>After a statement that it holds.</summary>
    public StatedFact<T> Affirmed(DateTimeOffset statedAt, T value)
    {
        var isKnown = statedAt < DeniedAt
            || Held.Any(h => h.Key > statedAt && h.Value.At <= value.At)
            || (Held.TryGetValue(statedAt, out var same) && Compare(same, value) >= 0);
        return isKnown ? this : this with { Held = Held.RemoveRange(Held.Where(h => h.Key < statedAt && h.Value.At >= value.At).Select(h => h.Key)).SetItem(statedAt, value) };
    }

    /// <summary>After a statement that it does not hold.</summary>
    public StatedFact<T> Denied(DateTimeOffset? statedAt) =>
        statedAt is null || statedAt <= DeniedAt ? this : this with { DeniedAt = statedAt, Held = Held.RemoveRange(Held.Keys.Where(k => k < statedAt)) };

    /// <summary>After a full statement: the value that it lists, or none where it denies the fact.</summary>
    public StatedFact<T> Stated(DateTimeOffset statedAt, T? value) => value is null ? Denied(statedAt) : Affirmed(statedAt, value);

    // The earlier instant is the greater, so that what an earlier one made redundant stays so.
    private static int Compare(T a, T b) => b.At.CompareTo(a.At) is var order and not 0 ? order : a.CompareContent(b);
}

/// <summary>Something that happened, of which nothing but the instant matters.</summary>
public sealed record Occurrence(DateTimeOffset At) : IFactValue<Occurrence>
{
    public Occurrence Since(DateTimeOffset at) => this with { At = at };

    public int CompareContent(Occurrence other) => 0;
}

/// <summary>An order was cancelled.</summary>
public sealed record Cancellation(DateTimeOffset At, Canceller By) : IFactValue<Cancellation>
{
    public Cancellation Since(DateTimeOffset at) => this with { At = at };

    // Whoever is named says more than that nobody is known.
    public int CompareContent(Cancellation other) => other.By.CompareTo(By);
}

/// <summary>A parcel left.</summary>
/// <param name="Lines">What is in it, in the order of the lines' ids; none: not said.</param>
public sealed record Dispatch(DateTimeOffset At, IReadOnlyList<LineQuantity>? Lines) : IFactValue<Dispatch>
{
    public Dispatch Since(DateTimeOffset at) => this with { At = at };

    public int CompareContent(Dispatch other) => LineQuantities.Compare(Lines, other.Lines);

    public bool Equals(Dispatch? other) => other is not null && At == other.At && CompareContent(other) == 0;

    public override int GetHashCode() => At.GetHashCode();
}

/// <summary>A refund.</summary>
/// <param name="Full">Whether it ends the order, as far as the source says.</param>
/// <param name="Lines">What is refunded, in the order of the lines' ids; none: not said.</param>
public sealed record Refund(DateTimeOffset At, Money? Amount, bool Full, IReadOnlyList<LineQuantity>? Lines = null) : IFactValue<Refund>
{
    public Refund Since(DateTimeOffset at) => this with { At = at };

    public int CompareContent(Refund other)
    {
        var order = Full.CompareTo(other.Full);
        order = order != 0 ? order : Nullable.Compare(Amount?.Amount, other.Amount?.Amount);
        order = order != 0 ? order : string.CompareOrdinal(Amount?.Currency, other.Amount?.Currency);
        return order != 0 ? order : LineQuantities.Compare(Lines, other.Lines);
    }

    public bool Equals(Refund? other) => other is not null && At == other.At && CompareContent(other) == 0;

    public override int GetHashCode() => At.GetHashCode();
}

internal static class LineQuantities
{
    /// <summary>More lines say more, then greater quantities.</summary>
    internal static int Compare(IReadOnlyList<LineQuantity>? a, IReadOnlyList<LineQuantity>? b)
    {
        var order = (a?.Count ?? 0).CompareTo(b?.Count ?? 0);
        for (var i = 0; order == 0 && i < a?.Count; i++)
        {
            order = string.CompareOrdinal(a[i].Line, b![i].Line);
            order = order != 0 ? order : a[i].Quantity.CompareTo(b[i].Quantity);
        }

        return order;
    }
}
