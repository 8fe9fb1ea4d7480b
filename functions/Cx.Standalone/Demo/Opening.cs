namespace Cx.Standalone.Demo;

/// <summary>Opens the demo shop, as its owner would: settings, sources, keys, sending on.</summary>
internal static class Opening
{
    private static readonly string[] Languages = ["it", "en"];
    private static readonly string[] Weekday = ["09:00-13:00", "14:30-18:30"];
    private static readonly string[] Saturday = ["09:00-13:00"];
    private static readonly string[] ReadScope = ["read"];
    private static readonly string[] IngestScope = ["ingest"];

    /// <returns>A key that reads, and one that brings in touchpoints.</returns>
    public static async Task<(string Read, string Ingest)> Run(OutsideWorld world, Signing signing)
    {
        await world.Send(HttpMethod.Put, OutsideWorld.Path, new
        {
            name = "Terra e Fuoco",
            timeZone = "Europe/Rome",
            languages = Languages,
            businessHours = new { week = new { monday = Weekday, tuesday = Weekday, wednesday = Weekday, thursday = Weekday, friday = Weekday, saturday = Saturday } },
            deliveryPromiseDays = Season.PromiseDays,
            softOptIn = true,
            reviewUrl = "https://terraefuoco.example/recensioni",
            website = "https://terraefuoco.example",
        });
        await Connect("shopify", signing.ShopifySecret);
        await Connect("woocommerce", signing.WooCommerceSecret);
        await Connect("standard", signing.StandardSecret);
        await world.Send(HttpMethod.Put, $"{OutsideWorld.Path}/sending", new { sending = "on" });
        return (await Key("to explore the demo", ReadScope), await Key("help desk of the demo", IngestScope));

        Task Connect(string source, string secret) => world.Send(HttpMethod.Put, $"{OutsideWorld.Path}/sources/{source}", new { secret });

        async Task<string> Key(string name, string[] scopes) =>
            (await world.Send(HttpMethod.Post, $"{OutsideWorld.Path}/keys", new { name, scopes })).GetProperty("key").GetString()!;
    }
}
