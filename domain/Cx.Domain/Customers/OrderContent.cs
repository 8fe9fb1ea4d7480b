using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>Which of two statements about what an order holds counts: the latest revision.</summary>
internal static class OrderContent
{
    /// <summary>The order with the given content if that is of a later revision; at the same revision the greater one, so that arrival does not matter.</summary>
    public static Order Latest(Order o, Money total, IReadOnlyList<OrderLine> lines, DateTimeOffset revision) =>
        o.Revision > revision || (o.Revision == revision && Compare(o, total, lines) >= 0) ? o : o with { Total = total, Lines = lines, Revision = revision };

    private static int Compare(Order o, Money total, IReadOnlyList<OrderLine> lines)
    {
        var order = Nullable.Compare(o.Total?.Amount, total.Amount);
        order = order != 0 ? order : string.CompareOrdinal(o.Total?.Currency, total.Currency);
        order = order != 0 ? order : o.Lines.Count.CompareTo(lines.Count);
        for (var i = 0; order == 0 && i < lines.Count; i++)
        {
            order = Compare(o.Lines[i], lines[i]);
        }

        return order;
    }

    private static int Compare(OrderLine a, OrderLine b)
    {
        var order = (a.Quantity, a.Price).CompareTo((b.Quantity, b.Price));
        ReadOnlySpan<(string? A, string? B)> texts = [(a.Product?.Value, b.Product?.Value), (a.Sku, b.Sku), (a.Title, b.Title), (a.Category, b.Category)];
        for (var i = 0; order == 0 && i < texts.Length; i++)
        {
            order = string.CompareOrdinal(texts[i].A, texts[i].B);
        }

        return order;
    }
}
