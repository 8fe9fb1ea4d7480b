using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>What follows from a fact is taken back with it, as long as it is not too late.</summary>
public class TakenBackTests
{
    private static readonly DateTimeOffset Day0 = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    [Fact]
    public void A_restored_order_is_followed_up_again()
    {
        var story = Bought();
        story.Record(Day(1), Cancelled("1", Day(1)));
        Assert.False(story.FollowUp.IsRunning);

        story.Record(Day(2), new OrderFactTakenBack(new("1"), OrderFact.Cancelled, null, Day(2)));
        story.Record(Day(3), Delivered("1", Day(3)));
        story.RunUntil(Day(12));

        Assert.Equal(["related-offer", "review-reminder", "review-request"], story.Of<StepReopened>().Select(x => x.Step).Order());
        Assert.NotNull(story.SentAt("review-request"));
        Assert.Single(story.Of<MessageQueued>(), x => x.Step == "thank-you");
    }

    [Fact]
    public void A_revision_that_says_cancelled_no_more_restores_the_order_and_tells_so()
    {
        var story = Bought();
        story.Record(Day(1), Stated(Day(1), cancelled: true), new OrderCancelled(new("1"), Canceller.Unknown, Day(1)));
        Assert.Equal(Reason.OrderCancelled, story.FollowUp.EndedFor);
        Assert.Single(story.Of<OrderCancelled>());

        story.Record(Day(2), Stated(Day(2), cancelled: false));

        Assert.Equal(OrderFact.Cancelled, Assert.Single(story.Of<OrderFactTakenBack>()).Fact);
        Assert.True(story.FollowUp.IsRunning);
    }

    [Fact]
    public void Restored_too_late_a_step_stays_skipped()
    {
        var story = Bought();
        story.Record(Day(1), Delivered("1", Day(1)));
        story.Record(Day(2), Cancelled("1", Day(2)));
        story.Record(Day(60), new OrderFactTakenBack(new("1"), OrderFact.Cancelled, null, Day(60)));

        Assert.Empty(story.Of<StepReopened>());
        Assert.False(story.FollowUp.IsRunning);
    }

    [Fact]
    public void A_parcel_that_is_cancelled_lets_the_request_wait_for_the_next()
    {
        var story = Bought();
        story.Record(Day(1), Shipped("1", Day(1)));
        story.Record(Day(2), new OrderFactTakenBack(new("1"), OrderFact.Shipped, null, Day(2)));
        story.RunUntil(Day(20));
        Assert.Null(story.SentAt("review-request"));

        story.Record(Day(20), Shipped("1", Day(20)));
        story.RunUntil(Day(36));
        Assert.Equal(Day(34).Date, story.SentAt("review-request")!.Value.Date);
    }

    [Fact]
    public void An_order_that_is_paid_after_all_is_thanked_when_it_is()
    {
        var story = Consenting(Day0);
        story.Record(Day0, new OrderNotTaken(new("1"), Day0));
        story.Record(Day(1), Cancelled("1", Day(1)));
        Assert.Empty(story.Customer.FollowUps);

        story.Record(Day(3), Stated(Day(3), cancelled: false));
        story.RunUntil(Day(4));

        Assert.Equal(Day(3), story.FollowUp.TriggeredAt);
        Assert.NotNull(story.SentAt("thank-you"));
    }

    [Fact]
    public void An_order_whose_payment_fails_is_none_and_the_offer_of_the_one_before_stays()
    {
        var story = Bought();
        story.Record(Day(3), Delivered("1", Day(3)));
        story.RunUntil(Day(4)).Record(Day(4), Placed("2", Day(4)));
        Assert.Equal(Reason.Exited, OfferOfFirst().Reason);

        story.Record(Day(5), new OrderNotTaken(new("2"), Day(5)));

        Assert.True(OfferOfFirst().IsOpen);
        story.RunUntil(Day(30));
        Assert.All(story.Of<MessageQueued>().Where(m => m.Order == new OrderId("2")), m => Assert.Equal("thank-you", m.Step));

        StepState OfferOfFirst() => story.Customer.FollowUps.Values.Single(f => f.Order == new OrderId("1")).StepOf("related-offer");
    }

    public static TheoryData<string, ICustomerEvent[]> Losses => new()
    {
        { "cancelled", [Cancelled("2", Day(5))] },
        { "cancelled by a revision", [Placed("2", Day(4)) with { Revision = Day(5), Standing = new() { Cancelled = [new(Day(5), Canceller.Customer)] } }] },
        { "refunded", [new OrderRefunded(new("2"), "r", new(49.90m, "EUR"), Full: true, Day(5))] },
    };

    [Theory, MemberData(nameof(Losses))]
    public void An_order_that_is_not_kept_gives_back_what_it_ended_and_ends_it_again_once_it_is_restored(string how, ICustomerEvent[] loss)
    {
        Assert.NotEmpty(how);
        var story = Bought();
        story.Record(Day(3), Delivered("1", Day(3)));
        story.RunUntil(Day(4)).Record(Day(4), Placed("2", Day(4)));
        Assert.Equal(Reason.Exited, OfferOfFirst().Reason);

        story.Record(Day(5), loss);
        Assert.True(OfferOfFirst().IsOpen);

        story.Record(Day(6), new OrderFactTakenBack(new("2"), OrderFact.Cancelled, null, Day(6)), new OrderFactTakenBack(new("2"), OrderFact.Refunded, "r", Day(6)));
        Assert.Equal(Reason.Exited, OfferOfFirst().Reason);

        StepState OfferOfFirst() => story.Customer.FollowUps.Values.Single(f => f.Order == new OrderId("1")).StepOf("related-offer");
    }

    [Fact]
    public void A_cadence_whose_trigger_is_taken_back_sends_nothing_until_it_holds_again()
    {
        var story = Consenting(Day0);
        story.Shop = story.Shop with { Cadences = [DefaultCadences.PostSale with { Slug = "shipped", Trigger = new("order-shipped"), Exits = [], Steps = [DefaultCadences.PostSale.Steps[1] with { Anchor = new(Anchor.Trigger, 3), FallbackAnchor = null }] }] };
        story.Record(Day0, Placed("1", Day0));
        story.Record(Day(1), Shipped("1", Day(1)));
        story.Record(Day(2), new OrderFactTakenBack(new("1"), OrderFact.Shipped, null, Day(2)));
        story.RunUntil(Day(6));
        Assert.Equal(Reason.TriggerTakenBack, story.Step("review-request").Reason);

        story.Record(Day(7), new OrderFactTakenBack(new("1"), OrderFact.Cancelled, null, Day(7)), Shipped("1", Day(7)));
        story.RunUntil(Day(8));
        Assert.Single(story.Customer.FollowUps);
    }

    private static Story Bought()
    {
        var story = Consenting(Day0);
        story.Record(Day0, Placed("1", Day0));
        return story.RunUntil(Day0.AddMinutes(1));
    }

    private static OrderPlaced Stated(DateTimeOffset at, bool cancelled) =>
        Placed("1", Day0) with { Revision = at, Standing = new() { Cancelled = cancelled ? [new Cancellation(at, Canceller.Unknown)] : [] } };

    private static DateTimeOffset Day(int day) => Day0.AddDays(day);
}
