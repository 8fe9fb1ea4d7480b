using System.Collections.Immutable;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Offers;

/// <summary>What one customer ordered, as far as affinity asks. Does not depend on the order in which facts arrive.</summary>
public sealed record Buyer(ImmutableSortedDictionary<OrderId, Purchase> Orders)
{
    /// <summary>
    /// Of a customer who bought more, the latest so many products count: whoever buys everything says nothing of any pair, and the work
    /// for an order stays bounded.
    /// </summary>
    public const int MostProducts = 40;

    public static Buyer None { get; } = new(ImmutableSortedDictionary<OrderId, Purchase>.Empty);

    public static Buyer Evolve(Buyer buyer, IEvent e) => e switch
    {
        OrderPlaced x => buyer.With(x.Order, p => p.Content(x.Revision, x.Total, x.Lines) with { PlacedAt = p.PlacedAt <= x.OccurredAt ? p.PlacedAt : x.OccurredAt }),
        OrderRevised x => buyer.With(x.Order, p => p.Content(x.Revision, x.Total, x.Lines)),
        OrderCancelled x => buyer.With(x.Order, p => p with { Undone = true }),
        OrderRefunded { Full: true } x => buyer.With(x.Order, p => p with { Undone = true }),
        _ => buyer,
    };

    /// <summary>The products bought and kept, each with the instant at which it was last bought.</summary>
    public Dictionary<ProductId, DateTimeOffset> Kept()
    {
        var kept = new Dictionary<ProductId, DateTimeOffset>();
        foreach (var order in Orders.Values)
        {
            if (order is not { Undone: false, PlacedAt: { } placedAt })
                continue;

            foreach (var product in order.Products)
            {
                kept[product] = kept.TryGetValue(product, out var known) && known > placedAt ? known : placedAt;
            }
        }

        return kept.Count <= MostProducts ? kept : kept.OrderByDescending(k => k.Value).ThenBy(k => k.Key).Take(MostProducts).ToDictionary();
    }

    private Buyer With(OrderId id, Func<Purchase, Purchase> change)
    {
        var known = Orders.GetValueOrDefault(id) ?? Purchase.Unknown;
        var changed = change(known);
        return changed == known && known != Purchase.Unknown ? this : new(Orders.SetItem(id, changed));
    }
}

/// <summary>One order.</summary>
/// <param name="Revision">Of the content: the latest wins; on a tie the larger total, then the products, so that every order of arrival gives the same.</param>
/// <param name="Products">In the order of their ids.</param>
/// <param name="Undone">Cancelled, or refunded in full.</param>
public sealed record Purchase(DateTimeOffset? PlacedAt, DateTimeOffset? Revision, decimal Total, ImmutableArray<ProductId> Products, bool Undone)
{
    public static Purchase Unknown { get; } = new(null, null, 0, [], Undone: false);

    internal Purchase Content(DateTimeOffset revision, Money total, IReadOnlyList<OrderLine> lines)
    {
        ImmutableArray<ProductId> products = [.. lines.Where(l => l.Quantity > 0).Select(l => l.Product).OfType<ProductId>().Distinct().Order()];
        return Revision > revision || (Revision == revision && Compare(total.Amount, products) >= 0) ? this : this with { Revision = revision, Total = total.Amount, Products = products };
    }

    private int Compare(decimal total, ImmutableArray<ProductId> products)
    {
        var differences = Products.Zip(products, (mine, other) => mine.CompareTo(other)).Where(c => c != 0);
        return Total != total ? Total.CompareTo(total) : differences.FirstOrDefault(Products.Length.CompareTo(products.Length));
    }
}
