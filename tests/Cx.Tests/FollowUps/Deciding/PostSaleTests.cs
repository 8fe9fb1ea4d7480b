using Cx.Domain.FollowUps;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>The shipped cadence over a season, step by step.</summary>
public sealed class PostSaleTests
{
    // Ten in the morning in Rome, winter time; the clocks go forward on 29 March 2026.
    private static readonly DateTimeOffset Day0 = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static DateTimeOffset Day(double days) => Day0.AddDays(days);

    [Fact]
    public void All_four_messages_go_out_each_at_its_time()
    {
        var story = Bought();
        story.Record(Day(3), Delivered("1", Day(3)));
        story.RunUntil(Day(400));

        Assert.Equal(Day0, story.SentAt("thank-you"));
        Assert.Equal(Day(10), story.SentAt("review-request"));
        Assert.Equal(Day(17), story.SentAt("review-reminder"));
        Assert.Equal(Day(24), story.SentAt("related-offer"));
        Assert.Equal((null, false), (story.FollowUp.EndedFor, story.FollowUp.IsRunning));
        Assert.Null(story.NextDue);
    }

    [Fact]
    public void The_next_step_is_the_one_due_first_and_of_those_that_wait_the_first_of_the_cadence()
    {
        var story = Consenting(Day0);
        story.Record(Day0, Placed("1", Day0));
        Assert.Equal("thank-you", NextStep());
        story.RunUntil(Day0);
        Assert.Equal("review-request", NextStep());
        story.Record(Day(3), Delivered("1", Day(3)));
        story.RunUntil(Day(10));
        Assert.Equal("review-reminder", NextStep());
        story.RunUntil(Day(17));
        Assert.Equal("related-offer", NextStep());
        story.RunUntil(Day(400));
        Assert.Null(NextStep());

        string? NextStep() => FollowUpDecisions.NextStep(story.Customer, story.Shop, story.Customer.FollowUps.Keys.Single());
    }

    [Fact]
    public void While_no_delivery_is_known_shipping_counts()
    {
        var story = Bought();
        story.Record(Day(1), Shipped("1", Day(1)));
        story.RunUntil(Day(400));

        Assert.Equal(Day(15), story.SentAt("review-request"));
        Assert.Equal(Day(29).AddHours(-1), story.SentAt("related-offer"));    // ten in Rome, now in summer time
    }

    [Fact]
    public void A_delivery_learned_in_time_moves_what_shipping_had_set()
    {
        var story = Bought();
        story.Record(Day(1), Shipped("1", Day(1)));
        story.RunUntil(Day(12)).Record(Day(12), Delivered("1", Day(11)));
        story.RunUntil(Day(400));

        Assert.Equal(Day(18), story.SentAt("review-request"));
    }

    [Fact]
    public void An_order_that_nobody_reports_on_ends_after_half_a_year()
    {
        var story = Bought();
        Assert.Equal(Day(180), story.RunUntil(Day(100)).NextDue);
        story.RunUntil(Day(400));

        Assert.False(story.FollowUp.IsRunning);
        Assert.Equal(["review-request", "review-reminder", "related-offer"], story.Of<StepSkipped>().Select(x => x.Step));
        Assert.All(story.Of<StepSkipped>(), x => Assert.Equal(Reason.NotApplicable, x.Reason));
    }

    [Theory]
    [InlineData("1")]
    [InlineData(null)]
    public void A_review_is_the_goal_of_request_and_reminder_and_leaves_the_offer(string? order)
    {
        var story = Bought();
        story.Record(Day(3), Delivered("1", Day(3)));
        var ends = story.RunUntil(Day(12)).Record(Day(12), Reviewed(order, Day(12)));
        story.RunUntil(Day(400));

        Assert.Equal((Reason.GoalReached, Day(12)), ends.OfType<StepSkipped>().Select(x => (x.Reason, x.OccurredAt)).Single());
        Assert.Null(story.SentAt("review-reminder"));
        Assert.NotNull(story.SentAt("related-offer"));
    }

    [Fact]
    public void A_review_of_another_order_or_from_before_is_not_the_goal()
    {
        var story = Bought();
        story.Record(Day(3), Delivered("1", Day(3)), Reviewed("0", Day(3)), Reviewed(null, Day(-1)));
        story.RunUntil(Day(400));

        Assert.NotNull(story.SentAt("review-request"));
    }

