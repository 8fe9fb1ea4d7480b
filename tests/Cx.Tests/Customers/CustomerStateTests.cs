using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Experience;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Deciding;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Customers;

using Sending = Cx.Domain.Shops.Sending;

/// <summary>A transaction loads the head, what is open and what is named; it decides and leaves the same as with the whole state.</summary>
public sealed class CustomerStateTests
{
    private static readonly CadenceDocument Recovery = new(
        "recovery", 1, "After a complaint", new("complaint-opened"),
        [
            new("apology", StepKind.Message, new(Anchor.Trigger), null, Channel.Email, Category.Service, "thank-you"),
            new("coupon", StepKind.Message, new(Anchor.Trigger, 3), null, Channel.Email, Category.Marketing, "thank-you"),
        ],
        [new("complaint-opened", ["coupon"]), new("order-paid", OtherSubject: true), new("review-posted", ["apology"])], 10);

    private static readonly CadenceDocument Returning = new(
        "returning", 1, "After a delivery", new("order-delivered"),
        [new("news", StepKind.Message, new("order-placed", 2), new(Anchor.Trigger, 4), Channel.Email, Category.Marketing, "thank-you")],
        [new("complaint-opened", ["news"]), new("order-delivered", OtherSubject: true, Goal: true), new("refund-requested"), new("order-cancelled", OtherSubject: true, Steps: ["news"])], 20, ControlShare: 0.2);

    private static readonly CadenceDocument Waiting = new(
        "waiting", 1, "Waits and branches", new("order-placed"),
        [
            new("word", StepKind.WaitFor, new(Anchor.Trigger), null, null, null, null, WaitFor: new("review-posted", new(6, default)), Then: ["glad"]),
            new("glad", StepKind.Message, new(Anchor.PreviousStep, 1), null, Channel.Email, Category.Service, "thank-you"),
            new("trouble", StepKind.WaitFor, new(Anchor.PreviousStep), null, null, null, null, WaitFor: new("complaint-opened", new(2, default))),
            new("calm", StepKind.Branch, new(Anchor.PreviousStep), null, null, null, null, Conditions: [new("open-complaints", Comparison.Equal, JsonElement.Parse("0"))], Then: ["tips"], Else: ["sorry"]),
            new("tips", StepKind.Message, new(Anchor.PreviousStep, 1), null, Channel.Email, Category.Service, "thank-you"),
            new("sorry", StepKind.Message, new(Anchor.PreviousStep), null, Channel.Email, Category.Service, "thank-you"),
        ],
        [new("order-cancelled", ["word"])], 30, Reentry: new(WhileRunning: false, After: TimeSpan.FromDays(5)));

    private static readonly ShopFacts Shop = new(
        new("demo"), 1, "Demo", "Europe/Rome", ["it"], BusinessHours.Default, Sending.On, ContactPolicy.Default, ExperienceSettings.Default,
        [DefaultCadences.PostSale, Recovery, Returning, SubjectTests.Rated, SubjectTests.Asked, SubjectTests.Unfinished, SubjectTests.Complaining, Waiting, DefaultCadences.WinBack])
    {
        SoftOptIn = true,
        SecondOrderGap = TimeSpan.FromDays(9),
    };

    /// <summary>One moment: a fact that comes late, or something that the shop does.</summary>
    private sealed record Moment(int Minutes, ICustomerEvent? Fact, Deed Deed);

    private static readonly Gen<DateTimeOffset> Instant = Gen.Choose(0, 12).Select(hours => ReportedFacts.Start.AddHours(hours * 8));

    // So many contacts of one conversation that most are loaded only when they are named.
    private static readonly Gen<ICustomerEvent> Talk = Gen.OneOf(
        from contact in Gen.Choose(1, 6)
        from at in Instant
        select (ICustomerEvent)new ContactMade($"k{contact}", new("a"), Channel.Email, Direction.Inbound, Stage.Evaluation, null, true, null, at),
        from contact in Gen.Choose(1, 4) from at in Instant select (ICustomerEvent)new ContactAnswered($"a{contact}", new("a"), Channel.Email, null, at),
        from at in Instant select (ICustomerEvent)new ContactLeftUnanswered(new("a"), at, at.AddHours(1)),
        from report in Gen.Choose(1, 5) from at in Instant select (ICustomerEvent)new SpamReported($"s{report}", Channel.Email, at));

