using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>One request for a review for what arrived together, one a week at most, and none for gift cards.</summary>
public class ReviewRequestTests
{
    private static readonly DateTimeOffset Day0 = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    [Fact]
    public void Two_orders_that_arrived_together_are_asked_about_once_and_reminded_of_once()
    {
        var story = TwoOrders();
        story.Record(Day(3), Delivered("1", Day(3)), Delivered("2", Day(4)));
        story.RunUntil(Day(60));

        var request = Assert.Single(story.Of<MessageQueued>(), m => m.Step == "review-request");
        Assert.Equal(["1", "2"], request.Together!.Append(request.Order!.Value).Select(o => o.Value).Order());
        Assert.Single(story.Of<MessageQueued>(), m => m.Step == "review-reminder");
        Assert.Single(story.Of<StepSkipped>(), s => s is { Step: "review-request", Reason: Reason.AskedTogether });
    }

    [Fact]
    public void What_arrives_later_is_asked_about_a_week_after_the_last_request()
    {
        var story = TwoOrders();
        story.Record(Day(3), Delivered("1", Day(3)));
        story.RunUntil(Day(11)).Record(Day(11), Delivered("2", Day(4)));
        story.RunUntil(Day(60));

        var asked = story.Of<MessageAttempted>().Where(m => m.Step == "review-request").Select(m => m.OccurredAt).ToList();
        Assert.Equal(2, asked.Count);
        Assert.True(asked[1] - asked[0] >= TimeSpan.FromDays(7));
    }

    [Fact]
    public void The_wait_for_a_later_request_is_exempt_from_the_maximum_hold()
    {
        var story = TwoOrders();
        story.Record(Day(1), new OrderContactGiven(new("2"), Personal.Clear("else@example.org"), null, null, null, null, null, null, null, null, Day(1)));
        story.Record(Day(3), Delivered("1", Day(3)), Delivered("2", Day(3)));
        story.RunUntil(Day(11));
        story.Shop = story.Shop with { Sending = Domain.Shops.Sending.Paused };
        story.Wake(Day(18));
        story.Shop = story.Shop with { Sending = Domain.Shops.Sending.On };
        story.RunUntil(Day(20));

        Assert.Equal(2, story.Of<MessageAttempted>().Count(m => m.Step == "review-request"));
    }

    [Fact]
    public void An_order_with_another_address_is_asked_about_on_its_own_and_later()
    {
        var story = TwoOrders();
        story.Record(Day(1), new OrderContactGiven(new("2"), Personal.Clear("else@example.org"), null, null, null, null, null, null, null, null, Day(1)));
        story.Record(Day(3), Delivered("1", Day(3)), Delivered("2", Day(3)));
        story.RunUntil(Day(60));

        Assert.All(story.Of<MessageQueued>(), m => Assert.Null(m.Together));
        Assert.Equal(2, story.Of<MessageAttempted>().Count(m => m.Step == "review-request"));
        Assert.Contains(story.Of<StepHeld>(), h => h is { Step: "review-request", Reason: Reason.AskedLately });
    }

    [Fact]
    public void Where_the_common_message_is_withdrawn_the_other_order_is_asked_about_on_its_own()
    {
        var story = TwoOrders();
        story.Record(Day(3), Delivered("1", Day(3)), Delivered("2", Day(3)));
        story.Wake(Day(10).AddHours(2));
        var request = Assert.Single(story.Of<MessageQueued>(), m => m.Step == "review-request");

        story.Record(Day(10).AddHours(3), Cancelled(request.Order!.Value.Value, Day(10)));
        story.RunUntil(Day(60));

        Assert.Equal(request.Together!.Single(), Assert.Single(story.Of<MessageQueued>(), m => m.Step == "review-request" && m != request).Order);
    }

    [Fact]
    public void Gift_cards_are_not_reviewed()
    {
        var story = Consenting(Day0);
        var placed = Placed("1", Day0);
        story.Record(Day0, placed with { Lines = [placed.Lines[0] with { Kind = LineKind.GiftCard }] });
        story.Record(Day(1), Delivered("1", Day(1)));
        story.RunUntil(Day(40));

        Assert.DoesNotContain(story.Of<MessageQueued>(), m => m.Step is "review-request" or "review-reminder");
    }

    private static Story TwoOrders()
    {
        var story = Consenting(Day0);
        story.Record(Day0, Placed("1", Day0), Placed("2", Day0.AddHours(3)));
        return story.RunUntil(Day0.AddHours(4));
    }

    private static DateTimeOffset Day(int day) => Day0.AddDays(day);
}
