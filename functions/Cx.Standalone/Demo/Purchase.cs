namespace Cx.Standalone.Demo;

/// <summary>How an order goes.</summary>
internal enum Fate { OnTime, Late, Lost, CancelledByShop, CancelledByCustomer }

/// <summary>One order of the season, and when each thing happens to it; null is never.</summary>
internal sealed record Purchase(int Number, Person Buyer, IReadOnlyList<(Article Article, int Quantity)> Lines, DateTimeOffset PlacedAt, Fate Fate, int DaysLate)
{
    /// <summary>Its id on its platform; the two never meet.</summary>
    public long Id => Buyer.Platform == Platform.Shopify ? 5_500_000_000_000 + (Number * 37) : 4100 + Number;

    public long FulfilmentId => 8_800_000_000_000 + Number;

    public decimal Total => Lines.Sum(l => l.Article.Price * l.Quantity);

    public DateTimeOffset PaidAt => PlacedAt.AddMinutes(2);

    public DateTimeOffset? ShippedAt => Fate is Fate.CancelledByShop or Fate.CancelledByCustomer ? null : PlacedAt.AddHours(26);

    public DateTimeOffset? DeliveredAt => Fate switch
    {
        Fate.OnTime => PlacedAt.AddDays(3),
        Fate.Late => PlacedAt.AddDays(Season.PromiseDays + DaysLate),
        _ => null,
    };

    public DateTimeOffset? CancelledAt => Fate switch
    {
        Fate.CancelledByShop => PlacedAt.AddDays(2),
        Fate.CancelledByCustomer => PlacedAt.AddHours(3),
        _ => null,
    };

    /// <summary>Money back in full: for a lost parcel when the search is given up, for a cancelled order at once.</summary>
    public DateTimeOffset? RefundedAt => Fate is Fate.Lost ? PlacedAt.AddDays(13) : CancelledAt?.AddMinutes(5);
}
