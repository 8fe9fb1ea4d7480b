using System.Text.Json;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>The documents that are shipped beside the one after a sale, each from its trigger to its end.</summary>
public sealed class ShippedCadenceTests
{
    // A Monday, noon in Rome.
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Slugs { get; } = [.. DefaultCadences.All.Select(c => c.Slug)];

    [Theory, MemberData(nameof(Slugs))]
    public void Every_shipped_document_is_valid_and_reads_as_it_is_written(string slug)
    {
        var document = DefaultCadences.Find(slug, "en")!;

        Assert.Empty(CadenceValidator.Validate(document));
        Assert.Equal(JsonSerializer.Serialize(document, EventCatalog.Json), JsonSerializer.Serialize(CadenceReader.Read(JsonSerializer.SerializeToElement(document, EventCatalog.Json), slug).Document, EventCatalog.Json));
        Assert.Equal(slug == "post-sale", document.Name == DefaultCadences.Find(slug, "it-CH")!.Name);
    }

    [Fact]
    public void The_schema_lists_the_events_that_a_cadence_may_name()
    {
        var defs = JsonElement.Parse(DefaultCadences.Schema).GetProperty("$defs");
        var order = Names(defs.GetProperty("orderEvent")).ToList();

        Assert.Equal(SubjectFacts.Triggers.Order(), Listed("trigger").Order());
        Assert.Equal(SubjectFacts.Anchors.Concat([Anchor.Trigger, Anchor.PreviousStep]).Order(), Listed("anchor").Order());
        Assert.Equal(SubjectFacts.Exits.Order(), order.Concat(Of(defs.GetProperty("end"))).Order());

        IEnumerable<string> Listed(string def) => order.Concat(Of(defs.GetProperty(def).GetProperty("properties").GetProperty("on")));
        static IEnumerable<string> Of(JsonElement on) => on.GetProperty("anyOf").EnumerateArray().Where(o => o.TryGetProperty("enum", out _)).SelectMany(Names);
        static IEnumerable<string> Names(JsonElement of) => of.GetProperty("enum").EnumerateArray().Select(e => e.GetString()!);
    }

    [Fact]
    public void After_a_complaint_the_shop_apologises_and_asks_once_whether_it_is_mended()
    {
        var story = With(DefaultCadences.ServiceRecovery);
        story.Record(Noon, Placed("1", Noon.AddDays(-3)), new ComplaintOpened(new("c"), new("1"), Channel.Email, null, Noon));
        story.RunUntil(Noon.AddDays(3));
        Assert.Equal(Noon.AddHours(1), story.SentAt("apology"));

        story.Record(Noon.AddDays(3), Resolved("c", Noon.AddDays(3)));
        story.RunUntil(Noon.AddDays(90));

        Assert.Equal(Noon.AddDays(5), story.SentAt("mended"));
        Assert.Equal(2, story.Of<MessageAttempted>().Count());
        Assert.False(story.FollowUp.IsRunning);
    }

    [Fact]
    public void A_complaint_that_is_settled_at_once_needs_no_apology()
    {
        var story = With(DefaultCadences.ServiceRecovery);
        story.Record(Noon, Complained("c", Noon));
        story.Record(Noon.AddMinutes(30), Resolved("c", Noon.AddMinutes(30)));

        story.RunUntil(Noon.AddDays(90));

        Assert.Equal(Reason.Exited, story.Step("apology").Reason);
        Assert.Equal(Noon.AddDays(2).AddMinutes(30), story.SentAt("mended"));
    }

    [Theory]
    [InlineData(1, 2, 2)]
    [InlineData(2, 5, 0)]
    [InlineData(4, 4, 0)]
    public void After_a_low_rating_the_shop_apologises_unless_it_gets_better_first(int stars, int anHourLater, int messages)
    {
        var story = With(DefaultCadences.ServiceRecovery);
        story.Record(Noon, Stars(stars, Noon));
        story.Record(Noon.AddMinutes(50), Stars(anHourLater, Noon.AddMinutes(50)));

        story.RunUntil(Noon.AddDays(90));

        Assert.Equal(messages, story.Of<MessageAttempted>().Count());
        Assert.All(story.Of<MessageQueued>(), m => Assert.Equal(Category.Service, m.Category));
    }

    [Fact]
    public void The_hold_for_a_complaint_holds_marketing_and_not_the_apology()
    {
        var story = With(DefaultCadences.ServiceRecovery, DefaultCadences.PostSale);
        story.Record(Noon, Placed("1", Noon), Delivered("1", Noon), Complained("c", Noon));

        story.RunUntil(Noon.AddDays(8));

        Assert.NotNull(story.SentAt("apology"));
        Assert.Equal(Reason.OpenComplaint, story.Customer.FollowUps.Values.Single(f => f.Cadence == "post-sale").StepOf("review-request").Reason);
    }

