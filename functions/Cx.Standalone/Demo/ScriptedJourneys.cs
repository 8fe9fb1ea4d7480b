namespace Cx.Standalone.Demo;

/// <summary>Customers with a journey of their own, and the irregular deliveries that every shop's webhooks bring.</summary>
internal static class ScriptedJourneys
{
    /// <summary>Everything goes well, and she rates it.</summary>
    public static DemoCustomer Delighted { get; } = DemoCustomers.Named("Anna Ferri");

    /// <summary>A late parcel and a complaint that the shop resolves.</summary>
    public static DemoCustomer Repaired { get; } = DemoCustomers.Named("Bruno Galli");

    /// <summary>A lost parcel, a refund two weeks later, and a public complaint.</summary>
    public static DemoCustomer Refunded { get; } = DemoCustomers.Named("Carla Neri");

    /// <summary>Unsubscribes with one click.</summary>
    public static DemoCustomer Unsubscribing { get; } = DemoCustomers.Named("Elena Riva");

    /// <summary>Asks to be erased.</summary>
    public static DemoCustomer Erased { get; } = DemoCustomers.Named("Fabio Longo");

    /// <summary>The delivery of the parcel is reported before the order itself.</summary>
    public static DemoCustomer OutOfOrder { get; } = DemoCustomers.Named("Giulia Serra");

    /// <summary>Asks in the chat and gets no answer.</summary>
    public static DemoCustomer Unanswered { get; } = DemoCustomers.Named("Marco Testa");

    private static readonly DemoCustomer SoldOut = DemoCustomers.Named("Davide Conti");

    private static readonly DemoCustomer[] OtherFailures = [DemoCustomers.Named("Teresa Monti"), DemoCustomers.Named("Vera Colombo")];

    /// <summary>The outcome of a customer's first order.</summary>
    public static OrderOutcome OutcomeOf(DemoCustomer buyer) =>
        buyer == Refunded || buyer == OtherFailures[0] ? OrderOutcome.Lost
        : buyer == SoldOut || buyer == OtherFailures[1] ? OrderOutcome.CancelledByShop
        : buyer == Repaired || buyer == Unanswered || buyer.Number % 11 == 9 ? OrderOutcome.Late
        : OrderOutcome.OnTime;

    public static bool Include(DemoCustomer who) => who.Number <= Unanswered.Number;

    /// <summary>
    /// Giulia's order is reported ten minutes after the delivery of her parcel, because the shop's queue was stuck: the delivery waits for it.
    /// </summary>
    public static (DateTimeOffset At, DemoDelivery Delivery)? Reordered(DemoOrder order, DateTimeOffset at, DemoDelivery delivery) =>
        order.Buyer != OutOfOrder || order.Number > DemoCustomers.All.Count ? null
        : delivery.Body.Contains("\"delivered\"", StringComparison.Ordinal) ? (at, delivery with { Expected = ExpectedAnswer.Waiting })
        : (at + (order.DeliveredAt!.Value.AddMinutes(10) - order.PlacedAt), delivery);

    public static IEnumerable<ScheduledAction> Of(Season season) =>
        [.. DelightedAt(season), .. RepairedAt(season), .. RefundedAt(season), .. UnsubscribingAt(season), .. ErasedAt(season), .. UnansweredAt(season), .. IrregularDeliveries(season)];

    private static IEnumerable<ScheduledAction> DelightedAt(Season season)
    {
        var order = season.FirstOrderOf(Delighted);
        var delivered = order.DeliveredAt!.Value;
        yield return Touchpoint(Delighted, "anna-csat", delivered.AddHours(6), "feedback", "email", new { kind = "csat", score = 5 }, order);
        yield return Touchpoint(Delighted, "anna-review", delivered.AddDays(9), "review", null, new { stars = 5, text = "Smalto bellissimo, imballo perfetto." }, order);
        yield return Touchpoint(Delighted, "anna-nps", delivered.AddDays(12), "feedback", "email", new { kind = "nps", score = 10 });
        yield return Touchpoint(Delighted, "anna-referral", delivered.AddDays(14), "referral");
    }

