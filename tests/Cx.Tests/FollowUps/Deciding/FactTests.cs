using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Customers;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>Facts whose words are sealed, and facts that all of a customer's history is read for.</summary>
public sealed class FactTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero);

    private static readonly HashId Hash = word => $"h({word.Length}{word[^1]})";

    [Theory]
    [InlineData("order-tags", "one-of", "VIP", true)]
    [InlineData("order-tags", "none-of", "vip", false)]
    [InlineData("order-tags", "one-of", "other", false)]
    [InlineData("customer-tags", "one-of", " Wholesale", true)]
    [InlineData("customer-tags", "one-of", "vip", false)]
    public void Tags_are_compared_by_the_hashes_that_a_published_cadence_holds(string fact, string comparison, string word, bool starts)
    {
        var cadence = DefaultCadences.PostSale with { Trigger = new("order-placed", [Condition($$"""{"fact": "{{fact}}", "is": "{{comparison}}", "value": ["{{word}}"]}""")]) };
        var story = Consenting(Noon);
        story.Shop = story.Shop with { Cadences = [cadence.Hashed(Hash)] };
        story.Record(Noon, new CustomerDetailsLearned(null, null, null, null, null, null, null, null, null, null, null, Noon) { Tags = Labels.Hashed("wholesale", Hash) });

        story.Record(Noon, Placed("o-1", Noon) with { Traits = new(null, null, Labels.Hashed("vip, gift", Hash), null) });

        Assert.Equal(starts, story.Customer.FollowUps.Count == 1);
        Assert.Null(cadence.Hashed(Hash).Unhashed().Trigger.Conditions![0].Hashes);
    }

    [Fact]
    public void What_is_noted_of_tags_is_how_many_there_are()
    {
        var cadence = DefaultCadences.PostSale with { Steps = [DefaultCadences.PostSale.Steps[0] with { Conditions = [Condition("""{"fact": "order-tags", "is": "one-of", "value": ["Rossi", "Bianchi"]}""")] }], Exits = [] };
        var story = Consenting(Noon);
        story.Shop = story.Shop with { Cadences = [cadence.Hashed(Hash)] };
        story.Record(Noon, Placed("o-1", Noon) with { Traits = new(null, null, Labels.Hashed("vip, gift, new", Hash), null) });

        story.Wake(Noon);

        Assert.Equal("order-tags is [3], not one-of [2]", story.Of<StepSkipped>().Single().Checks.Single(c => c.Policy == "conditions").Evidence);
    }

    [Theory]
    [InlineData("nps", "at-least", 9, true)]
    [InlineData("nps", "at-most", 8, false)]
    [InlineData("csat", "known", null, false)]
    [InlineData("days-since-last-order", "at-least", 300, true)]
    [InlineData("days-since-last-order", "at-most", 299, false)]
    [InlineData("score", "at-least", 75, true)]
    [InlineData("score", "at-most", 75, false)]
    public void What_the_whole_history_says_decides_the_same_where_little_of_it_is_loaded(string fact, string comparison, int? value, bool starts)
    {
        var condition = Condition($$"""{"fact": "{{fact}}", "is": "{{comparison}}"{{(value is null ? "" : $", \"value\": {value}")}}}""");
        var stored = new StoredState(new("c-1"));
        var story = Consenting(Noon);
        story.Shop = story.Shop with { Cadences = [DefaultCadences.PostSale with { Trigger = new("order-placed", [condition]) }] };
        var later = Noon.AddDays(300);
        (DateTimeOffset At, ICustomerEvent Fact)[] told =
        [
            (Noon, new FeedbackGiven("f-1", FeedbackKind.Nps, 10, null, Channel.Email, Stage.PostSale, null, Noon)), (Noon, Placed("o-1", Noon) with { IsHistory = true }), (later, Placed("o-2", later)),
        ];
        foreach (var (at, e) in told)
        {
            story.Record(at, e);
            stored.Transact(StateQuery.Of([e]), story.Shop, at, c => Recording.Decide(c, story.ContextAt(at), [e]));
        }

        Assert.Equal(starts, story.Of<FollowUpStarted>().Any(f => f.Order == new OrderId("o-2")));
        Assert.Equal(starts, stored.Whole.FollowUps.Values.Any(f => f.Order == new OrderId("o-2")));
    }

    [Fact]
    public void A_step_that_asks_for_the_score_is_decided_with_everything_loaded_and_is_unknown_of_whoever_objects()
    {
        var step = DefaultCadences.PostSale.Steps[0] with { Conditions = [Condition("""{"fact": "score", "is": "unknown"}""")] };
        var story = Consenting(Noon);
        story.Shop = story.Shop with { Cadences = [DefaultCadences.PostSale with { Steps = [step], Exits = [] }] };
        var stored = new StoredState(new("c-1"));
        ICustomerEvent[] told = [Placed("o-1", Noon), new ProfilingObjected("test", Noon)];
        stored.Transact(StateQuery.Of(told), story.Shop, Noon, c => Recording.Decide(c, story.ContextAt(Noon), told));
        var before = stored.FurtherLoads;

        stored.Open(story.Shop);
        story.Record(Noon, told);
        story.Wake(Noon);

        Assert.Equal(before + 1, stored.FurtherLoads);
        Assert.Contains(story.Of<MessageQueued>().Single().Checks, c => c is { Policy: "conditions", Passed: true });
    }

    private static Condition Condition(string json) => JsonSerializer.Deserialize<Condition>(json, EventCatalog.Json)!;
}
