using System.Collections.Immutable;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Silence;
using Cx.Domain.Touchpoints;
using Cx.Tests.Customers;
using Cx.Tests.FollowUps.Deciding;
using FsCheck;
using FsCheck.Fluent;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.Silence;

/// <summary>When the next purchase of a customer is overdue, what that starts, and what takes it back.</summary>
public sealed class PurchaseSilenceTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 5, 11, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(new[] { 0, 30, 60 }, 120)]
    [InlineData(new[] { 0, 10, 60, 80 }, 120)]
    [InlineData(new[] { 0, 10, 30, 70, 150 }, 210)]
    [InlineData(new[] { 0, 40 }, null)]
    [InlineData(new[] { 0 }, null)]
    [InlineData(new int[0], null)]
    public void The_next_purchase_is_overdue_after_twice_the_median_gap_of_three_or_more(int[] days, int? overdue)
    {
        var story = With();
        foreach (var day in days)
            story.Record(Day(day), Placed($"{day}", Day(day)));

        story.RunUntil(Day(400));

        Assert.Equal(overdue is { } due ? [Day(due)] : [], story.Of<PurchaseOverdue>().Select(x => x.OccurredAt));
        Assert.Equal(overdue is { } sent ? Day(sent) : null, story.SentAt("hello"));
    }

    [Theory]
    [InlineData(45, 45)]
    [InlineData(null, null)]
    public void Who_bought_once_is_measured_against_the_shop_where_it_has_enough_data(int? shopDays, int? overdue)
    {
        var story = With();
        story.Shop = story.Shop with { SecondOrderGap = shopDays is { } days ? TimeSpan.FromDays(days) : null };
        story.Record(Day(0), Placed("1", Day(0)));

        story.RunUntil(Day(400));

        Assert.Equal(overdue is { } due ? [(Day(due), SilenceBasis.ShopPercentile)] : [], story.Of<PurchaseOverdue>().Select(x => (x.OccurredAt, x.Basis)));
    }

    [Fact]
    public void Orders_within_a_day_are_one_purchase_and_lost_ones_none()
    {
        var story = With();
        story.Record(Day(0), Placed("1", Day(0)), Placed("1b", Day(0).AddHours(1)), Placed("2", Day(30)), Placed("lost", Day(31)), Cancelled("lost", Day(31)));

        story.RunUntil(Day(400));

        Assert.Empty(story.Of<PurchaseOverdue>());
    }

    [Fact]
    public void Where_no_cadence_asks_or_the_customer_objects_to_profiling_nothing_is_recorded()
    {
        var story = Regular();
        story.Record(Day(61), new Cx.Domain.Privacy.ProfilingObjected("test", Day(61)));
        Assert.Empty(story.RunUntil(Day(400)).Of<PurchaseOverdue>());

        var other = Regular();
        other.Shop = other.Shop with { Cadences = [DefaultCadences.PostSale] };
        Assert.Empty(other.RunUntil(Day(400)).Of<PurchaseOverdue>());
    }

    [Fact]
    public void A_purchase_before_the_deadline_moves_it_and_one_after_it_is_the_goal()
    {
        var story = Regular();
        story.Record(Day(90), Placed("4", Day(90)));
        Assert.Equal(Day(150), story.NextDue);

        story.RunUntil(Day(150).AddHours(-1));
        story.Shop = story.Shop with { Sending = Cx.Domain.Shops.Sending.Off };
        story.RunUntil(Day(151));
        story.Record(Day(152), Placed("5", Day(152)));

        Assert.Equal(Reason.GoalReached, story.FollowUp.EndedFor);
    }

    [Fact]
    public void A_purchase_that_arrives_late_takes_the_silence_back_and_its_loss_brings_it_back()
    {
        var story = Regular();
        story.Shop = story.Shop with { Sending = Cx.Domain.Shops.Sending.Off };
        story.RunUntil(Day(120));
        story.Record(Day(121), Placed("4", Day(100)));
        story.Shop = story.Shop with { Sending = Cx.Domain.Shops.Sending.On };
        story.RunUntil(Day(122));
        Assert.Equal(Reason.TriggerTakenBack, story.Step("hello").Reason);

        story.Record(Day(123), Cancelled("4", Day(123)));
        story.RunUntil(Day(124));

        Assert.Equal(StepStatus.Sent, story.Step("hello").Status);
        Assert.Single(story.Of<PurchaseOverdue>());
    }

    [Fact]
    public void A_purchase_that_arrives_after_the_message_is_noted_on_it()
    {
        var story = Regular();
        story.RunUntil(Day(121));
        Assert.NotNull(story.SentAt("hello"));

        var noted = story.Record(Day(122), Placed("4", Day(100))).OfType<SentDespite>();

        Assert.Equal(Reason.TriggerTakenBack, Assert.Single(noted).Reason);
    }

    [Fact]
    public void A_silence_that_began_long_before_it_is_found_starts_nothing_and_a_wake_finds_it_once()
    {
        var story = Regular();
        story.Wake(Day(300));

        Assert.Equal(Day(120), Assert.Single(story.Of<PurchaseOverdue>()).OccurredAt);
        Assert.Empty(story.Customer.FollowUps);
        Assert.Null(story.NextDue);
    }

    [Fact]
    public void The_purchases_do_not_depend_on_the_order_in_which_facts_arrive() => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(200),
        Prop.ForAll(ReportedFacts.Some, facts =>
        {
            var customer = CustomerFold.Evolve(CustomerFold.Start(new("c")), facts);
            var kept = customer.Orders.Values.Where(o => o.IsPurchase).Select(o => o.PlacedAt!.Value.ToUnixTimeSeconds()).Order();
            Assert.Equal(kept, customer.Purchases);
        }));

    [Theory]
    [InlineData(49, null)]
    [InlineData(50, 40)]
    public void Of_the_gaps_to_a_second_order_four_of_five_are_within_the_percentile(int buyers, int? days) => Assert.Equal(
        days, new SecondOrders(Enumerable.Range(1, buyers).ToImmutableSortedDictionary(d => d, _ => 1)).Percentile80());

    [Theory]
    [InlineData(null, 40, true)]
    [InlineData(40, 43, false)]
    [InlineData(40, 44, true)]
    [InlineData(40, null, true)]
    [InlineData(null, null, false)]
    public void A_figure_of_the_shop_is_recorded_where_it_changes_by_a_tenth(int? known, int? measured, bool recorded)
    {
        var shop = new Cx.Domain.Shops.Shop(new("demo"), new("Demo", "Europe/Rome", ["it"]), Cx.Domain.Shops.Sending.On) { SecondOrderDays = known };

        Assert.Equal(recorded, SecondOrderGapMeasured.Decide(shop, measured, Begin).Count == 1);
    }

    // Three orders, thirty days apart.
    private static Story Regular()
    {
        var story = With();
        foreach (var day in new[] { 0, 30, 60 })
            story.Record(Day(day), Placed($"{day}", Day(day)));
        return story;
    }

    private static Story With()
    {
        var story = Consenting(Begin.AddDays(-10));
        story.Shop = story.Shop with { Cadences = [DefaultCadences.WinBack] };
        return story;
    }

    private static DateTimeOffset Day(int day) => Begin.AddDays(day);
}
