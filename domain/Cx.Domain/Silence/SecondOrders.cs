using System.Collections.Immutable;
using Cx.Domain.Shops;

namespace Cx.Domain.Silence;

/// <summary>How many of a shop's customers bought the second time after so many days. Does not depend on the order in which facts arrive.</summary>
/// <param name="Days">By days, rounded up; the longest counts stand for all that are longer.</param>
public sealed record SecondOrders(ImmutableSortedDictionary<int, int> Days)
{
    /// <summary>Ours: below fifty a percentile says little.</summary>
    public const int Fewest = 50;

    private const int LongestDays = 730;

    public static SecondOrders None { get; } = new(ImmutableSortedDictionary<int, int>.Empty);

    /// <summary>The days within which four of five who bought again did; none where too few did: there is not enough data.</summary>
    public int? Percentile80()
    {
        var (buyers, sofar) = (Days.Values.Sum(), 0);
        if (buyers < Fewest)
            return null;

        foreach (var (days, count) in Days)
        {
            sofar += count;
            if (sofar * 5 >= buyers * 4)
                return days;
        }

        return null;
    }

    /// <summary>The same with one customer's gap replaced by another; none: that customer has no second order.</summary>
    internal SecondOrders With(TimeSpan? before, TimeSpan? after)
    {
        var days = Days;
        if (InDays(before) is { } was)
            days = days.GetValueOrDefault(was) is > 1 and var known ? days.SetItem(was, known - 1) : days.Remove(was);
        if (InDays(after) is { } now)
            days = days.SetItem(now, days.GetValueOrDefault(now) + 1);
        return new(days);
    }

    private static int? InDays(TimeSpan? gap) => gap is { } span ? Math.Min(LongestDays, (int)Math.Ceiling(span.TotalDays)) : null;
}

/// <summary>The shop's figure for customers who bought once changed.</summary>
/// <param name="Days">Within which four of five who bought again did; none: not enough data.</param>
public sealed record SecondOrderGapMeasured(int? Days, DateTimeOffset OccurredAt) : IPlanChange
{
    /// <summary>
    /// Whether a figure is worth recording: each is remembered for ever, and makes all customers due. Ours: the first, the end of one, and changes by a tenth.
    /// </summary>
    public static IReadOnlyList<IEvent> Decide(Shop shop, int? days, DateTimeOffset at) => (shop.SecondOrderDays, days) switch
    {
        ({ } known, { } now) when Math.Abs(known - now) * 10 < known => [],
        var (known, now) => known == now ? [] : [new SecondOrderGapMeasured(now, at)],
    };
}
