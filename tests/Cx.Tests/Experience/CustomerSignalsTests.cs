using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Experience;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Silence;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Experience;

public sealed class CustomerSignalsTests
{
    /// <summary>A Monday, ten o'clock in Rome.</summary>
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly OrderId O1 = new("o1");

    internal static readonly ShopFacts Shop = new(
        new("bottega"), 1, "Bottega", "Europe/Rome", ["it"], BusinessHours.Default, Sending.On, ContactPolicy.Default, new ExperienceSettings { DeliveryPromiseDays = 3 }, []);

    [Fact]
    public void A_delivery_is_measured_against_the_orders_own_promise()
    {
        var signal = Assert.Single(Of(Placed(O1, Monday, promised: new(2026, 3, 4)), new OrderDelivered(O1, null, Monday.AddDays(4))));

        Assert.Equal(("order:o1:delivery", 60.0, Channel.Post, Stage.PostSale, "o1"), (signal.Id, signal.Value, signal.Channel, signal.Stage, signal.Episode));
    }

    [Fact]
    public void Without_one_against_the_days_that_the_shop_promises_or_not_at_all()
    {
        Customer customer = Fold(Placed(O1, Monday), new OrderDelivered(O1, null, Monday.AddDays(5)));

        Assert.Equal(60, Assert.Single(CustomerSignals.Of(customer, Shop).Signals).Value);
        Assert.Empty(CustomerSignals.Of(customer, Shop with { Experience = ExperienceSettings.Default }).Signals);
    }

    [Fact]
    public void An_order_is_delivered_with_its_last_parcel()
    {
        ICustomerEvent[] half = [Placed(O1, Monday), new OrderShipped(O1, "a", Monday), new OrderShipped(O1, "b", Monday), new OrderDelivered(O1, "a", Monday.AddDays(1))];

        Assert.Empty(Of(half));
        Assert.Equal(Monday.AddDays(2), Assert.Single(Of([.. half, new OrderDelivered(O1, "b", Monday.AddDays(2))])).OccurredAt);
    }

    [Theory]
    [InlineData(Canceller.Shop, 10.0)]
    [InlineData(Canceller.Customer, 50.0)]
    [InlineData(Canceller.Unknown, null)]
    public void Who_cancelled_decides_how_bad_it_is(Canceller by, double? value) =>
        Assert.Equal(value, Of(Placed(O1, Monday), new OrderCancelled(O1, by, Monday.AddDays(1))).SingleOrDefault()?.Value);

    [Theory]
    [InlineData(2, 55.0)]
    [InlineData(4, 30.0)]
    public void A_refund_is_prompt_or_late_by_its_request(int days, double value) => Assert.Equal(
        value,
        Assert.Single(Of(new RefundRequested(O1, Monday), new OrderRefunded(O1, "old", null, false, Monday.AddDays(-20)), new OrderRefunded(O1, "r", null, true, Monday.AddDays(days)))).Value);

    [Fact]
    public void A_refund_nobody_is_known_to_have_asked_for_says_nothing() => Assert.Empty(Of(new OrderRefunded(O1, "r", null, true, Monday)));

    [Fact]
    public void A_question_is_answered_in_business_hours_or_left_open_until_its_deadline()
    {
        var asked = new ContactMade("q1", new("t1"), Channel.Email, Direction.Inbound, Stage.Evaluation, O1, true, null, Monday.AddHours(7));
        var open = Assert.Single(Of(asked));
        var answered = Assert.Single(Of(asked, new ContactAnswered("a1", new("t1"), Channel.Phone, null, Monday.AddDays(1).AddHours(2))));

        // Asked at 17:00; one hour is left on Monday, and three times four hours end on Wednesday at 11:00.
        Assert.Equal((5.0, new DateTimeOffset(2026, 3, 4, 10, 0, 0, TimeSpan.Zero)), (open.Value, open.OccurredAt));
        Assert.Equal(("contact:t1:2026-03-02T16:00:00Z:answer", open.Id), (answered.Id, answered.Id));
        Assert.Equal((Channel.Email, Stage.Evaluation, "o1"), (answered.Channel, answered.Stage, answered.Episode));
        Assert.Equal(80, answered.Value, 9);
    }

