using System.Text.Json;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;
using FsCheck;
using FsCheck.Fluent;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>Follow-ups about a complaint, a rating, a question or a checkout: what starts them, what ends them, and what takes them back.</summary>
public sealed class SubjectTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero);

    internal static readonly CadenceDocument Rated = Of("rated", "rating-given") with { Trigger = new("rating-given", [Condition("""{"fact": "rating", "is": "at-most", "value": 2}""")]) };

    internal static readonly CadenceDocument Asked = Of("asked", "contact-made", new Exit("contact-answered"));

    internal static readonly CadenceDocument Unfinished = Of("unfinished", "checkout-started", new Exit("order-placed", Goal: true, OtherSubject: true));

    internal static readonly CadenceDocument Complaining = Of("complaining", "complaint-opened", new Exit("complaint-resolved", ["first"])) is var c ? c with
    {
        Steps = [.. c.Steps, c.Steps[0] with { Id = "mended", Anchor = new("complaint-resolved", 2), FallbackAnchor = new(Anchor.Trigger, 14) }],
    } : null!;

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void A_rating_starts_what_asks_for_so_few_stars_and_says_what_it_is_about(int stars, bool starts)
    {
        var story = With(Rated);

        story.Record(Noon, Stars(stars, Noon));

        Assert.Equal(starts ? [new FollowUpSubject(SubjectKind.Rating, "Stars:v-1")] : [], story.Of<FollowUpStarted>().Select(f => f.Subject!));
    }

    [Theory]
    [InlineData(FeedbackKind.Csat, 2, true)]
    [InlineData(FeedbackKind.Csat, 4, false)]
    [InlineData(FeedbackKind.Nps, 2, false)]
    public void Of_the_answers_to_questions_only_satisfaction_is_a_rating(FeedbackKind kind, int score, bool starts)
    {
        var story = With(Rated);

        story.Record(Noon, new FeedbackGiven("f-1", kind, score, null, Channel.Email, Stage.PostSale, null, Noon));

        Assert.Equal(starts, story.Customer.FollowUps.Count == 1);
    }

    [Fact]
    public void A_rating_that_is_changed_for_the_better_takes_back_what_it_started_and_for_the_worse_brings_it_back()
    {
        var story = With(Rated);
        story.Record(Noon, Stars(1, Noon));
        story.Record(Noon.AddMinutes(10), Stars(5, Noon.AddMinutes(10)));
        story.RunUntil(Noon.AddHours(2));
        Assert.Equal(Reason.TriggerTakenBack, story.Step("first").Reason);

        story.Record(Noon.AddHours(3), Stars(2, Noon.AddHours(3)));
        story.RunUntil(Noon.AddHours(4));

        Assert.Equal(StepStatus.Sent, story.Step("first").Status);
        Assert.Single(story.Of<FollowUpStarted>());
    }

    [Fact]
    public void A_rating_that_becomes_bad_starts_what_it_did_not_start_before()
    {
        var story = With(Rated);
        story.Record(Noon, Stars(5, Noon));
        story.Record(Noon.AddDays(20), Stars(1, Noon.AddDays(20)));

        Assert.Equal(Noon.AddDays(20), Assert.Single(story.Of<FollowUpStarted>()).TriggeredAt);
    }

    [Fact]
    public void A_queued_message_is_withdrawn_at_once_when_its_rating_gets_better()
    {
        var story = With(Rated with { Steps = [Rated.Steps[0] with { Anchor = new(Anchor.Trigger) }] });
        story.Record(Noon, Stars(1, Noon));
        story.Wake(Noon);

        var events = story.Record(Noon.AddMinutes(1), Stars(4, Noon.AddMinutes(1)));

        Assert.Equal(Reason.TriggerTakenBack, Assert.Single(events.OfType<MessageWithdrawn>()).Reason);
    }

    [Fact]
    public void Of_several_questions_before_an_answer_the_first_starts_one_follow_up_which_the_answer_ends_at_once()
    {
        var story = With(Asked);
        story.Record(Noon.AddMinutes(2), Question("k-2", Noon.AddMinutes(2)));
        story.Record(Noon.AddMinutes(3), Question("k-3", Noon.AddMinutes(3)));
        Assert.Single(story.Customer.FollowUps);

        var events = story.Record(Noon.AddMinutes(20), Answer("a-1", Noon.AddMinutes(20)));

        Assert.Equal("contact-answered", Assert.Single(events.OfType<FollowUpEnded>()).On);
        Assert.Empty(story.RunUntil(Noon.AddDays(3)).Of<MessageQueued>());
    }

    [Fact]
    public void An_earlier_question_that_arrives_late_takes_the_place_of_the_later_one_until_an_answer_parts_them()
    {
        var story = With(Asked);
        story.Record(Noon, Question("k-2", Noon));
        story.Record(Noon.AddMinutes(1), Question("k-1", Noon.AddMinutes(-5)));
        story.RunUntil(Noon.AddMinutes(61));
        Assert.Equal(["k-1"], Sent(story).Select(s => s.Subject?.Contact));

        story.Record(Noon.AddMinutes(62), Answer("a-1", Noon.AddMinutes(-2)));
        story.RunUntil(Noon.AddDays(1));

        Assert.Equal(["k-1", "k-2"], Sent(story).Select(s => s.Subject?.Contact));
        Assert.Single(story.Of<SentDespite>());
    }

    [Fact]
    public void A_question_that_is_answered_as_it_arrives_starts_nothing()
    {
        var story = With(Asked);
        story.Record(Noon, Answer("a-1", Noon));

        story.Record(Noon.AddMinutes(1), Question("k-1", Noon.AddMinutes(-10)));

        Assert.Empty(story.Customer.FollowUps);
    }

    [Fact]
    public void A_late_answer_is_noted_on_the_message_that_it_would_have_stopped()
    {
        var story = With(Asked);
        story.Record(Noon, Question("k-1", Noon));
        story.RunUntil(Noon.AddHours(2));

        var noted = story.Record(Noon.AddHours(3), Answer("a-1", Noon.AddMinutes(30))).OfType<SentDespite>();

        Assert.Equal(Reason.Exited, Assert.Single(noted).Reason);
    }

    [Fact]
    public void A_checkout_that_an_order_follows_reaches_its_goal_and_is_taken_up_again_when_the_order_is_lost()
    {
        var story = With(Unfinished);
        story.Record(Noon, Begun("c-1", Noon));
        story.Record(Noon.AddMinutes(9), Placed("1", Noon.AddMinutes(9)));
        Assert.Equal(Reason.GoalReached, story.FollowUp.EndedFor);

        story.Record(Noon.AddMinutes(20), Cancelled("1", Noon.AddMinutes(20)));
        story.RunUntil(Noon.AddDays(1));

        Assert.Equal(StepStatus.Sent, story.Step("first").Status);
    }

    [Fact]
    public void The_soft_opt_in_never_counts_for_a_checkout()
    {
        var story = new Story();
        story.Shop = story.Shop with { SoftOptIn = true, Cadences = [Unfinished] };
        story.Learn(Noon.AddDays(-90), Cx.Domain.Privacy.Personal.FromSeal("ada@example.org"));
        story.Record(Noon.AddDays(-90), Placed("1", Noon.AddDays(-90)));
        story.Record(Noon, Begun("c-1", Noon));

        story.RunUntil(Noon.AddDays(1));

        Assert.Equal(Reason.NoConsent, story.Step("first").Reason);
    }

    [Fact]
    public void What_became_of_its_order_does_not_end_what_a_complaint_started()
    {
        var story = With(Complaining);
        story.Record(Noon, Placed("1", Noon), Cancelled("1", Noon), new ComplaintOpened(new("c"), new("1"), Channel.Email, null, Noon.AddHours(-2)));

        story.RunUntil(Noon.AddHours(3));

        Assert.Equal(StepStatus.Sent, story.Step("first").Status);
        Assert.Empty(story.Record(Noon.AddHours(4), Refunded("1", Noon.AddHours(-1))).OfType<SentDespite>());
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(30, 14)]
    public void A_step_counts_from_the_resolution_of_its_own_complaint_and_until_then_from_the_trigger(int resolvedAfter, int asked)
    {
        var story = With(Complaining);
        story.Record(Noon, Complained("c", Noon), Complained("other", Noon), Resolved("other", Noon.AddHours(1)));
        story.RunUntil(Noon.AddDays(resolvedAfter));
        story.Record(Noon.AddDays(resolvedAfter), Resolved("c", Noon.AddDays(resolvedAfter)));

        story.RunUntil(Noon.AddDays(60));

        var own = story.Customer.FollowUps.Single(f => f.Value.Subject!.Id == "c");
        Assert.Equal(Noon.AddDays(asked), own.Value.StepOf("mended").SentAt);
    }

    [Theory]
    [InlineData(13, true)]
    [InlineData(15, false)]
    public void What_happened_long_before_it_is_recorded_starts_nothing(int days, bool starts)
    {
        var story = With(Rated, Asked, Unfinished, Complaining);
        var then = Noon.AddDays(-days);

        story.Record(Noon, Stars(1, then), Question("k-1", then), Begun("c-1", then), Complained("c", then));

        Assert.Equal(starts ? 4 : 0, story.Customer.FollowUps.Count);
    }

    [Fact]
    public void Whatever_the_order_in_which_facts_arrive_the_same_is_sent()
    {
        var at = from minutes in Gen.Choose(0, 30) select Noon.AddMinutes(-minutes);
        var fact = Gen.OneOf(
            from id in Gen.Choose(1, 3) from stars in Gen.Elements(1, 2, 5) from t in at select (ICustomerEvent)(Stars(stars, t) with { Review = $"v-{id}" }),
            from id in Gen.Choose(1, 4) from t in at select (ICustomerEvent)Question($"k-{id}", t),
            from id in Gen.Choose(1, 3) select (ICustomerEvent)Answer($"a-{id}", Noon.AddMinutes(-10 * id)),
            from id in Gen.Choose(1, 2) from t in at select (ICustomerEvent)Begun($"c-{id}", t),
            from id in Gen.Choose(1, 3) select (ICustomerEvent)Placed($"{id}", Noon.AddMinutes(-10 * id)),
            from id in Gen.Choose(1, 2) from t in at select (ICustomerEvent)Complained($"{id}", t),
            from id in Gen.Choose(1, 2) select (ICustomerEvent)Resolved($"{id}", Noon.AddMinutes(-10 * id)));
        var cases = from facts in fact.ArrayOf(12) from other in Gen.Shuffle(facts) select (facts, other);

        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(cases.ToArbitrary(), x => Assert.Equal(Told(x.facts), Told(x.other))));

        static IEnumerable<string> Told(ICustomerEvent[] facts)
        {
            var story = With(Rated, Asked, Unfinished, Complaining);
            foreach (var one in facts)
                story.Record(Noon, one);
            return Sent(story.RunUntil(Noon.AddDays(90))).Select(s => $"{s.Cadence} {s.Subject} {s.At:O}").Order(StringComparer.Ordinal).ToList();
        }
    }

    private static IEnumerable<(string Cadence, FollowUpSubject? Subject, DateTimeOffset At)> Sent(Story story) =>
        from sent in story.Of<MessageAttempted>() let followUp = story.Customer.FollowUps[sent.FollowUp] select (followUp.Cadence, followUp.Subject, sent.OccurredAt);

    private static ReviewPosted Stars(int stars, DateTimeOffset at) => new("v-1", stars, null, null, Channel.Web, null, at);

    private static ContactMade Question(string contact, DateTimeOffset at) => new(contact, new("t-1"), Channel.Email, Direction.Inbound, Stage.Information, null, true, null, at);

    private static ContactAnswered Answer(string contact, DateTimeOffset at) => new(contact, new("t-1"), Channel.Email, null, at);

    private static CheckoutStarted Begun(string checkout, DateTimeOffset at) => new(checkout, null, null, [], at);

    private static Condition Condition(string json) => JsonSerializer.Deserialize<Condition>(json, EventCatalog.Json)!;

    private static CadenceDocument Of(string slug, string trigger, params Exit[] exits) => new(
        slug, 1, slug, new(trigger), [new("first", StepKind.Message, new(Anchor.Trigger, Delay: new(0, TimeSpan.FromHours(1))), null, Channel.Email, slug == "unfinished" ? Category.Marketing : Category.Service, "thank-you")],
        exits, 10);

    private static Story With(params CadenceDocument[] documents)
    {
        var story = Consenting(Noon.AddDays(-40));
        story.Shop = story.Shop with { Cadences = documents };
        return story;
    }
}
