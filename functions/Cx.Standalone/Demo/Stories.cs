namespace Cx.Standalone.Demo;

/// <summary>The people whose season is worth telling, and the accidents that a shop's webhooks have.</summary>
internal static class Stories
{
    /// <summary>Everything goes well, and she says so.</summary>
    public static Person Delighted { get; } = People.Named("Anna Ferri");

    /// <summary>A late parcel, a complaint, and a shop that puts it right.</summary>
    public static Person Repaired { get; } = People.Named("Bruno Galli");

    /// <summary>A lost parcel, the money back two weeks later, and a public complaint.</summary>
    public static Person Lost { get; } = People.Named("Carla Neri");

    /// <summary>Opts out with one click.</summary>
    public static Person Leaving { get; } = People.Named("Elena Riva");

    /// <summary>Asks to be forgotten.</summary>
    public static Person Forgotten { get; } = People.Named("Fabio Longo");

    /// <summary>The parcel's arrival is told before the order itself.</summary>
    public static Person OutOfOrder { get; } = People.Named("Giulia Serra");

    /// <summary>Writes in the chat, and nobody answers.</summary>
    public static Person Ignored { get; } = People.Named("Marco Testa");

    private static readonly Person SoldOut = People.Named("Davide Conti");

    private static readonly Person[] Unlucky = [People.Named("Teresa Monti"), People.Named("Vera Colombo")];

    /// <summary>How the first order of somebody goes.</summary>
    public static Fate FateOf(Person buyer) =>
        buyer == Lost || buyer == Unlucky[0] ? Fate.Lost
        : buyer == SoldOut || buyer == Unlucky[1] ? Fate.CancelledByShop
        : buyer == Repaired || buyer == Ignored || buyer.Number % 11 == 9 ? Fate.Late
        : Fate.OnTime;

    public static bool Has(Person who) => who.Number <= Ignored.Number;

    /// <summary>
    /// When and how a posting of an order really arrives: Giulia's order is told ten minutes after her parcel's arrival, because the
    /// shop's queue was stuck, and the arrival waits for it.
    /// </summary>
    public static (DateTimeOffset At, Posting Posting)? Disturbed(Purchase p, DateTimeOffset at, Posting posting) =>
        p.Buyer != OutOfOrder || p.Number > People.All.Count ? null
        : posting.Body.Contains("\"delivered\"", StringComparison.Ordinal) ? (at, posting with { Expected = Expected.Waiting })
        : (at + (p.DeliveredAt!.Value.AddMinutes(10) - p.PlacedAt), posting);

    public static IEnumerable<DemoEvent> Of(Season season) =>
        [.. DelightedAt(season), .. RepairedAt(season), .. LostAt(season), .. LeavingAt(season), .. ForgottenAt(season), .. IgnoredAt(season), .. Accidents(season)];

    private static IEnumerable<DemoEvent> DelightedAt(Season season)
    {
        var order = season.Of(Delighted);
        var delivered = order.DeliveredAt!.Value;
        yield return Touchpoint(Delighted, "anna-csat", delivered.AddHours(6), "feedback", "email", new { kind = "csat", score = 5 }, order);
        yield return Touchpoint(Delighted, "anna-review", delivered.AddDays(9), "review", null, new { stars = 5, text = "Smalto bellissimo, imballo perfetto." }, order);
        yield return Touchpoint(Delighted, "anna-nps", delivered.AddDays(12), "feedback", "email", new { kind = "nps", score = 10 });
        yield return Touchpoint(Delighted, "anna-referral", delivered.AddDays(14), "referral");
    }

