using NodaTime;

namespace Cx.Standalone.Demo;

/// <summary>Twelve weeks of the demo shop, ending now. The same every time: only the dates move along.</summary>
internal sealed class Season
{
    public const int Weeks = 12;

    /// <summary>Days the shop promises for delivery.</summary>
    public const int PromiseDays = 4;

    private const int Orders = 72;
    private const int LastOrderDay = 83;

    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["Europe/Rome"];

    private readonly LocalDate first;

    public Season(DateTimeOffset now)
    {
        End = now;
        first = Instant.FromDateTimeOffset(now).InZone(Zone).Date.PlusDays(-7 * Weeks);
        Purchases = [.. Enumerable.Range(1, Orders).Select(Purchase)];
        Events = [.. Ordinary.Of(this).Concat(Stories.Of(this)).Where(h => h.At < End).OrderBy(h => h.At)];
    }

    public DateTimeOffset End { get; }

    public IReadOnlyList<Purchase> Purchases { get; }

    public IReadOnlyList<DemoEvent> Events { get; }

    /// <summary>A local time of a day of the season, which begins with day 0.</summary>
    public DateTimeOffset At(int day, int hour, int minute = 0) =>
        Zone.AtLeniently(first.PlusDays(day).At(new LocalTime(hour, minute))).ToInstant().ToDateTimeOffset();

    /// <summary>The first order of somebody.</summary>
    public Purchase Of(Person buyer) => Purchases.First(p => p.Buyer == buyer);

    // 7 and 40 share no factor: everybody buys once before anybody buys twice.
    private Purchase Purchase(int number)
    {
        var buyer = People.All[number * 7 % People.All.Count];
        var isFirst = number <= People.All.Count;
        var fate = isFirst ? Stories.FateOf(buyer) : FateOf(number);
        return new(number, buyer, Assortment.Basket(number), At(number * LastOrderDay / Orders, 8 + (number * 5 % 13), number * 17 % 60), fate, 2 + (number % 4));
    }

    private static Fate FateOf(int number) => (number % 15) switch
    {
        4 => Fate.Late,
        8 => Fate.CancelledByCustomer,
        11 => Fate.Late,
        _ => Fate.OnTime,
    };
}