    [Fact]
    public void A_second_order_ends_only_the_offer_of_the_first()
    {
        var story = Bought();
        story.Record(Day(3), Delivered("1", Day(3)));
        story.RunUntil(Day(5)).Record(Day(5), Placed("2", Day(5)), Placed("0", Day(-30)));
        story.RunUntil(Day(6));

        Assert.Equal(Reason.Exited, story.Of<StepSkipped>().Single(x => x.Step == "related-offer").Reason);
        Assert.True(story.Customer.FollowUps.Values.Single(f => f.Order == new Domain.OrderId("2")).StepOf("related-offer").IsOpen);
        Assert.NotNull(story.RunUntil(Day(11)).SentAt("review-request"));
    }

    [Theory]
    [InlineData(true, Reason.OrderCancelled)]
    [InlineData(false, Reason.OrderRefunded)]
    public void A_lost_order_ends_everything_at_once(bool cancelled, Reason reason)
    {
        var story = Bought();
        story.Record(Day(3), Delivered("1", Day(3)));
        story.RunUntil(Day(4)).Record(Day(4), cancelled ? Cancelled("1", Day(4)) : Refunded("1", Day(4)));

        Assert.Equal((reason, Day(4)), (story.FollowUp.EndedFor!.Value, story.FollowUp.EndedAt!.Value));
        Assert.Null(story.NextDue);
        Assert.All(story.Of<StepSkipped>(), x => Assert.Equal(reason, x.Reason));
        Assert.Equal(3, story.Of<StepSkipped>().Count());
    }

    [Fact]
    public void A_refund_in_part_ends_nothing()
    {
        var story = Bought();
        story.Record(Day(3), Delivered("1", Day(3)), Refunded("1", Day(4), full: false));

        Assert.NotNull(story.RunUntil(Day(11)).SentAt("review-request"));
    }

    [Fact]
    public void Facts_in_any_order_start_one_follow_up_and_a_lost_order_none_that_runs()
    {
        var story = Consenting(Day0);
        story.Record(Day(1), Cancelled("1", Day(1)));
        story.Record(Day(2), Placed("1", Day0));
        story.Record(Day(3), Placed("1", Day0.AddMinutes(-1)));

        Assert.Single(story.Of<FollowUpStarted>());
        Assert.Equal(Reason.OrderCancelled, story.FollowUp.EndedFor);
    }

    [Fact]
    public void Imported_history_starts_nothing_however_it_is_edited()
    {
        var story = Consenting(Day0);
        story.Record(Day0, Placed("1", Day(-60)), Delivered("1", Day(-55)));
        story.Record(Day0, Placed("2", Day(-15)));
        story.Record(Day(1), Shipped("2", Day(1)));
        story.RunUntil(Day(40));

        Assert.Empty(story.Customer.FollowUps);
        Assert.Empty(story.Of<MessageQueued>());
    }

    [Theory]
    [InlineData("order-paid")]
    [InlineData("order-delivered")]
    public void An_old_order_that_is_told_again_as_paid_is_history(string trigger)
    {
        var story = Consenting(Day0);
        story.Shop = story.Shop with { Cadences = [story.Shop.Cadences[0] with { Trigger = story.Shop.Cadences[0].Trigger with { On = trigger } }] };
        story.Record(Day0, Placed("1", Day(-60)) with { Revision = Day0, Standing = new() { Paid = [new(Day0)] } }, new Cx.Domain.Touchpoints.OrderPaid(new("1"), Day0), Delivered("1", Day0));

        Assert.Empty(story.Customer.FollowUps);
    }

    [Fact]
    public void The_control_group_gets_nothing_and_is_chosen_the_same_way_always()
    {
        var shop = new Story().Shop;
        var story = Consenting(Day0);
        story.Shop = shop with { Cadences = [shop.Cadences[0] with { ControlShare = 1 }] };
        story.Record(Day0, Placed("1", Day0));
        story.RunUntil(Day(400));

        Assert.True(story.FollowUp.Control);
        Assert.Empty(story.Of<MessageQueued>());
        Assert.Contains(story.Of<StepSkipped>(), x => x is { Step: "thank-you", Reason: Reason.ControlGroup });
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => StableHash.Draw("post-sale", new($"c-{i}")) < 0.2), 1_850, 2_150);
    }

    [Theory]
    [InlineData("en-GB", "en")]
    [InlineData("it", "it")]
    [InlineData("fr", "it")]
    public void It_speaks_the_customers_language_if_the_shop_does(string language, string expected)
    {
        var story = Consenting(Day0);
        story.Learn(Day0, language: language);
        story.Record(Day0, Placed("1", Day0));

        Assert.Equal(expected, Assert.Single(story.Wake(Day0).OfType<MessageQueued>()).Language);
    }

    private static Story Bought()
    {
        var story = Consenting(Day0);
        story.Record(Day0, Placed("1", Day0));
        return story.RunUntil(Day0);
    }
}