    private static readonly Gen<Moment[]> Moments =
        (from fact in Gen.Frequency((2, ReportedFacts.Any), (1, Talk))
         from deed in Gen.Elements(Enum.GetValues<Deed>())
         from isFact in Gen.Choose(0, 9)
         from minutes in Gen.Frequency((3, Gen.Choose(0, 600)), (2, Gen.Choose(600, 5 * 1440)))
         select new Moment(minutes, isFact < 6 ? fact : null, deed)).ArrayOf(60);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_part_of_the_state_decides_and_leaves_the_same_as_the_whole(bool declared) => Holds(Moments, moments =>
    {
        var told = new Told(new("c-1"), Shop, declared);
        var at = ReportedFacts.Start;
        foreach (var moment in moments)
        {
            at = at.AddMinutes(moment.Minutes);
            if (moment.Fact is { } fact)
                told.Record(at, fact);
            else
                told.Do(moment.Deed, at);
        }

        told.Do(Deed.Wake, at.AddDays(60));
        told.Do(Deed.Wake, at.AddDays(400));
        told.Check();
    });

    [Fact]
    public void A_story_of_orders_over_months_decides_and_leaves_the_same_as_the_whole() => Holds(Chapters.Any, chapters =>
    {
        var told = new Told(new("c-1"), Shop);
        var at = Chapters.Begin;
        told.Record(at, new CustomerDetailsLearned(Personal.FromSeal("s1.ada"), null, null, null, null, null, null, null, null, null, null, at));
        foreach (var chapter in chapters)
        {
            at = at.AddMinutes(chapter.Minutes);
            if (Chapters.Fact(chapter with { Late = chapter.Late * 15 }, at) is { } fact)
                told.Record(at, fact);
            else
                told.Do(chapter.Act switch { Act.Pause => Deed.Pause, Act.Resume => Deed.Resume, Act.Send => Deed.Send, Act.Refuse => Deed.Refuse, _ => Deed.Wake }, at);
        }

        told.Do(Deed.Wake, at.AddDays(400));
        told.Check();
    });

    [Theory]
    [InlineData("questions that nobody answers")]
    [InlineData("questions and answers")]
    [InlineData("one conversation each")]
    [InlineData("calls that expect no answer")]
    [InlineData("ratings")]
    [InlineData("reviews")]
    [InlineData("spam reports")]
    [InlineData("resolved complaints")]
    [InlineData("orders")]
    [InlineData("orders beside one that never arrives", 1)]
    public void A_further_event_reads_and_writes_no_more_rows_the_longer_the_history(string kind, int days = 60)
    {
        var told = new Told(new("c-1"), Shop, wholeToo: false);
        var at = ReportedFacts.Start;
        told.Record(at, new CustomerDetailsLearned(Personal.FromSeal("s1.ada"), null, null, null, null, null, null, null, null, null, null, at));
        told.Record(at, Story.Placed("first", at));
        var costs = Enumerable.Range(1, 100).Select(n =>
        {
            at = at.AddDays(days);
            foreach (var fact in Further(kind, n, at))
                told.Record(fact.OccurredAt, fact);
            var cost = (told.Stored.Loaded, told.Stored.Written, told.Stored.FurtherLoads);
            told.RunUntil(at.AddDays(days).AddHours(-1));
            return cost;
        }).ToList();

        Assert.Equal(costs[9] with { FurtherLoads = costs[10].FurtherLoads - costs[9].FurtherLoads }, costs[^1] with { FurtherLoads = costs[^1].FurtherLoads - costs[^2].FurtherLoads });
        Assert.True(told.Stored.Count > 100);
    }

    [Fact]
    public void A_late_refund_of_an_order_whose_follow_up_has_ended_is_noted_on_its_messages()
    {
        var at = ReportedFacts.Start;
        var told = Addressed(at);
        told.Record(at, Story.Placed("1", at));
        told.Record(at.AddDays(3), Story.Delivered("1", at.AddDays(3)));
        told.RunUntil(at.AddDays(100));
        told.Record(at.AddDays(100), Story.Placed("2", at.AddDays(100)));
        told.RunUntil(at.AddDays(200));

        var noted = told.Record(at.AddDays(300), Story.Refunded("1", at.AddDays(9))).OfType<SentDespite>().ToList();

        Assert.NotEmpty(noted);
        Assert.All(noted, n => Assert.Equal(Reason.OrderRefunded, n.Reason));
        told.Check();
    }

    [Fact]
    public void An_open_complaint_ends_a_follow_up_that_a_late_delivery_starts()
    {
        var told = Addressed(ReportedFacts.Start);
        told.Record(ReportedFacts.Start.AddDays(5), Story.Complained("1", ReportedFacts.Start.AddDays(5)));
        told.RunUntil(ReportedFacts.Start.AddDays(8));

        var events = told.Record(ReportedFacts.Start.AddDays(9), Story.Delivered("1", ReportedFacts.Start.AddDays(3)));

        Assert.Contains(events, e => e is StepSkipped { Step: "news", Reason: Reason.Exited });
        told.Check();
    }

