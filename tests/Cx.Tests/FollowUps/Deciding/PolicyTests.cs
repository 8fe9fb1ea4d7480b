using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

using Sending = Cx.Domain.Shops.Sending;

/// <summary>What protects the customer: consent, complaints, caps, holds, lateness.</summary>
public sealed class PolicyTests
{
    private static readonly DateTimeOffset Day0 = new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero);

    private static DateTimeOffset Day(double days) => Day0.AddDays(days);

    [Fact]
    public void An_open_complaint_delays_the_request_until_it_is_resolved()
    {
        var story = Delivered1();
        story.Record(Day(1), Complained("k", Day(1)));
        story.RunUntil(Day(7));
        Assert.Equal((StepStatus.Held, Reason.OpenComplaint, Day(31)), (story.Step("review-request").Status, story.Step("review-request").Reason!.Value, story.Step("review-request").Until!.Value));

        story.RunUntil(Day(20)).Record(Day(20), Resolved("k", Day(20)));
        Assert.Equal(Day(20), story.RunUntil(Day(21)).SentAt("review-request"));
    }

    [Fact]
    public void It_is_asked_thirty_days_after_the_complaint_opened_at_the_latest_and_the_offer_is_not_made()
    {
        var story = Delivered1();
        story.Record(Day(1), Complained("k", Day(1)));
        story.RunUntil(Day(100));

        Assert.Equal(Day(31), story.SentAt("review-request"));
        Assert.Contains(story.Of<StepSkipped>(), x => x is { Step: "related-offer", Reason: Reason.OpenComplaint });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_request_is_never_gated_by_satisfaction(int stars)
    {
        var story = Delivered1();
        story.Record(Day(1), new FeedbackGiven("f", FeedbackKind.Csat, stars, new OrderId("1"), Channel.Email, Stage.PostSale, null, Day(1)));
        Assert.Equal(Day(7), story.RunUntil(Day(7)).SentAt("review-request"));
    }

    [Fact]
    public void Without_consent_only_the_thank_you_goes_out()
    {
        var story = new Story();
        story.Learn(Day0, Personal.FromSeal("ada@example.org"));
        Buy(story).RunUntil(Day(100));

        Assert.Equal("thank-you", Assert.Single(story.Of<MessageQueued>()).Step);
        Assert.Equal(Reason.NoConsent, story.Step("review-request").Reason);
    }

    [Fact]
    public void Without_an_address_nothing_goes_out()
    {
        var story = Buy(new Story()).RunUntil(Day(100));
        Assert.Equal([Reason.NoAddress, Reason.NoAddress, Reason.NotApplicable, Reason.NoAddress], story.Of<StepSkipped>().OrderBy(x => x.Step == "related-offer").Select(x => x.Reason));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_soft_opt_in_needs_the_shops_word_and_reaches_analogous_products_only(bool attested, bool analogous)
    {
        var story = new Story();
        story.Shop = story.Shop with { SoftOptIn = attested };
        story.Products = story.Products.Where(p => p.Analogous == analogous).ToList();
        story.Learn(Day0, Personal.FromSeal("ada@example.org"));
        Buy(story).RunUntil(Day(100));

        Assert.Equal(attested, story.SentAt("review-request") is not null);
        Assert.Equal(attested && analogous, story.SentAt("related-offer") is not null);
    }

    [Fact]
    public void An_objection_bars_marketing_at_once_and_withdraws_what_is_queued()
    {
        var story = Delivered1();
        story.RunUntil(Day(6)).Wake(Day(7));
        var withdrawn = Assert.Single(story.Record(Day(7), Objected(Day(7))).OfType<MessageWithdrawn>());

        Assert.Equal(("review-request", Reason.Objected, true), (withdrawn.Step, withdrawn.Reason, withdrawn.Final));
        story.RunUntil(Day(100));
        Assert.Equal("thank-you", Assert.Single(story.Of<MessageAttempted>()).Step);
        Assert.Equal(Reason.Objected, story.Step("related-offer").Reason);
    }

    [Fact]
    public void Two_marketing_mails_keep_their_distance_and_the_earlier_due_goes_first()
    {
        var story = AskingForNoReview();
        story.Record(Day0, Placed("1", Day0), Delivered("1", Day0.AddHours(1)), Placed("2", Day0), Delivered("2", Day0));
        story.RunUntil(Day(8));

        var sent = story.Of<MessageAttempted>().Where(m => m.Step == "review-request").Select(m => (story.Customer.Messages[m.Message].Order!.Value.Value, m.OccurredAt));
        Assert.Equal([("2", Day(7)), ("1", Day(7).AddHours(22))], sent);      // 16 hours end at midnight: quiet until 08:00 in Rome
        Assert.Equal([Reason.Spacing, Reason.QuietHours], story.Of<StepHeld>().Select(h => h.Reason));
        Assert.Equal([Day(7).AddHours(16), Day(7).AddHours(22)], story.Of<StepHeld>().Select(h => h.Until!.Value));
    }

    [Fact]
    public void The_sixth_in_thirty_days_is_held_and_given_up_after_seven_days()
    {
        var story = AskingForNoReview();
        for (var i = 0; i < 6; i++)
            story.Record(Day0, Placed($"{i}", Day0), Delivered($"{i}", Day0));
        story.RunUntil(Day(30));

        Assert.Equal(5, story.Of<MessageAttempted>().Count(m => m.Step == "review-request"));
        Assert.Contains(story.Of<StepSkipped>(), x => x is { Step: "review-request", Reason: Reason.HeldTooLong } && x.OccurredAt == Day(14));
    }

    [Theory]
    [InlineData("1", "2")]
    [InlineData("2", "1")]
    public void Of_two_that_are_due_the_one_due_first_goes_first(string first, string second)
    {
        var story = Consenting(Day0);
        story.Record(Day0, Placed("1", Day0), Placed("2", Day0), Delivered(first, Day0), Delivered(second, Day0.AddMinutes(1)));
        var queued = Assert.Single(story.RunUntil(Day(6)).Wake(Day(8)).OfType<MessageQueued>());

        Assert.Equal(first, queued.Order!.Value.Value);
    }

    [Fact]
    public void A_place_under_the_cap_is_free_again_to_the_instant()
    {
        var story = AskingForNoReview();
        story.Shop = story.Shop with { Policy = ContactPolicy.Default with { Caps = [new(1, TimeSpan.FromDays(3), Channel.Email, Category.Marketing)] } };
        story.Record(Day0, Placed("1", Day0), Delivered("1", Day0), Placed("2", Day0), Delivered("2", Day0));
        story.RunUntil(Day(11));

        Assert.Equal([Day(7), Day(10)], story.Of<MessageAttempted>().Where(m => m.Step == "review-request").Select(m => m.OccurredAt));
    }

    [Theory]
    [InlineData(Sending.Off, Reason.SendingOff)]
    [InlineData(Sending.Paused, Reason.SendingPaused)]
    public void While_sending_is_not_on_everything_is_held_and_goes_on_afterwards(Sending sending, Reason reason)
    {
        var story = Consenting(Day0);
        story.Shop = story.Shop with { Sending = sending };
        Buy(story).RunUntil(Day(3));
        Assert.Equal((reason, (DateTimeOffset?)null), (story.Step("thank-you").Reason!.Value, story.Step("thank-you").Until));

        story.Shop = story.Shop with { Sending = Sending.On };
        Assert.True(story.NextDue <= Day(3));
        story.Wake(Day(3));
        Assert.Equal(StepStatus.Queued, story.Step("thank-you").Status);
    }

    [Fact]
    public void What_is_paused_longer_than_a_week_is_given_up()
    {
        var story = Consenting(Day0);
        story.Shop = story.Shop with { Sending = Sending.Paused };
        Buy(story).RunUntil(Day(8));
        Assert.Equal((Reason.HeldTooLong, Day(7)), story.Of<StepSkipped>().Where(x => x.Step == "thank-you").Select(x => (x.Reason, x.OccurredAt)).Single());
    }

    [Theory]
    [InlineData(24, StepStatus.Queued)]
    [InlineData(24.01, StepStatus.Skipped)]
    public void A_thank_you_is_not_said_after_a_day_of_downtime(double hours, StepStatus expected)
    {
        var story = Buy(Consenting(Day0));
        story.Wake(Day0.AddHours(hours));
        Assert.Equal(expected, story.Step("thank-you").Status);
    }

    [Theory]
    [InlineData("America/New_York", null, 12)]      // 04:00 there: eight o'clock is 12:00 UTC
    [InlineData("Asia/Tokyo", null, 23)]            // 17:00 + 4 h = 21:00: quiet until 08:00 there
    [InlineData(null, "US", 18)]                    // eight o'clock in Hawaii, four in the afternoon in New York
    [InlineData(null, "XX", 8)]                     // no country: the shop's
    [InlineData(null, "DE", 8)]
    [InlineData(null, "JP", 23)]
    public void Quiet_hours_are_the_customers(string? zone, string? country, int hour)
    {
        var story = Consenting(Day0);
        story.Learn(Day0, timeZone: zone, country: country);
        var delivered = hour == 23 ? Day0.AddHours(4) : Day0;
        story.Record(Day0.AddHours(5), Placed("1", Day0), Delivered("1", delivered));

        Assert.Equal(new DateTimeOffset(2026, 6, 8, hour, 0, 0, TimeSpan.Zero), story.RunUntil(Day(20)).SentAt("review-request"));
    }

    [Fact]
    public void Every_decision_tells_all_it_looked_at()
    {
        var story = Delivered1();
        story.RunUntil(Day(7));
        var checks = story.Of<MessageQueued>().Last().Checks;

        Assert.Equal(
            ["follow-up", "restriction", "control-group", "order", "goal-and-exits", "due", "lateness", "address", "consent", "profiling", "offer", "review", "complaints", "sending", "spread", "quiet-hours", "window", "cap", "spacing", "review-spacing", "maximum-hold", "contact-policy"],
            checks.Select(c => c.Policy));
        Assert.All(checks, c => Assert.True(c.Passed && c.Evidence.Length > 0));
        Assert.Equal("delivery-1", story.FollowUp.CorrelationId);
    }

    [Fact]
    public void A_fact_that_came_too_late_to_stop_a_message_is_noted()
    {
        var story = Delivered1();
        story.RunUntil(Day(7));
        var noted = story.Record(Day(8), Cancelled("1", Day(6))).OfType<SentDespite>().ToList();

        Assert.Equal([("review-request", Reason.OrderCancelled)], noted.Select(x => (x.Step, x.Reason)));
        Assert.Empty(Delivered1().RunUntil(Day(7)).Record(Day(8), Cancelled("1", Day(8))).OfType<SentDespite>());
    }

    [Fact]
    public void An_erased_customer_is_left_alone()
    {
        var story = Delivered1();
        story.RunUntil(Day(6)).Wake(Day(7));
        story.Record(Day(7), new CustomerErased("admin", Day(7)));

        Assert.Equal(Reason.Erased, story.FollowUp.EndedFor);
        Assert.Equal(MessageStatus.Withdrawn, story.Customer.Messages[story.Step("review-request").Message!.Value].Status);
        Assert.Null(story.NextDue);
        Assert.Empty(story.Wake(Day(50)));
    }

    [Fact]
    public void A_question_left_open_is_recorded_once_at_its_deadline()
    {
        var story = Consenting(Day0);
        story.Record(Day0, new ContactMade("q", new("t"), Channel.Email, Direction.Inbound, Stage.PostSale, null, ExpectsAnswer: true, null, Day0));
        var deadline = Day0.AddHours(27);       // 12 open hours from ten in Rome: eight on Monday, four on Tuesday from nine

        Assert.Equal(deadline, story.NextDue!.Value);
        Assert.Equal(deadline, Assert.Single(story.Wake(Day(3)).OfType<ContactLeftUnanswered>()).OccurredAt);
        Assert.Null(story.NextDue);
    }

    private static Story Delivered1() => Buy(Consenting(Day0)).RunUntil(Day0);

    // Requests for reviews are combined: these marketing e-mails ask for none.
    private static Story AskingForNoReview()
    {
        var story = Consenting(Day0);
        var postSale = story.Shop.Cadences[0];
        story.Shop = story.Shop with { Cadences = [postSale with { Exits = [.. postSale.Exits.Where(e => e.On != "review-posted")] }] };
        return story;
    }

    private static Story Buy(Story story)
    {
        story.Record(Day0, Placed("1", Day0), Delivered("1", Day0));
        return story;
    }
}
