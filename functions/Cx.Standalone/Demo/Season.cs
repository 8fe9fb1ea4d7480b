using NodaTime;

namespace Cx.Standalone.Demo;

/// <summary>Twelve weeks of the demo shop that end now. Every run is the same but for the dates.</summary>
internal sealed class Season
{
    public const int Weeks = 12;

    /// <summary>Days the shop promises for delivery.</summary>
    public const int PromiseDays = 4;

    private const int OrderCount = 72;
    private const int LastOrderDay = 83;

    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["Europe/Rome"];

    private readonly LocalDate first;

    public Season(DateTimeOffset now)
    {
        End = now;
        first = Instant.FromDateTimeOffset(now).InZone(Zone).Date.PlusDays(-7 * Weeks);
        Orders = [.. Enumerable.Range(1, OrderCount).Select(CreateOrder)];
        Actions = [.. RegularTraffic.Of(this).Concat(ScriptedJourneys.Of(this)).Where(a => a.At < End).OrderBy(a => a.At)];
    }

    public DateTimeOffset End { get; }

    public IReadOnlyList<DemoOrder> Orders { get; }

    public IReadOnlyList<ScheduledAction> Actions { get; }

    /// <summary>A local time of a day of the season, which begins with day 0.</summary>
    public DateTimeOffset At(int day, int hour, int minute = 0) =>
        Zone.AtLeniently(first.PlusDays(day).At(new LocalTime(hour, minute))).ToInstant().ToDateTimeOffset();

    /// <summary>The first order of a customer.</summary>
    public DemoOrder FirstOrderOf(DemoCustomer buyer) => Orders.First(p => p.Buyer == buyer);

    // 7 and 40 share no factor: every customer buys once before any buys twice.
    private DemoOrder CreateOrder(int number)
    {
        var buyer = DemoCustomers.All[number * 7 % DemoCustomers.All.Count];
        var isFirst = number <= DemoCustomers.All.Count;
        var outcome = isFirst ? ScriptedJourneys.OutcomeOf(buyer) : OutcomeOf(number);
        return new(number, buyer, Catalogue.Basket(number), At(number * LastOrderDay / OrderCount, 8 + (number * 5 % 13), number * 17 % 60), outcome, 2 + (number % 4));
    }

    private static OrderOutcome OutcomeOf(int number) => (number % 15) switch
    {
        4 => OrderOutcome.Late,
        8 => OrderOutcome.CancelledByCustomer,
        11 => OrderOutcome.Late,
        _ => OrderOutcome.OnTime,
    };
}

/// <summary>What comes with any order: its webhooks, some of them repeated, and now and then feedback or a question of the customer.</summary>
internal static class RegularTraffic
{
    /// <summary>One of so many parcels of the WooCommerce shop goes with a carrier that reports nothing.</summary>
    public const int Untracked = 4;

    private static readonly int[] Csat = [5, 4, 5, 3, 5, 4, 5, 2];
    private static readonly int[] Stars = [5, 4, 5, 5, 3];
    private static readonly int[] Nps = [9, 10, 8, 10, 6, 9];

    public static IEnumerable<ScheduledAction> Of(Season season) => season.Orders.SelectMany(o => Webhooks(o).Concat(Feedback(o)));

    private static IEnumerable<ScheduledAction> Webhooks(DemoOrder order)
    {
        var own = order.Buyer.Platform == Platform.Shopify ? ShopifyPayloads.Of(order) : WooCommercePayloads.Of(order);
        var carrier = order is { Buyer.Platform: Platform.WooCommerce, DeliveredAt: { } at } && order.Number % Untracked != 1
            ? [(At: at, Delivery: TouchpointPayloads.Delivered(order))]
            : Array.Empty<(DateTimeOffset At, DemoDelivery Delivery)>();
        foreach (var (i, (when, delivery)) in own.Concat(carrier).Index())
        {
            if (ScriptedJourneys.Reordered(order, when, delivery) is { } changed)
            {
                yield return ScheduledAction.Post(changed.At, changed.Delivery);
                continue;
            }

            // Platforms deliver at least once: some webhooks arrive three times at the same moment, some again the next day.
            var copies = (order.Number + i) % 9 == 0 ? 3 : 1;
            yield return ScheduledAction.Post(when, delivery with { Copies = copies });
            if ((order.Number + i) % 13 == 5)
            {
                yield return ScheduledAction.Post(when.AddDays(1), delivery with { Expected = ExpectedAnswer.Duplicate });
            }
        }
    }

    private static IEnumerable<ScheduledAction> Feedback(DemoOrder order)
    {
        var (n, who) = (order.Number, order.Buyer);
        if (n % 5 == 1)
        {
            var asked = order.PlacedAt.AddHours(-3);
            var answered = asked.AddSeconds(n % 2 == 0 ? 400 : 25);
            yield return Touchpoint(asked, $"chat-{n}", "contact", "chat", new { text = "Buongiorno, la tazzina va in lavastoviglie?" }, aboutOrder: false);
            yield return Touchpoint(answered, $"chat-{n}-answer", "answer", "chat", new { conversationId = $"chat-{n}" }, aboutOrder: false);
        }

        if (n % 11 == 4)
        {
            yield return Touchpoint(order.PlacedAt.AddHours(20), $"call-{n}", "contact", "phone", new { text = "Chiede un biglietto di auguri nel pacco." });
        }

        if (order.DeliveredAt is not { } delivered || ScriptedJourneys.Include(who))
        {
            yield break;
        }

        if (n % 3 == 0)
        {
            yield return Touchpoint(delivered.AddHours(30), $"csat-{n}", "feedback", "email", new { kind = "csat", score = Score(Csat) });
        }

        if (n % 7 == 2)
        {
            yield return Touchpoint(delivered.AddDays(8), $"review-{n}", "review", null, new { stars = Score(Stars), productId = order.Lines[0].Product.Number });
        }

        if (n % 6 == 5)
        {
            yield return Touchpoint(delivered.AddDays(2), $"nps-{n}", "feedback", "email", new { kind = "nps", score = Score(Nps) });
        }

        int Score(int[] scale) => order.Outcome == OrderOutcome.Late ? scale.Min() : scale[n / 2 % scale.Length];

        ScheduledAction Touchpoint(DateTimeOffset at, string id, string type, string? channel, object data, bool aboutOrder = true) =>
            ScheduledAction.Post(at, TouchpointPayloads.Of(id, who, at, type, channel, data, aboutOrder ? order : null));
    }
}
