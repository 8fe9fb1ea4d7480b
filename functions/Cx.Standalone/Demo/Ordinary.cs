namespace Cx.Standalone.Demo;

/// <summary>What happens around any order: its webhooks, some of them twice, and now and then a word from the customer.</summary>
internal static class Ordinary
{
    /// <summary>Of so many parcels of the WooCommerce shop one goes with a carrier that reports nothing.</summary>
    public const int Untracked = 4;

    private static readonly int[] Csat = [5, 4, 5, 3, 5, 4, 5, 2];
    private static readonly int[] Stars = [5, 4, 5, 5, 3];
    private static readonly int[] Nps = [9, 10, 8, 10, 6, 9];

    public static IEnumerable<DemoEvent> Of(Season season) => season.Purchases.SelectMany(p => Webhooks(p).Concat(Words(p)));

    private static IEnumerable<DemoEvent> Webhooks(Purchase p)
    {
        var own = p.Buyer.Platform == Platform.Shopify ? ShopifyPayloads.Of(p) : WooCommercePayloads.Of(p);
        var carrier = p is { Buyer.Platform: Platform.WooCommerce, DeliveredAt: { } at } && p.Number % Untracked != 1 ? [(At: at, Posting: Touchpoints.Delivered(p))] : Array.Empty<(DateTimeOffset At, Posting Posting)>();
        foreach (var (i, (when, posting)) in own.Concat(carrier).Index())
        {
            if (Stories.Disturbed(p, when, posting) is { } disturbed)
            {
                yield return DemoEvent.Posted(disturbed.At, disturbed.Posting);
                continue;
            }

            // Platforms post at least once: some twice at the same moment, some again the next day.
            var copies = (p.Number + i) % 9 == 0 ? 3 : 1;
            yield return DemoEvent.Posted(when, posting with { Copies = copies });
            if ((p.Number + i) % 13 == 5)
            {
                yield return DemoEvent.Posted(when.AddDays(1), posting with { Expected = Expected.Duplicate });
            }
        }
    }

    private static IEnumerable<DemoEvent> Words(Purchase p)
    {
        var (n, who) = (p.Number, p.Buyer);
        if (n % 5 == 1)
        {
            var asked = p.PlacedAt.AddHours(-3);
            var answered = asked.AddSeconds(n % 2 == 0 ? 400 : 25);
            yield return Touchpoint(asked, $"chat-{n}", "contact", "chat", new { text = "Buongiorno, la tazzina va in lavastoviglie?" }, order: false);
            yield return Touchpoint(answered, $"chat-{n}-answer", "answer", "chat", new { conversationId = $"chat-{n}" }, order: false);
        }

        if (n % 11 == 4)
        {
            yield return Touchpoint(p.PlacedAt.AddHours(20), $"call-{n}", "contact", "phone", new { text = "Chiede un biglietto di auguri nel pacco." });
        }

        if (p.DeliveredAt is not { } delivered || Stories.Has(who))
        {
            yield break;
        }

        if (n % 3 == 0)
        {
            yield return Touchpoint(delivered.AddHours(30), $"csat-{n}", "feedback", "email", new { kind = "csat", score = Score(Csat) });
        }

        if (n % 7 == 2)
        {
            yield return Touchpoint(delivered.AddDays(8), $"review-{n}", "review", null, new { stars = Score(Stars), productId = p.Lines[0].Article.Number });
        }

        if (n % 6 == 5)
        {
            yield return Touchpoint(delivered.AddDays(2), $"nps-{n}", "feedback", "email", new { kind = "nps", score = Score(Nps) });
        }

        int Score(int[] scale) => p.Fate == Fate.Late ? scale.Min() : scale[n / 2 % scale.Length];

        DemoEvent Touchpoint(DateTimeOffset at, string id, string type, string? channel, object data, bool order = true) =>
            DemoEvent.Posted(at, Touchpoints.Of(id, who, at, type, channel, data, order ? p : null));
    }
}
