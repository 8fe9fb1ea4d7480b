namespace Cx.Standalone.Demo;

/// <summary>Something the demo shop sells; both platforms call it by the same number.</summary>
internal sealed record Article(long Number, string Sku, string Title, decimal Price);

/// <summary>What the demo shop sells: ceramics made by hand, and coffee.</summary>
internal static class Assortment
{
    private static readonly Article[] Articles =
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

    // What goes together, as places in the list above; offers grow from such habits.
    private static readonly int[][] Baskets = [[0, 9], [7, 10], [2, 13], [0, 1, 6], [12, 9], [4, 13], [8, 10, 13], [3, 13], [7, 9], [5, 6], [2, 11], [12, 10]];

    /// <summary>The n-th basket of the season, with the quantity of each article.</summary>
    public static IReadOnlyList<(Article Article, int Quantity)> Basket(int n) =>
        [.. Baskets[n % Baskets.Length].Select((place, line) => (Articles[place], line == 0 && n % 4 == 1 ? 2 : 1))];
}
