using System.Collections.Immutable;
using System.Globalization;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;

namespace Cx.Domain.Silence;

/// <summary>What the next purchase of a customer was expected by.</summary>
public enum SilenceBasis
{
    /// <summary>Twice the median of the customer's own gaps.</summary>
    OwnMedian,

    /// <summary>The gap within which four of five of the shop's customers who bought again bought the second time.</summary>
    ShopPercentile,
}

/// <summary>A customer's next purchase was still missing at the instant by which it was expected; dated at that instant.</summary>
/// <param name="LastPurchaseAt">The purchase that none followed.</param>
/// <param name="Gap">From that purchase to the instant, as the figures known then gave it.</param>
public sealed record PurchaseOverdue(DateTimeOffset LastPurchaseAt, TimeSpan Gap, SilenceBasis Basis, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>A customer's silence, as it was last found.</summary>
public sealed record Silent(DateTimeOffset LastPurchaseAt, DateTimeOffset Since)
{
    internal FollowUpSubject Subject => new(SubjectKind.Silence, LastPurchaseAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
}

/// <summary>
/// When a customer who bought is expected to buy again: after twice the median gap between the customer's own purchases, where there were three or more; who
/// bought once, within the shop's 80th-percentile gap to a second order. Of who bought twice, and of a shop with too few second orders, nothing is expected:
/// there is not enough data. Orders within a day of each other are one purchase.
/// </summary>
public static class PurchaseSilence
{
    /// <summary>Of a customer with more orders nothing is expected. Ours: whoever orders more often is a company, and the state stays small.</summary>
    public const int MostOrders = 300;

    /// <summary>As little as one gap less is no median.</summary>
    private const int FewestPurchases = 3;

    private static readonly TimeSpan Apart = TimeSpan.FromDays(1);

    /// <summary>The customers whose next purchase is overdue and is not recorded as such; the event is dated at the deadline, whenever it is found.</summary>
    internal static IEnumerable<PurchaseOverdue> Passed(Customer customer, ShopFacts shop, DateTimeOffset at) =>
        Expected(customer, shop) is { } expected && expected.OccurredAt <= at ? [expected] : [];

    /// <summary>When the next purchase becomes overdue; none where that is recorded already, or nothing is expected.</summary>
    internal static DateTimeOffset? Next(Customer customer, ShopFacts shop) => Expected(customer, shop)?.OccurredAt;

    /// <summary>The silence as it stands: no purchase is known after the one that it counts from.</summary>
    internal static Silent? Standing(Customer customer) =>
        customer.Silent is { } silent && !customer.Purchases.IsEmpty && customer.Purchases[^1] == silent.LastPurchaseAt.ToUnixTimeSeconds() ? silent : null;

    internal static Customer Evolve(Customer customer, PurchaseOverdue x) =>
        customer.Silent is { } known && (known.LastPurchaseAt, x.OccurredAt).CompareTo((x.LastPurchaseAt, known.Since)) >= 0
            ? customer
            : customer with { Silent = new(x.LastPurchaseAt, x.OccurredAt) };

    /// <summary>The instants of the purchases that a customer keeps, in seconds, with what became of one order.</summary>
    internal static ImmutableArray<long> Purchases(Customer customer, Order? before, Order? after)
    {
        if (customer.OrdersTaken > MostOrders)
            return [];

        var (was, now) = (InstantOf(before), InstantOf(after));
        var purchases = customer.Purchases;
        if (was == now)
            return purchases;
        if (was is { } gone && purchases.BinarySearch(gone) is >= 0 and var at)
            purchases = purchases.RemoveAt(at);
        if (now is { } made)
            purchases = purchases.BinarySearch(made) is var found && found >= 0 ? purchases.Insert(found, made) : purchases.Insert(~found, made);
        return purchases;
    }

    /// <summary>The gaps between purchases, in their order; orders within a day of the first of them are one purchase.</summary>
    /// <param name="instants">In seconds, in their order.</param>
    public static IReadOnlyList<TimeSpan> Gaps(IEnumerable<long> instants)
    {
        var (gaps, last) = (new List<TimeSpan>(), (long?)null);
        foreach (var instant in instants)
        {
            if (last is { } known && instant - known < Apart.TotalSeconds)
                continue;
            if (last is { } from)
                gaps.Add(TimeSpan.FromSeconds(instant - from));
            last = instant;
        }

        return gaps;
    }

    // Where nobody asks, nothing is recorded. What somebody buys is profiled here, which can be objected to.
    private static PurchaseOverdue? Expected(Customer customer, ShopFacts shop)
    {
        if (customer.Purchases.IsEmpty || customer.ObjectsToProfiling || !shop.AsksForSilence)
            return null;

        var last = DateTimeOffset.FromUnixTimeSeconds(customer.Purchases[^1]);
        if (customer.Silent?.LastPurchaseAt == last)
            return null;

        var gaps = Gaps(customer.Purchases);
        (TimeSpan Gap, SilenceBasis Basis)? expected = gaps.Count >= FewestPurchases - 1 ? (2 * Median(gaps), SilenceBasis.OwnMedian)
            : gaps.Count == 0 && shop.SecondOrderGap is { } gap ? (gap, SilenceBasis.ShopPercentile)
            : null;
        return expected is var (span, basis) ? new(last, span, basis, last + span) : null;
    }

    private static TimeSpan Median(IReadOnlyList<TimeSpan> gaps)
    {
        var ordered = gaps.Order().ToList();
        return (ordered[(ordered.Count - 1) / 2] + ordered[ordered.Count / 2]) / 2;
    }

    private static long? InstantOf(Order? order) => order is { IsPurchase: true, PlacedAt: { } at } ? at.ToUnixTimeSeconds() : null;
}