    private static IEnumerable<DemoEvent> RepairedAt(Season season)
    {
        var order = season.Of(Repaired);
        var delivered = order.DeliveredAt!.Value;
        yield return Touchpoint(Repaired, "bruno-mail", delivered.AddDays(-2), "contact", "email", new { text = "Dov'è il mio pacco?" }, order);
        yield return Touchpoint(Repaired, "bruno-mail-answer", delivered.AddHours(-20), "answer", "email", new { conversationId = "bruno-mail" }, order);
        yield return Touchpoint(Repaired, "bruno-complaint", delivered.AddDays(6), "complaint", "phone", new { complaintId = "C-17", text = "Una tazzina è arrivata scheggiata." }, order);
        yield return Touchpoint(Repaired, "bruno-resolution", delivered.AddDays(10), "resolution", "phone", new { complaintId = "C-17", text = "Tazzina nuova, spedita in giornata." }, order);
        yield return Touchpoint(Repaired, "bruno-csat", delivered.AddDays(15), "feedback", "phone", new { kind = "csat", score = 4 }, order);
    }

    private static IEnumerable<DemoEvent> LostAt(Season season)
    {
        var order = season.Of(Lost);
        yield return Touchpoint(Lost, "carla-call", order.PlacedAt.AddDays(6), "contact", "phone", new { text = "Il pacco non arriva." }, order);
        yield return Touchpoint(Lost, "carla-refund-request", order.PlacedAt.AddDays(7), "refund-request", order: order);
        yield return Touchpoint(Lost, "carla-mention", order.PlacedAt.AddDays(9), "mention", "social", new { sentiment = -0.8, audience = 2400, text = "Ordine sparito nel nulla." });
        yield return Touchpoint(Lost, "carla-csat", order.PlacedAt.AddDays(14), "feedback", "email", new { kind = "csat", score = 1 }, order);
    }

    private static IEnumerable<DemoEvent> LeavingAt(Season season) =>
        [new(season.Of(Leaving).DeliveredAt!.Value.AddDays(9), world => world.Unsubscribe(Leaving))];

    private static IEnumerable<DemoEvent> ForgottenAt(Season season) =>
        [DemoEvent.Posted(season.Purchases.Last(p => p.Buyer == Forgotten).PlacedAt.AddDays(10), ShopifyPayloads.Redact(Forgotten))];

    private static IEnumerable<DemoEvent> IgnoredAt(Season season)
    {
        var order = season.Of(Ignored);
        yield return Touchpoint(Ignored, "marco-chat", season.At(DayOf(season, order) + 2, 10, 15), "contact", "chat", new { text = "Posso cambiare l'indirizzo?" }, order);
        yield return Touchpoint(Ignored, "marco-ces", order.DeliveredAt!.Value.AddDays(1), "feedback", "email", new { kind = "ces", score = 2 }, order);
    }

    /// <summary>Somebody forges a webhook; a delivery key comes back with another body; a retried request carries another item.</summary>
    private static IEnumerable<DemoEvent> Accidents(Season season)
    {
        var (at, posting) = ShopifyPayloads.Of(season.Purchases.First(p => p.Buyer.Platform == Platform.Shopify && p.Number > 10)).First();
        yield return new(at.AddMinutes(-5), world => world.Forge(posting with { Key = "forged", Expected = Expected.Refused }));
        yield return DemoEvent.Posted(at.AddHours(1), posting with { Body = posting.Body.Replace("Tazzina", "Tazza", StringComparison.Ordinal) + " ", Expected = Expected.Conflict });
        yield return Touchpoint(Delighted, "anna-csat", season.Of(Delighted).DeliveredAt!.Value.AddDays(2), "feedback", "email", new { kind = "csat", score = 1 }, expected: Expected.Conflict);
    }

    private static int DayOf(Season season, Purchase order) => (int)(order.PlacedAt - season.At(0, 0)).TotalDays;

    private static DemoEvent Touchpoint(
        Person who, string id, DateTimeOffset at, string type, string? channel = null, object? data = null, Purchase? order = null, Expected expected = Expected.Taken) =>
        DemoEvent.Posted(at, Touchpoints.Of(id, who, at, type, channel, data, order) with { Expected = expected });
}