    [Fact]
    public void A_question_is_overdue_by_its_own_channel_and_the_shops_patience_for_the_signal_and_for_the_record()
    {
        var patient = Shop with { Experience = Shop.Experience with { Table = new() { UnansweredAfterTargets = 60 } } };
        var customer = Fold(
            new ContactMade("q1", new("t1"), Channel.Email, Direction.Inbound, Stage.Evaluation, null, true, null, Monday),
            new ContactAnswered("a1", new("t1"), Channel.Email, null, Monday.AddMinutes(5)),
            new ContactMade("q2", new("t1"), Channel.Chat, Direction.Inbound, Stage.Evaluation, null, true, null, Monday.AddHours(1)));

        // In the chat the target is a minute: sixty of them are an hour, where the e-mail that began the thread would have had days.
        var deadline = Monday.AddHours(2);
        Assert.Equal(deadline, Deadlines.Next(customer, patient));
        Assert.Equal(deadline, Assert.Single(Deadlines.Passed(customer, patient, deadline)).OccurredAt);
        Assert.Equal(deadline, CustomerSignals.Of(customer, patient).Signals.Max(s => s.OccurredAt));
    }

    [Fact]
    public void A_complaint_is_one_signal_by_its_state()
    {
        var opened = new ComplaintOpened(new("c1"), O1, Channel.Phone, null, Monday);

        var open = Assert.Single(Of(opened));
        var soon = Assert.Single(Of(opened, new ComplaintResolved(new("c1"), null, Monday.AddDays(1))));
        var late = Assert.Single(Of(new ComplaintResolved(new("c1"), null, Monday.AddDays(4)), opened));

        Assert.Equal((5.0, 80.0, 55.0), (open.Value, soon.Value, late.Value));
        Assert.Equal((Monday, Monday.AddDays(1)), (open.OccurredAt, soon.OccurredAt));
        Assert.Single(new[] { open, soon, late }.Select(s => s.Id).Distinct());
        Assert.Empty(Of(new ComplaintResolved(new("c1"), null, Monday)));
    }

    [Fact]
    public void Every_purchase_after_the_first_is_a_good_sign_unless_it_was_cancelled()
    {
        var signals = Of(
            Placed(new("a"), Monday), Placed(new("b"), Monday.AddDays(9)), Placed(new("c"), Monday.AddDays(20)), new OrderCancelled(new("b"), Canceller.Unknown, Monday.AddDays(10)));

        Assert.Equal(("order:c:repeat-purchase", Stage.Decision), (Assert.Single(signals).Id, signals[0].Stage));
    }

    [Fact]
    public void Opinions_attitudes_and_referrals_count_each_by_its_rule()
    {
        var signals = Of(
            new FeedbackGiven("f", FeedbackKind.Csat, 4, O1, Channel.Web, Stage.Decision, null, Monday), new FeedbackGiven("f", FeedbackKind.Nps, 9, null, Channel.Email, Stage.PostSale, null, Monday),
            new FeedbackGiven("f", FeedbackKind.Ces, 7, null, Channel.Web, Stage.Decision, null, Monday), new ReviewPosted("r", 2, null, null, Channel.Web, null, Monday),
            new MentionMade("m", -0.5, 99, Channel.Social, null, Monday), new SpamReported("s", Channel.Email, Monday), new ReferralMade("x", Monday),
            new ConsentWithdrawn(Channel.Email, Purpose.Marketing, "unsubscribe", Monday), new ConsentWithdrawn(Channel.Phone, Purpose.Marketing, "suppression", Monday),
            new ConsentWithdrawn(Channel.Email, Purpose.Service, "api", Monday));

        Assert.Equal(
            [("ces", 100.0), ("csat", 75), ("mention", 25), ("nps", 90), ("referral", 95), ("spam", 0), ("stars", 25), ("unsubscribed", 25)],
            signals.Select(s => (s.Kind, s.Value)).Order());
    }

    [Fact]
    public void A_consent_given_again_takes_the_unsubscription_back() => Assert.Empty(Of(
        new ConsentWithdrawn(Channel.Email, Purpose.Marketing, "unsubscribe", Monday), new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "api", null, Monday.AddDays(1))));

    internal static OrderPlaced Placed(OrderId order, DateTimeOffset at, DateOnly? promised = null) => new(order, null, new(10, "EUR"), [], promised, at, at);

    private static Customer Fold(params ICustomerEvent[] facts) => CustomerFold.Evolve(CustomerFold.Start(new("c")), facts);

    private static IReadOnlyList<Signal> Of(params ICustomerEvent[] facts) => CustomerSignals.Of(Fold(facts), Shop).Signals;
}
