using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.Customers;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Experience;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Experience;

/// <summary>From facts through the real fold to the shape that the API answers with.</summary>
public sealed class CustomerSignalsProperties
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Each fact of a life by its number: whoever tells the same fact tells it the same way.
    private static readonly Gen<ICustomerEvent> Fact =
        from kind in Gen.Choose(0, 12)
        from n in Gen.Choose(0, 4)
        from hour in Gen.Choose(0, 24 * 300)
        let at = Start.AddHours(hour)
        let order = new OrderId($"o{n}")
        let channel = Enum.GetValues<Channel>()[n]
        select kind switch
        {
            0 => CustomerSignalsTests.Placed(order, at, n % 2 == 0 ? new DateOnly(2026, 3, 1) : null),
            1 => new OrderDelivered(order, null, at),
            2 => new OrderCancelled(order, n % 2 == 0 ? Canceller.Shop : Canceller.Customer, at),
            3 => new RefundRequested(order, at),
            4 => new OrderRefunded(order, $"r{hour}", null, false, at),
            5 => new ContactMade($"q{hour}", new($"t{n}"), (Channel)(hour % 8), Direction.Inbound, (Stage)(hour % 5), order, true, null, at),
            6 => new ContactAnswered($"a{hour}", new($"t{n}"), (Channel)(hour % 8), null, at),
            7 => new ComplaintOpened(new($"c{n}"), order, channel, null, at),
            8 => new ComplaintResolved(new($"c{n}"), null, at),
            9 => new FeedbackGiven($"f{n}", FeedbackKind.Csat, 1 + n, order, channel, Stage.Decision, null, at),
            10 => new MentionMade($"m{n}", (n - 2) / 2.0, n * 100, channel, null, at),
            11 => hour % 2 == 0 ? new ConsentWithdrawn(channel, Purpose.Marketing, "api", at) : new ConsentGiven(channel, Purpose.Marketing, ConsentBasis.OptIn, "api", null, at),
            _ => (ICustomerEvent)new ReferralMade($"x{hour}", at),
        };

    private static readonly Arbitrary<(ICustomerEvent[] Facts, int Day)> Lives =
        (from facts in Fact.ListOf()
         from day in Gen.Choose(0, 400)
         select (facts.ToArray(), day)).ToArbitrary();

    [Fact]
    public void Contributions_sum_to_what_parts_the_score_from_70() => Prop.ForAll(Lives, life =>
    {
        var shown = JsonSerializer.SerializeToNode(Response(life.Facts, life.Day), ApiJson.Options)!;
        return Math.Abs(shown["contributions"]!.AsArray().Sum(c => (double)c!["contribution"]!) - ((double)shown["score"]! - 70)) < 1e-9
            && (int)shown["signals"]! == shown["contributions"]!.AsArray().Count;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Order_of_arrival_changes_nothing() => Prop.ForAll(Lives, Gen.Choose(0, int.MaxValue).ToArbitrary(), (life, seed) =>
    {
        var shuffled = life.Facts.ToArray();
        new Random(seed).Shuffle(shuffled);
        return Json(Response(life.Facts, life.Day)) == Json(Response(shuffled, life.Day));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_had_not_happened_by_then_changes_nothing_in_the_fold_up_to_then() => Prop.ForAll(Lives, life =>
    {
        ICustomerEvent[] past = [.. life.Facts.Where(f => f.OccurredAt <= Start.AddDays(life.Day))];
        return Response(past, life.Day).Contributions.All(c => c.OccurredAt <= Start.AddDays(life.Day));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_summary_says_what_the_items_say_until_time_changes_more_than_their_age() => Prop.ForAll(Lives, Gen.Choose(0, 24 * 200).ToArbitrary(), (life, hours) =>
    {
        var (customer, at) = (CustomerFold.Evolve(CustomerFold.Start(new("c")), life.Facts), Start.AddDays(life.Day));
        var summary = CustomerSummary.Of(customer, CustomerSignalsTests.Shop, at);
        var later = at.AddHours(hours) < summary.Until ? at.AddHours(hours) : summary.Until.AddTicks(-1);
        var (signals, episodes) = CustomerSignals.Of(customer, CustomerSignalsTests.Shop);
        var whole = ExperienceFormula.Evaluate(signals, episodes, later, CustomerSignalsTests.Shop.Experience);
        var (score, confidence) = summary.ScoreAt(later, CustomerSignalsTests.Shop.Experience)!.Value;
        return Math.Abs(score - whole.Score) < 1e-9 && Math.Abs(confidence - whole.Confidence) < 1e-9 && summary.Orders == customer.Orders.Count;
    }).QuickCheckThrowOnFailure();

    private static ExperienceResponse Response(ICustomerEvent[] facts, int day)
    {
        var customer = CustomerFold.Evolve(CustomerFold.Start(new("c")), facts);
        var (signals, episodes) = CustomerSignals.Of(customer, CustomerSignalsTests.Shop);
        return ExperienceResponse.Of(customer.Id, ExperienceFormula.Evaluate(signals, episodes, Start.AddDays(day), CustomerSignalsTests.Shop.Experience), null, new("en", "Europe/Rome"));
    }

    private static string Json(ExperienceResponse view) => JsonSerializer.Serialize(view, ApiJson.Options);
}
