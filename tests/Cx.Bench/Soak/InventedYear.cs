namespace Cx.Bench.Soak;

/// <summary>Something that happens in the shop: the clock is moved there, then the request is made.</summary>
/// <param name="Key">Names it: a request that is made again says the same.</param>
/// <param name="Path">Below the shop.</param>
internal sealed record Happening(DateTimeOffset At, string Key, HttpMethod Method, string Path, object? Body)
{
    /// <summary>One touchpoint of a person.</summary>
    public static Happening Touchpoint(string id, DateTimeOffset at, string type, int person, string? order = null, object? data = null, string channel = "email") => new(
        at, id, HttpMethod.Post, "touchpoints",
        new[] { new { id, type, occurredAt = at, channel, orderId = order, customer = new { email = InventedYear.Address(person), country = "IT" }, data } });
}

/// <summary>What invented customers of a shop do in so many days, and what marketing does meanwhile. The same numbers give the same year.</summary>
internal static class InventedYear
{
    /// <summary>The first day: daylight saving begins and ends within the year.</summary>
    public static readonly DateTimeOffset Start = new(2027, 1, 11, 7, 0, 0, TimeSpan.Zero);

    // No two delays are thirty days apart or sixteen hours, which are the limits: a second more or less of computing would decide who exceeds them.
    private static readonly (string Slug, object Document)[] Cadences =
    [
        ("care", Cadence("How to keep it", 85, "order-delivered", "order-refunded", Step("care-tips", "trigger", 3), Step("care-again", "previous-step", 41))),
        ("club", Cadence("The club", 120, "order-paid", "order-cancelled", Step("club-invitation", "trigger", 11), Step("club-reminder", "previous-step", 9))),
        ("refill", Cadence("Time for more", 90, "order-shipped", "order-refunded", Step("refill", "trigger", 47))),
    ];

    /// <summary>Whether it is something that marketing does, after the first day.</summary>
    public static bool IsPlanChange(Happening happening) => happening.At > Start && happening.Path != "touchpoints";

    // Post-sale runs from the beginning.
    private static readonly string[] Shipped = ["service-recovery", "win-back", "checkout-help"];

    public static string Address(int person) => $"person{person}@example.com";

    /// <returns>In the order of their instants.</returns>
    public static IReadOnlyList<Happening> Of(int customers, int days, int seed)
    {
        var people = Enumerable.Range(0, customers).SelectMany(person => Life(person, days, new Random((seed * 100_003) + person)));
        return [.. Plans(days).Concat(people).OrderBy(h => h.At).ThenBy(h => h.Key, StringComparer.Ordinal)];
    }

    private static IEnumerable<Happening> Plans(int days)
    {
        foreach (var slug in Shipped)
            yield return new(Start, $"1-publish-{slug}", HttpMethod.Post, $"cadences/{slug}/publish", new { running = "stay" });

        foreach (var (slug, document) in Cadences)
        {
            yield return new(Start, $"0-draft-{slug}", HttpMethod.Put, $"cadences/{slug}/draft", document);
            yield return new(Start, $"1-publish-{slug}", HttpMethod.Post, $"cadences/{slug}/publish", new { running = "stay" });
        }

        var sooner = Cadence("How to keep it", 85, "order-delivered", "order-refunded", Step("care-tips", "trigger", 2), Step("care-again", "previous-step", 33));
        yield return new(Day(days * 0.30), "2-draft-care", HttpMethod.Put, "cadences/care/draft", sooner);
        yield return new(Day(days * 0.31), "2-publish-care", HttpMethod.Post, "cadences/care/publish", new { running = "migrate" });
        yield return new(Day(days * 0.45), "2-pause-club", HttpMethod.Post, "cadences/club/pause", null);
        yield return new(Day((days * 0.45) + 2), "2-resume-club", HttpMethod.Post, "cadences/club/resume", null);
        yield return new(Day(days * 0.60), "2-sending-paused", HttpMethod.Put, "sending", new { sending = "paused" });
        yield return new(Day((days * 0.60) + 1.2), "2-sending-on", HttpMethod.Put, "sending", new { sending = "on" });
        yield return new(Day(days * 0.75), "2-archive-refill", HttpMethod.Post, "cadences/refill/archive", null);
    }