    private static IEnumerable<ScheduledAction> RepairedAt(Season season)
    {
        var order = season.FirstOrderOf(Repaired);
        var delivered = order.DeliveredAt!.Value;
        yield return Touchpoint(Repaired, "bruno-mail", delivered.AddDays(-2), "contact", "email", new { text = "Dov'è il mio pacco?" }, order);
        yield return Touchpoint(Repaired, "bruno-mail-answer", delivered.AddHours(-20), "answer", "email", new { conversationId = "bruno-mail" }, order);
        yield return Touchpoint(Repaired, "bruno-complaint", delivered.AddDays(6), "complaint", "phone", new { complaintId = "C-17", text = "Una tazzina è arrivata scheggiata." }, order);
        yield return Touchpoint(Repaired, "bruno-resolution", delivered.AddDays(10), "resolution", "phone", new { complaintId = "C-17", text = "Tazzina nuova, spedita in giornata." }, order);
        yield return Touchpoint(Repaired, "bruno-csat", delivered.AddDays(15), "feedback", "phone", new { kind = "csat", score = 4 }, order);
    }

    private static IEnumerable<ScheduledAction> RefundedAt(Season season)
    {
        var order = season.FirstOrderOf(Refunded);
        yield return Touchpoint(Refunded, "carla-call", order.PlacedAt.AddDays(6), "contact", "phone", new { text = "Il pacco non arriva." }, order);
        yield return Touchpoint(Refunded, "carla-refund-request", order.PlacedAt.AddDays(7), "refund-request", order: order);
        yield return Touchpoint(Refunded, "carla-mention", order.PlacedAt.AddDays(9), "mention", "social", new { sentiment = -0.8, audience = 2400, text = "Ordine sparito nel nulla." });
        yield return Touchpoint(Refunded, "carla-csat", order.PlacedAt.AddDays(14), "feedback", "email", new { kind = "csat", score = 1 }, order);
    }

    private static IEnumerable<ScheduledAction> UnsubscribingAt(Season season) =>
        [new(season.FirstOrderOf(Unsubscribing).DeliveredAt!.Value.AddDays(9), client => client.Unsubscribe(Unsubscribing))];

    private static IEnumerable<ScheduledAction> ErasedAt(Season season) =>
        [ScheduledAction.Post(season.Orders.Last(p => p.Buyer == Erased).PlacedAt.AddDays(10), ShopifyPayloads.Redact(Erased))];

    private static IEnumerable<ScheduledAction> UnansweredAt(Season season)
    {
        var order = season.FirstOrderOf(Unanswered);
        yield return Touchpoint(Unanswered, "marco-chat", season.At(DayOf(season, order) + 2, 10, 15), "contact", "chat", new { text = "Posso cambiare l'indirizzo?" }, order);
        yield return Touchpoint(Unanswered, "marco-ces", order.DeliveredAt!.Value.AddDays(1), "feedback", "email", new { kind = "ces", score = 2 }, order);
    }

    /// <summary>A forged webhook, a delivery key reused with another body, and a retried request with another item.</summary>
    private static IEnumerable<ScheduledAction> IrregularDeliveries(Season season)
    {
        var (at, delivery) = ShopifyPayloads.Of(season.Orders.First(p => p.Buyer.Platform == Platform.Shopify && p.Number > 10)).First();
        yield return new(at.AddMinutes(-5), client => client.Forge(delivery with { Key = "forged", Expected = ExpectedAnswer.Rejected }));
        yield return ScheduledAction.Post(at.AddHours(1), delivery with { Body = delivery.Body.Replace("Tazzina", "Tazza", StringComparison.Ordinal) + " ", Expected = ExpectedAnswer.Conflict });
        yield return Touchpoint(Delighted, "anna-csat", season.FirstOrderOf(Delighted).DeliveredAt!.Value.AddDays(2), "feedback", "email", new { kind = "csat", score = 1 }, expected: ExpectedAnswer.Conflict);
    }

    private static int DayOf(Season season, DemoOrder order) => (int)(order.PlacedAt - season.At(0, 0)).TotalDays;

    private static ScheduledAction Touchpoint(
        DemoCustomer who, string id, DateTimeOffset at, string type, string? channel = null, object? data = null, DemoOrder? order = null, ExpectedAnswer expected = ExpectedAnswer.Accepted) =>
        ScheduledAction.Post(at, TouchpointPayloads.Of(id, who, at, type, channel, data, order) with { Expected = expected });
}
