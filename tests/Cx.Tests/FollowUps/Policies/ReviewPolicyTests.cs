using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Deciding;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Policies;

/// <summary>Who is asked for a review, about what, and when.</summary>
public sealed class ReviewPolicyTests
{
    private static readonly DateTimeOffset Day0 = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);
    private static readonly HashId Hash = word => $"h{word.Length}{word[^1]}";

    [Fact]
    public void What_the_policy_excludes_is_not_asked_about_with_the_reason()
    {
        Excluded(new() { Products = ["p-1"] }, Order(Line("p-1")), Reason.ProductExcluded, "p-1: the product is excluded");
        Excluded(new() { Collections = ["Samples"] }, Order(Line("p-1") with { Collections = Labels.Of(["samples"]) }), Reason.CollectionExcluded, "p-1: the collection Samples is excluded");
        Excluded(new() { DigitalGoods = true }, Order(Line("p-1") with { Kind = LineKind.Digital }), Reason.DigitalExcluded, "p-1: digital goods are excluded");
        Excluded(new() { Renewals = true }, Order(Line("p-1")) with { Traits = new(null, true, null, null) }, Reason.RenewalExcluded, "the order renews a subscription");
        Excluded(new() { SalesChannels = ["POS"] }, Order(Line("p-1")) with { Traits = new("pos", null, null, null) }, Reason.ChannelExcluded, "the order was made by pos, which is excluded");
        Excluded(
            new() { OrderTags = ["Staff"] }, Order(Line("p-1")) with { Traits = new(null, null, Labels.Hashed("x, staff", Hash), null) }, Reason.OrderTagged, "the order has a tag that is excluded");
    }

    [Fact]
    public void A_tag_of_the_customer_excludes_the_customer()
    {
        var story = Asking(new() { Exclude = new() { CustomerTags = ["VIP"] } });
        story.Record(Day0, new CustomerDetailsLearned(null, null, null, null, null, null, null, null, null, null, null, Day0) { Tags = Labels.Hashed("vip", Hash) });
        Bought(story, Order(Line("p-1")));

        Assert.Equal(Reason.CustomerTagged, story.RunUntil(Day(60)).Step("review-request").Reason);
    }

    [Theory]
    [InlineData(20.01, "EUR", Reason.ValueTooLow)]
    [InlineData(20, "EUR", null)]
    [InlineData(100, "USD", null)]
    public void An_order_of_less_than_the_minimum_is_not_asked_about(decimal least, string currency, Reason? reason)
    {
        var story = Bought(Asking(new() { MinimumValue = new Money(least, currency) }), Order(Line("p-1")) with { Total = new Money(20, "EUR") }).RunUntil(Day(60));
        Assert.Equal(reason, story.Step("review-request").Reason);
    }

    [Fact]
    public void What_is_left_of_an_order_is_asked_about_alone_the_dearest_first()
    {
        var story = Bought(
            Asking(new() { ItemsPerRequest = 2, Exclude = new() { Products = ["p-9"] } }), Order(Line("p-1", 5), Line("p-9", 90), Line("p-3", 30), Line("p-2", 20), Line("p-4", 99) with { Kind = LineKind.GiftCard }));
        story.RunUntil(Day(60));

        Assert.Equal(["p-3", "p-2"], story.Of<MessageQueued>().Single(m => m.Step == "review-request").Items!.Select(p => p.Value));
        Assert.Equal(["p-3", "p-2"], story.Of<MessageQueued>().Single(m => m.Step == "review-reminder").Items!.Select(p => p.Value));
    }

    [Fact]
    public void The_same_product_is_asked_about_once_in_a_year()
    {
        var story = Asking(new());
        Bought(story, Order(Line("p-1")), "1");
        story.RunUntil(Day(30));
        Bought(story, Order(Line("p-1"), Line("p-2")), "2", Day(30));
        story.RunUntil(Day(60));
        Bought(story, Order(Line("p-1")), "3", Day(60));
        story.RunUntil(Day(371));
        Bought(story, Order(Line("p-1")), "4", Day(371));
        story.RunUntil(Day(500));

        Assert.Equal(["p-1", "p-2", "p-1"], story.Of<MessageQueued>().Where(m => m.Step == "review-request").Select(m => Assert.Single(m.Items!).Value));
        var skipped = story.Of<StepSkipped>().Single(s => s is { Step: "review-request" });
        Assert.Equal((Reason.ProductAskedLately, "p-1: asked about on 2026-03-09T09:30:00Z"), (skipped.Reason, skipped.Checks.Single(c => c.Policy == "review").Evidence));
    }

    [Fact]
    public void A_request_that_was_withdrawn_did_not_ask()
    {
        var story = Asking(new());
        Bought(story, Order(Line("p-1")));
        story.RunUntil(Day(6)).Wake(Day(7));
        story.Record(Day(7), Cancelled("1", Day(7)));

        Assert.Empty(story.Customer.ReviewRequests);
        Bought(story, Order(Line("p-1")), "2", Day(7));
        Assert.NotNull(story.RunUntil(Day(30)).SentAt("review-request"));
    }

    [Fact]
    public void What_is_excluded_while_the_message_waits_is_taken_out_of_it()
    {
        var story = Asking(new());
        Bought(story, Order(Line("p-1"), Line("p-2")));
        story.RunUntil(Day(6)).Wake(Day(7));
        story.Shop = story.Shop with { Policy = story.Shop.Policy with { Reviews = new() { Exclude = new() { Products = ["p-1"] } } } };
        story.Send(Day(7));
        story.RunUntil(Day(7));

        Assert.Single(story.Of<MessageWithdrawn>(), w => w is { Final: false, Reason: Reason.ProductExcluded });
        Assert.Equal(["p-2"], story.Of<MessageQueued>().Last().Items!.Select(p => p.Value));
        Assert.NotNull(story.SentAt("review-request"));
    }

    [Theory]
    [InlineData("AU", "p-1", 21)]
    [InlineData("AU", "p-2", 60)]
    [InlineData("IT", "p-2", 60)]
    [InlineData("IT", "p-1", 7)]
    public void A_request_waits_as_long_as_the_country_and_the_product_want(string country, string product, int days)
    {
        var story = Asking(new() { Delays = [new(21, Country: "AU"), new(60, Products: ["p-2"]), new(3, Country: "IT")] });
        story.Learn(Day0, country: country, timeZone: "Europe/Rome");
        Bought(story, Order(Line(product)));

        Assert.Equal(DateOnly.FromDateTime(Day(days).Date), DateOnly.FromDateTime(story.RunUntil(Day(70)).SentAt("review-request")!.Value.Date));
    }

    [Fact]
    public void An_order_that_waits_longer_is_not_asked_about_together_with_another()
    {
        var story = Asking(new() { Delays = [new(60, Products: ["p-2"])] });
        Bought(story, Order(Line("p-1")), "1");
        Bought(story, Order(Line("p-2")), "2");
        story.RunUntil(Day(30));

        Assert.Equal(["1"], story.Of<MessageQueued>().Where(m => m.Step == "review-request").Select(m => m.Order!.Value.Value));
        Assert.Null(story.Of<MessageQueued>().Single(m => m.Step == "review-request").Together);
    }

    [Fact]
    public void Every_decision_tells_the_version_of_the_policy()
    {
        var story = Asking(new());
        story.Shop = story.Shop with { Policy = story.Shop.Policy with { Version = 3 } };
        Bought(story, Order(Line("p-1")));

        Assert.Equal("version 3", story.RunUntil(Day0).Of<MessageQueued>().First().Checks.Single(c => c.Policy == "contact-policy").Evidence);
    }

    private static void Excluded(ReviewExclusions exclude, OrderPlaced order, Reason reason, string evidence)
    {
        var skipped = Bought(Asking(new() { Exclude = exclude }), order).RunUntil(Day(60)).Of<StepSkipped>().Single(s => s.Step == "review-request");
        Assert.Equal((reason, evidence), (skipped.Reason, skipped.Checks.Single(c => c.Policy == "review").Evidence));
        Assert.NotNull(Bought(Asking(new()), order).RunUntil(Day(60)).SentAt("review-request"));
    }

    private static Story Asking(ReviewPolicy reviews)
    {
        var story = Consenting(Day0);
        story.Shop = story.Shop with
        {
            Policy = ContactPolicy.Default with { Reviews = reviews },
            ExcludedTags = new(Labels.Hashed(string.Join(',', reviews.Exclude.OrderTags), Hash), Labels.Hashed(string.Join(',', reviews.Exclude.CustomerTags), Hash)),
        };
        return story;
    }

    private static Story Bought(Story story, OrderPlaced order, string id = "1", DateTimeOffset? when = null)
    {
        var at = when ?? Day0;
        story.Record(at, order with { Order = new(id), OccurredAt = at, Revision = at }, Delivered(id, at));
        return story;
    }

    private static OrderPlaced Order(params OrderLine[] lines) => Placed("1", Day0) with { Lines = lines };

    private static OrderLine Line(string product, decimal price = 50) => new(new(product), null, product, 1, price, null);

    private static DateTimeOffset Day(int days) => Day0.AddDays(days);
}
