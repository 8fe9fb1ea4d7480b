using Cx.Domain;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Offers;

/// <summary>Random shops: few customers, orders and products, so that everything meets.</summary>
public static class OrderHistories
{
    public static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Order facts in no order in particular.</summary>
    public static readonly Arbitrary<(string Stream, IEvent Event)[]> Facts = Fact.ListOf().Select(l => l.ToArray()).ToArbitrary();

    /// <summary>The same, with the place of each fact in another order.</summary>
    public static readonly Arbitrary<((string Stream, IEvent Event)[] Facts, (string Stream, IEvent Event)[] Shuffled)> Shuffles =
        (from facts in Fact.ListOf()
         from order in Gen.Choose(0, 1_000_000).ArrayOf(facts.Count)
         select (facts.ToArray(), facts.Zip(order).OrderBy(f => f.Second).Select(f => f.First).ToArray())).ToArbitrary();

    private static Gen<(string Stream, IEvent Event)> Fact =>
        from customer in Gen.Choose(1, 4)
        from order in Gen.Choose(1, 3)
        from day in Gen.Choose(0, 400)
        from kind in Gen.Choose(0, 9)
        from products in Gen.Choose(1, 6).ListOf(3)
        let id = new OrderId($"{customer}-{order}")
        let at = Start.AddDays(day)
        let lines = products.Distinct().Select(p => new OrderLine(new($"p{p}"), null, $"Product {p} of {day}", 1, 10 * p, p % 2 == 0 ? "even" : null)).ToArray()
        let total = new Money(lines.Sum(l => l.Price) + ((decimal)day / 1000), "EUR")
        let e = kind switch
        {
            <= 5 => new OrderPlaced(id, null, total, lines, null, at, at),
            <= 7 => new OrderRevised(id, total, lines, at, at),
            8 => new OrderCancelled(id, Canceller.Shop, at),
            _ => (IEvent)new OrderRefunded(id, "r", null, day % 2 == 0, at),
        }
        select ($"customer-{customer}", e);

    public static IEvent Erasure => new CustomerErased("api", Start.AddDays(500));
}