    [Theory]
    [InlineData(ConsentBasis.OptIn, StepStatus.Sent, null)]
    [InlineData(ConsentBasis.SoftOptIn, StepStatus.Skipped, Reason.NoConsent)]
    public void An_abandoned_checkout_is_asked_once_with_an_opt_in(ConsentBasis basis, StepStatus status, Reason? reason)
    {
        var story = new Story();
        story.Shop = story.Shop with { Cadences = [DefaultCadences.CheckoutHelp], SoftOptIn = true };
        story.Learn(Noon, Personal.FromSeal("ada@example.org"));
        story.Record(Noon, new ConsentGiven(Channel.Email, Purpose.Marketing, basis, "test", null, Noon), Placed("0", Noon.AddDays(-100)), Begun("c", Noon));

        story.RunUntil(Noon.AddDays(90));

        Assert.Equal((status, reason, status == StepStatus.Sent ? Noon.AddHours(4) : null), (story.Step("help").Status, story.Step("help").Reason, story.SentAt("help")));
    }

    [Fact]
    public void A_checkout_that_became_an_order_is_left_alone()
    {
        var story = With(DefaultCadences.CheckoutHelp);
        story.Record(Noon, Begun("c", Noon));
        story.Record(Noon.AddHours(1), Placed("1", Noon.AddHours(1)));

        story.RunUntil(Noon.AddDays(90));

        Assert.Empty(story.Of<MessageQueued>());
        Assert.Equal(Reason.GoalReached, story.FollowUp.EndedFor);
    }

    [Theory]
    [InlineData(Channel.Email, "2026-03-06T16:00:00Z", "2026-03-09T10:00:00Z")]
    [InlineData(Channel.Messaging, "2026-03-06T16:00:00Z", "2026-03-06T16:11:15Z")]
    [InlineData(Channel.Email, "2026-03-08T02:00:00Z", "2026-03-09T11:00:00Z")]
    public void An_unanswered_question_alerts_the_shop_when_three_quarters_of_its_target_have_passed_in_business_hours(Channel channel, string asked, string alerted)
    {
        var (story, at) = (With(DefaultCadences.OwedAnswer), Instant(asked));
        story.Shop = story.Shop with { AlertEmail = "team@shop.example" };
        story.Record(at, Objected(at), Complained("c", at), Question(channel, at));

        story.RunUntil(at.AddDays(9));

        var alert = Assert.Single(story.Of<MessageAttempted>());
        Assert.Equal((Instant(alerted), null), (alert.OccurredAt, alert.To));
        Assert.Equal((true, "it"), (story.Of<MessageQueued>().Single().IsForShop, story.Of<MessageQueued>().Single().Language));
        Assert.Equal((Reason.NoAddress, "the shop has no alertUrl"), (story.Step("webhook").Reason, story.Of<StepSkipped>().Single().Checks.First(c => !c.Passed).Evidence));
    }

    [Fact]
    public void An_answer_in_time_ends_the_alert_at_once()
    {
        var story = With(DefaultCadences.OwedAnswer);
        story.Shop = story.Shop with { AlertEmail = "team@shop.example", AlertUrl = "https://shop.example/alerts" };
        story.Record(Noon, Question(Channel.Email, Noon));
        story.Record(Noon.AddHours(2), new ContactAnswered("a", new("t"), Channel.Email, null, Noon.AddHours(2)));

        story.RunUntil(Noon.AddDays(9));

        Assert.Empty(story.Of<MessageQueued>());
        Assert.Equal(Reason.GoalReached, story.FollowUp.EndedFor);
    }

    [Fact]
    public void Only_an_unanswered_question_alerts_the_shop_and_asks_nobody_for_consent()
    {
        var owed = DefaultCadences.OwedAnswer;
        Assert.Equal(["/steps/0/to", "/steps/0/anchor/ofTarget", "/steps/1/to", "/steps/1/anchor/ofTarget"], Pointers(owed with { Trigger = new("order-placed") }));
        Assert.Equal(["/steps/0/category", "/steps/0/anchor/ofTarget"], Pointers(owed with { Steps = [owed.Steps[0] with { Category = Category.Marketing, Anchor = new("trigger", 1) { OfTarget = 0.5 } }] }));
        Assert.Equal(["/steps/0/channel"], Pointers(owed with { Steps = [owed.Steps[0] with { Channel = Channel.Phone }, owed.Steps[1] with { To = StepRecipient.Customer }] }));
        Assert.Equal(["/steps/0/anchor/ofTarget"], Pointers(owed with { Steps = [owed.Steps[0] with { Anchor = new("trigger") { OfTarget = 1.5 } }] }));
    }

    private static IEnumerable<string> Pointers(CadenceDocument document) => CadenceValidator.Validate(document).Select(e => e.Pointer);

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static ReviewPosted Stars(int stars, DateTimeOffset at) => new("v", stars, null, null, Channel.Web, null, at);

    private static CheckoutStarted Begun(string checkout, DateTimeOffset at) => new(checkout, null, null, [], at);

    private static ContactMade Question(Channel channel, DateTimeOffset at) => new("k", new("t"), channel, Direction.Inbound, Stage.Information, null, true, null, at);

    private static Story With(params CadenceDocument[] documents)
    {
        var story = Consenting(Noon.AddDays(-40));
        story.Shop = story.Shop with { Cadences = documents };
        return story;
    }
}
