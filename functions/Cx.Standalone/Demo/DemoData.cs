namespace Cx.Standalone.Demo;

internal enum Platform { Shopify, WooCommerce }

/// <summary>An invented customer of the demo shop, with an address that receives no mail.</summary>
internal sealed record DemoCustomer(int Number, string First, string Last, string Locale)
{
    public string Name => $"{First} {Last}";

    public string Email => $"{First}.{Last}@example.com".ToLowerInvariant();

    /// <summary>Three in five customers buy in the Shopify shop, the others in the WooCommerce shop.</summary>
    public Platform Platform => Number % 5 < 3 ? Platform.Shopify : Platform.WooCommerce;

    /// <summary>Whether the box at Shopify's checkout is ticked.</summary>
    public bool TicksMarketing => Number % 4 != 3;

    public long ShopCustomerId => (Platform == Platform.Shopify ? 7_300_000_000_000 : 300) + Number;

    public string? Phone => Number % 3 == 0 ? $"+39333555{1000 + Number}" : null;

    public string Country => Locale == "it-IT" ? "IT" : "GB";
}

/// <summary>All customers of the season; those with a scripted journey are named in <see cref="ScriptedJourneys"/>.</summary>
internal static class DemoCustomers
{
    private static readonly string[] Names =
    [
        "Anna Ferri", "Bruno Galli", "Carla Neri", "Davide Conti", "Elena Riva", "Fabio Longo", "Giulia Serra", "Marco Testa", "Ilaria Fontana", "Luca Marini",
        "Marta Rossetti", "Nicola Greco", "Olga Villa", "Paolo Caruso", "Rosa Bellini", "Sandro Pace", "Teresa Monti", "Ugo Ferrara", "Valeria Costa", "James Whitfield",
        "Alba Donati", "Bianca Leone", "Cesare Barone", "Diana Grassi", "Emma Fiore", "Franco Rinaldi", "Gaia Sala", "Irene Palma", "Leo Martini", "Mirko Basile",
        "Nadia Orlando", "Hannah Cole", "Pietro Vitale", "Rita Amato", "Silvia Negri", "Tommaso Riva", "Vera Colombo", "Walter Gatti", "Zoe Mancini", "Aldo Bruno",
    ];

    public static IReadOnlyList<DemoCustomer> All { get; } =
        [.. Names.Select((name, i) => new DemoCustomer(i, name.Split(' ')[0], name.Split(' ')[1], name is "James Whitfield" or "Hannah Cole" ? "en-GB" : "it-IT"))];

    public static DemoCustomer Named(string name) => All.First(p => p.Name == name);
}

/// <summary>A product of the demo shop, with the same number on both platforms.</summary>
internal sealed record Product(long Number, string Sku, string Title, decimal Price);

/// <summary>The products of the demo shop: handmade ceramics and coffee.</summary>
internal static class Catalogue
{
    private static readonly Product[] Products =
    [
        new(101, "TAZ-BLU", "Tazzina da espresso, smalto blu", 14.00m),
        new(102, "TAZ-SAB", "Tazzina da espresso, sabbia", 14.00m),
        new(103, "MUG-ROS", "Mug grande, terracotta rosa", 24.00m),
        new(104, "PIA-30", "Piatto da portata 30 cm", 48.00m),
        new(105, "CIO-SET", "Set di quattro ciotole", 62.00m),
        new(106, "VAS-ALT", "Vaso alto, cottura a legna", 89.00m),
        new(107, "ZUC-01", "Zuccheriera con coperchio", 26.50m),
        new(108, "MOK-3", "Moka 3 tazze", 34.90m),
        new(109, "MOK-6", "Moka 6 tazze", 44.90m),
        new(110, "CAF-ETI", "Caffè in grani Etiopia Guji, 500 g", 17.50m),
        new(111, "CAF-NAP", "Miscela Napoli, 1 kg", 22.00m),
        new(112, "CAF-DEC", "Decaffeinato, 250 g", 9.80m),
        new(113, "MAC-01", "Macinacaffè a mano", 59.00m),
        new(114, "CAN-01", "Canovaccio di lino", 12.00m),
    ];

    // Products bought together, as indexes into the list above: related offers are computed from them.
    private static readonly int[][] Baskets = [[0, 9], [7, 10], [2, 13], [0, 1, 6], [12, 9], [4, 13], [8, 10, 13], [3, 13], [7, 9], [5, 6], [2, 11], [12, 10]];

    /// <summary>The n-th basket of the season, with the quantity of each product.</summary>
    public static IReadOnlyList<(Product Product, int Quantity)> Basket(int n) =>
        [.. Baskets[n % Baskets.Length].Select((place, line) => (Products[place], line == 0 && n % 4 == 1 ? 2 : 1))];
}

/// <summary>How an order ends.</summary>
internal enum OrderOutcome { OnTime, Late, Lost, CancelledByShop, CancelledByCustomer }

/// <summary>One order of the season with the instant of each step; null when the step does not happen.</summary>
internal sealed record DemoOrder(int Number, DemoCustomer Buyer, IReadOnlyList<(Product Product, int Quantity)> Lines, DateTimeOffset PlacedAt, OrderOutcome Outcome, int DaysLate)
{
    /// <summary>The order id on its platform; the ranges of the two platforms do not overlap.</summary>
    public long Id => Buyer.Platform == Platform.Shopify ? 5_500_000_000_000 + (Number * 37) : 4100 + Number;

    public long FulfilmentId => 8_800_000_000_000 + Number;

    public decimal Total => Lines.Sum(l => l.Product.Price * l.Quantity);

    public DateTimeOffset PaidAt => PlacedAt.AddMinutes(2);

    public DateTimeOffset? ShippedAt => Outcome is OrderOutcome.CancelledByShop or OrderOutcome.CancelledByCustomer ? null : PlacedAt.AddHours(26);

    public DateTimeOffset? DeliveredAt => Outcome switch
    {
        OrderOutcome.OnTime => PlacedAt.AddDays(3),
        OrderOutcome.Late => PlacedAt.AddDays(Season.PromiseDays + DaysLate),
        _ => null,
    };

    public DateTimeOffset? CancelledAt => Outcome switch
    {
        OrderOutcome.CancelledByShop => PlacedAt.AddDays(2),
        OrderOutcome.CancelledByCustomer => PlacedAt.AddHours(3),
        _ => null,
    };

    /// <summary>The full refund: for a lost parcel once the carrier has given up, for a cancelled order at once.</summary>
    public DateTimeOffset? RefundedAt => Outcome is OrderOutcome.Lost ? PlacedAt.AddDays(13) : CancelledAt?.AddMinutes(5);
}