    [Fact]
    public void A_late_delivery_finds_the_other_order_that_would_have_stopped_a_message()
    {
        var at = ReportedFacts.Start;
        var told = Addressed(at);
        told.Record(at, Story.Placed("1", at));
        told.Record(at.AddDays(3), Story.Delivered("1", at.AddDays(3)));
        told.RunUntil(at.AddDays(300));
        Assert.DoesNotContain(told.Customer.FollowUps.Values, f => f.IsRunning);
        told.Record(at.AddDays(300), Story.Delivered("3", at.AddDays(1)));
        told.Record(at.AddDays(301), Story.Placed("3", at.AddHours(5)));
        told.RunUntil(at.AddDays(600));
        Assert.DoesNotContain(told.Customer.FollowUps.Values, f => f.IsRunning);

        var noted = told.Record(at.AddDays(601), Story.Delivered("2", at.AddDays(2))).OfType<SentDespite>();

        Assert.Contains(noted, n => n is { Step: "news", Reason: Reason.GoalReached });
        told.Check();
    }

    [Fact]
    public void A_rating_that_is_told_again_finds_its_follow_up_which_has_ended()
    {
        var at = ReportedFacts.Start;
        var told = Addressed(at);
        told.Record(at, Stars(1, at));
        told.RunUntil(at.AddDays(3));
        Assert.False(Assert.Single(told.Customer.FollowUps.Values).IsRunning);

        Assert.Empty(told.Record(at.AddDays(4), Stars(2, at.AddDays(4))).OfType<FollowUpStarted>());
        told.Check();
    }

    [Fact]
    public void A_rating_that_was_better_for_a_while_brings_back_what_was_skipped_for_it()
    {
        var at = ReportedFacts.Start;
        var told = Addressed(at);
        told.Record(at, Stars(1, at));
        told.Record(at.AddMinutes(5), Stars(5, at.AddMinutes(5)));
        told.RunUntil(at.AddDays(3));

        Assert.Single(told.Record(at.AddDays(4), Stars(2, at.AddDays(4))).OfType<StepReopened>());
        told.RunUntil(at.AddDays(9));
        told.Check();
    }

    private static ReviewPosted Stars(int stars, DateTimeOffset at) => new("v-1", stars, null, null, Channel.Web, null, at);

    private static Told Addressed(DateTimeOffset at)
    {
        var told = new Told(new("c-1"), Shop with { Cadences = [DefaultCadences.PostSale, Recovery, Returning with { ControlShare = 0 }, SubjectTests.Rated] });
        told.Record(at, new CustomerDetailsLearned(Personal.FromSeal("s1.ada"), null, null, null, null, null, null, null, null, null, null, at));
        return told;
    }

    private static ICustomerEvent[] Further(string kind, int n, DateTimeOffset at)
    {
        ContactMade Asks(string conversation, bool answer = true) =>
            new($"k{n}", new(conversation), Channel.Chat, Direction.Inbound, Stage.Information, null, answer, null, at);

        return kind switch
        {
            "questions that nobody answers" => [Asks("t")],
            "questions and answers" => [Asks("t"), new ContactAnswered($"a{n}", new("t"), Channel.Chat, null, at.AddSeconds(20))],
            "one conversation each" => [Asks($"t{n}"), new ContactAnswered($"a{n}", new($"t{n}"), Channel.Chat, null, at.AddSeconds(20))],
            "calls that expect no answer" => [Asks("t", answer: false)],
            "ratings" => [new FeedbackGiven($"f{n}", FeedbackKind.Nps, 9, null, Channel.Email, Stage.PostSale, null, at)],
            "reviews" => [new ReviewPosted($"r{n}", 5, null, null, Channel.Web, null, at)],
            "spam reports" => [new SpamReported($"s{n}", Channel.Email, at)],
            "resolved complaints" => [Story.Complained($"{n}", at), Story.Resolved($"{n}", at.AddHours(1))],
            "orders" => [Story.Placed($"{n}", at), Story.Delivered($"{n}", at.AddDays(2))],
            _ => [Story.Placed($"{n}", at), Story.Cancelled($"{n}", at.AddHours(1))],
        };
    }

    private static void Holds<T>(Gen<T> histories, Action<T> property, int most = 100) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(most), Prop.ForAll(histories.ToArbitrary(), property));
}
