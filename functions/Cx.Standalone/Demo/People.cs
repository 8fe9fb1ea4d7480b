namespace Cx.Standalone.Demo;

internal enum Platform { Shopify, WooCommerce }

/// <summary>A customer of the demo shop: invented, with an address that no mail ever reaches.</summary>
internal sealed record Person(int Number, string First, string Last, string Locale)
{
    public string Name => $"{First} {Last}";

    public string Email => $"{First}.{Last}@example.com".ToLowerInvariant();

    /// <summary>Three in five buy in the Shopify shop, the others in the WooCommerce one.</summary>
    public Platform Platform => Number % 5 < 3 ? Platform.Shopify : Platform.WooCommerce;

    /// <summary>Whether the box at Shopify's checkout is ticked.</summary>
    public bool TicksMarketing => Number % 4 != 3;

    public long ShopCustomerId => (Platform == Platform.Shopify ? 7_300_000_000_000 : 300) + Number;

    public string? Phone => Number % 3 == 0 ? $"+39333555{1000 + Number}" : null;

    public string Country => Locale == "it-IT" ? "IT" : "GB";
}

/// <summary>Everybody who buys in the season; those with a story are named in <see cref="Stories"/>.</summary>
internal static class People
{
    private static readonly string[] Names =
    [
        "Anna Ferri", "Bruno Galli", "Carla Neri", "Davide Conti", "Elena Riva", "Fabio Longo", "Giulia Serra", "Marco Testa", "Ilaria Fontana", "Luca Marini",
        "Marta Rossetti", "Nicola Greco", "Olga Villa", "Paolo Caruso", "Rosa Bellini", "Sandro Pace", "Teresa Monti", "Ugo Ferrara", "Valeria Costa", "James Whitfield",
        "Alba Donati", "Bianca Leone", "Cesare Barone", "Diana Grassi", "Emma Fiore", "Franco Rinaldi", "Gaia Sala", "Irene Palma", "Leo Martini", "Mirko Basile",
        "Nadia Orlando", "Hannah Cole", "Pietro Vitale", "Rita Amato", "Silvia Negri", "Tommaso Riva", "Vera Colombo", "Walter Gatti", "Zoe Mancini", "Aldo Bruno",
    ];

    public static IReadOnlyList<Person> All { get; } =
        [.. Names.Select((name, i) => new Person(i, name.Split(' ')[0], name.Split(' ')[1], name is "James Whitfield" or "Hannah Cole" ? "en-GB" : "it-IT"))];

    public static Person Named(string name) => All.First(p => p.Name == name);
}