    private static IEnumerable<Happening> Life(int person, int days, Random random)
    {
        if (random.Next(100) < 30)
        {
            var opened = Morning(random.NextDouble() * days, random);
            yield return Happening.Touchpoint($"opt-in-{person}", opened, "consent", person, null, new { purpose = "marketing", given = true });
            yield return Happening.Touchpoint($"checkout-{person}", opened.AddMinutes(5), "checkout", person, null, new { checkoutId = $"k-{person}", total = new { amount = 40, currency = "EUR" } });
        }

        var orders = 1 + random.Next(0, 1 + (days / 120));
        for (var n = 0; n < orders; n++)
        {
            var order = $"{person}-{n}";
            var placed = Morning(random.NextDouble() * days, random);
            yield return Happening.Touchpoint($"order-{order}", placed, "purchase", person, order, new
            {
                number = order,
                total = new { amount = 20 + random.Next(80), currency = "EUR" },
                lines = new[] { new { productId = $"product-{random.Next(40)}", title = "Tazza", category = "cups", quantity = 1, price = 20 } },
            });
            yield return Happening.Touchpoint($"paid-{order}", placed.AddMinutes(3), "payment", person, order);
            if (random.Next(100) < 6)
            {
                yield return Happening.Touchpoint($"cancelled-{order}", placed.AddHours(5), "cancellation", person, order, new { by = "customer" });
                continue;
            }

            var shipped = placed.AddHours(20 + random.Next(60));
            var delivered = shipped.AddHours(20 + random.Next(90));
            yield return Happening.Touchpoint($"shipped-{order}", shipped, "shipment", person, order);
            if (random.Next(100) < 92)
                yield return Happening.Touchpoint($"delivered-{order}", delivered, "delivery", person, order);
            foreach (var further in Afterwards(person, order, delivered, random))
                yield return further;
        }
    }

    private static IEnumerable<Happening> Afterwards(int person, string order, DateTimeOffset delivered, Random random)
    {
        if (random.Next(100) < 15)
        {
            var opened = delivered.AddHours(3 + random.Next(200));
            yield return Happening.Touchpoint($"complaint-{order}", opened, "complaint", person, order, new { complaintId = $"c-{order}" });
            if (random.Next(100) < 80)
                yield return Happening.Touchpoint($"resolution-{order}", opened.AddHours(5 + random.Next(400)), "resolution", person, order, new { complaintId = $"c-{order}" });
        }

        if (random.Next(100) < 30)
            yield return Happening.Touchpoint($"review-{order}", delivered.AddHours(30 + random.Next(400)), "review", person, order, new { stars = 1 + random.Next(5) }, "web");
        if (random.Next(100) < 25)
            yield return Happening.Touchpoint($"csat-{order}", delivered.AddHours(2 + random.Next(100)), "feedback", person, order, new { kind = "csat", score = 1 + random.Next(5) });
        if (random.Next(100) < 5)
            yield return Happening.Touchpoint($"refund-{order}", delivered.AddHours(40 + random.Next(300)), "refund", person, order, new { refundId = $"r-{order}", amount = 20, currency = "EUR", full = true });
        if (random.Next(100) < 6)
            yield return Happening.Touchpoint($"stop-{order}", delivered.AddHours(24 * (5 + random.Next(40))), "consent", person, null, new { purpose = "marketing", given = false });
    }

    private static DateTimeOffset Day(double day) => Start.AddMinutes(Math.Floor(day * 24 * 60));

    private static DateTimeOffset Morning(double day, Random random) => Start.AddDays(Math.Floor(day)).AddMinutes(random.Next(12 * 60));

    private static object Cadence(string name, int priority, string trigger, string exit, params object[] steps) =>
        new { name, priority, trigger = new { on = trigger }, steps, exits = new[] { new { on = exit } } };

    private static object Step(string id, string anchor, int days) =>
        new { id, kind = "message", anchor = new { on = anchor, days }, channel = "email", category = "marketing", template = "win-back" };
}
