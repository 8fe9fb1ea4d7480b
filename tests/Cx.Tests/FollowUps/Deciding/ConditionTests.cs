using System.Text.Json;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>Triggers and steps that ask for facts, delays by days and hours, and days of the week.</summary>
public sealed class ConditionTests
{
    // The Friday before the clocks go forward in Rome.
    private static readonly DateTimeOffset Friday = new(2026, 3, 27, 10, 0, 0, TimeSpan.Zero);

    private static readonly CadenceDocument Post = DefaultCadences.PostSale;

    [Theory]
    [InlineData("""{"fact": "order-total", "is": "at-least", "value": 50}""", true)]
    [InlineData("""{"fact": "order-total", "is": "at-least", "value": 50.01}""", false)]
    [InlineData("""{"fact": "order-total", "is": "not-equal", "value": 50}""", false)]
    [InlineData("""{"fact": "order-currency", "is": "one-of", "value": ["CHF", "eur"]}""", true)]
    [InlineData("""{"fact": "order-categories", "is": "one-of", "value": ["Shoes", "hats"]}""", true)]
    [InlineData("""{"fact": "order-categories", "is": "none-of", "value": ["shoes"]}""", false)]
    [InlineData("""{"fact": "first-order", "is": "equal", "value": true}""", true)]
    [InlineData("""{"fact": "first-order", "is": "not-equal", "value": true}""", false)]
    [InlineData("""{"fact": "order-channel", "is": "equal", "value": "web"}""", false)]
    [InlineData("""{"fact": "order-channel", "is": "not-equal", "value": "web"}""", false)]
    [InlineData("""{"fact": "order-channel", "is": "none-of", "value": ["web"]}""", false)]
    [InlineData("""{"fact": "order-channel", "is": "unknown"}""", true)]
    [InlineData("""{"fact": "order-channel", "is": "known"}""", false)]
    [InlineData("""{"fact": "product-tags", "is": "unknown"}""", true)]
    [InlineData("""{"fact": "relation", "is": "equal", "value": "buyer"}""", true)]
    public void A_trigger_starts_what_its_conditions_let_start_and_of_what_is_unknown_only_unknown_holds(string condition, bool starts)
    {
        var story = With(Post with { Trigger = new("order-placed", [Condition(condition)]) });

        story.Record(Friday, Placed("o-1", Friday));

        Assert.Equal(starts, story.Customer.FollowUps.Count == 1);
    }

    [Fact]
    public void The_fallback_trigger_starts_what_the_trigger_has_not_and_only_once()
    {
        var story = With(Post with { Trigger = new("order-placed", [Condition("""{"fact": "order-total", "is": "at-least", "value": 100}""")]), FallbackTrigger = new("order-delivered") });

        story.Record(Friday, Placed("o-1", Friday));
        Assert.Empty(story.Customer.FollowUps);
        story.Record(Friday.AddDays(1), Delivered("o-1", Friday.AddDays(1)));
        story.Record(Friday.AddDays(2), Delivered("o-1", Friday.AddDays(2)));

        Assert.Equal("order-delivered", Assert.Single(story.Of<FollowUpStarted>()).Trigger);
        story.Wake(Friday.AddDays(2));
        Assert.Equal(StepStatus.Queued, story.Step("thank-you").Status);
    }

    [Fact]
    public void A_step_whose_condition_does_not_hold_is_skipped_with_what_it_saw()
    {
        var story = With(Post with { Steps = [Post.Steps[0] with { Conditions = [Condition("""{"fact": "order-total", "is": "at-least", "value": 60}""")] }, .. Post.Steps.Skip(1)] });
        story.Record(Friday, Placed("o-1", Friday));

        story.Wake(Friday);

        var skipped = Assert.Single(story.Of<StepSkipped>());
        Assert.Equal(Reason.ConditionFalse, skipped.Reason);
        Assert.Equal("order-total is 50, not at-least 60", skipped.Checks.Single(c => c.Policy == "conditions").Evidence);
    }

    [Fact]
    public void A_condition_is_looked_at_again_when_the_message_is_sent()
    {
        var story = With(Post with { Steps = [Post.Steps[0] with { Conditions = [Condition("""{"fact": "first-order", "is": "equal", "value": true}""")] }] });
        story.Record(Friday, Placed("o-1", Friday));
        story.Wake(Friday);
        story.Record(Friday.AddMinutes(1), Placed("o-2", Friday));

        story.Send(Friday.AddMinutes(2));

        Assert.Equal(Reason.ConditionFalse, story.Of<MessageWithdrawn>().First().Reason);
        Assert.Empty(story.Of<MessageAttempted>());
    }

    [Theory]
    [InlineData("P2D", "2026-03-29T09:00:00Z")]
    [InlineData("PT48H", "2026-03-29T10:00:00Z")]
    [InlineData("P1DT12H", "2026-03-28T22:00:00Z")]
    [InlineData("P1W", "2026-04-03T09:00:00Z")]
    public void Days_of_a_delay_keep_the_local_time_and_hours_pass_by_the_clock(string delay, string due)
    {
        var story = With(Post with { Steps = [Post.Steps[0] with { Anchor = new(Anchor.Trigger, Delay: Delay.Parse(delay)) }] });

        story.Record(Friday, Placed("o-1", Friday));

        Assert.Equal(DateTimeOffset.Parse(due, System.Globalization.CultureInfo.InvariantCulture), story.NextDue);
        Assert.Equal(delay is "P1W" ? "P7D" : delay, Delay.Parse(delay)!.Value.ToString());
    }

    [Theory]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1M")]
    [InlineData("P1Y")]
    [InlineData("-P1D")]
    [InlineData("1 day")]
    public void What_is_no_delay_of_fixed_length_is_none(string text) => Assert.Null(Delay.Parse(text));

    [Fact]
    public void A_step_for_certain_days_waits_for_the_next_of_them_also_when_quiet_hours_carry_it_into_another()
    {
        IReadOnlyList<Weekday> weekdays = [Weekday.Monday, Weekday.Tuesday, Weekday.Wednesday, Weekday.Thursday, Weekday.Friday];
        var story = With(Post with { Steps = [Post.Steps[1] with { Anchor = new(Anchor.Trigger, 1), FallbackAnchor = null, Weekdays = weekdays }] });
        story.Record(Friday, Placed("o-1", Friday));
        Assert.Equal(new DateTimeOffset(2026, 3, 30, 9, 0, 0, TimeSpan.Zero), story.NextDue);

        var late = With(Post with { Steps = [Post.Steps[1] with { Anchor = new(Anchor.Trigger), FallbackAnchor = null, Weekdays = weekdays }] });
        late.Record(Friday.AddHours(11), Placed("o-1", Friday.AddHours(11)));
        late.RunUntil(Friday.AddDays(20));
        Assert.Equal(new DateTimeOffset(2026, 3, 30, 6, 0, 0, TimeSpan.Zero), late.SentAt("review-request"));
    }

    [Fact]
    public void Neither_a_request_for_a_review_nor_an_incentive_may_depend_on_how_content_somebody_is()
    {
        Condition happy = Condition("""{"fact": "rating", "is": "at-least", "value": 4}"""), calm = Condition("""{"fact": "open-complaints", "is": "equal", "value": 0}""");
        Assert.Equal(
            ["/steps/1/conditions/0/fact", "/steps/2/anchor/on", "/steps/3/conditions/0/fact"],
            Pointers(Post with { Steps = [Post.Steps[0], Post.Steps[1] with { Conditions = [happy] }, Post.Steps[2], Post.Steps[3] with { Conditions = [calm] }] }));
        Assert.Equal(["/trigger/conditions/0/fact"], Pointers(Post with { Trigger = new("order-placed", [calm]) }));
        Assert.Equal(["/fallbackTrigger/conditions/0/fact"], Pointers(Post with { FallbackTrigger = new("order-delivered", [happy]) }));
        Assert.Equal(
            ["/steps/2/anchor/on"],
            Pointers(Post with { Steps = [Post.Steps[0], new("glad", StepKind.Message, new(Anchor.Trigger), null, Channel.Email, Category.Service, "thank-you", Conditions: [happy]), Post.Steps[2]], Exits = [] }));
        Assert.Empty(Pointers(Post with { Steps = [Post.Steps[0] with { Conditions = [happy] }], Exits = [] }));
    }

    [Fact]
    public void Every_fault_of_a_condition_is_told()
    {
        string[] conditions =
        [
            """{"fact": "weather", "is": "equal", "value": 1}""", """{"fact": "order-total", "is": "one-of", "value": ["1"]}""", """{"fact": "order-total", "is": "equal", "value": "1"}""",
            """{"fact": "country", "is": "one-of", "value": []}""", """{"fact": "first-order", "is": "equal", "value": 1}""", """{"fact": "country", "is": "known", "value": "IT"}""",
            """{"fact": "language", "is": "equal"}""",
        ];
        Assert.Equal(
            ["/trigger/conditions/0/fact", "/trigger/conditions/1/is", .. Enumerable.Range(2, 5).Select(i => $"/trigger/conditions/{i}/value")],
            Pointers(Post with { Trigger = new("order-placed", [.. conditions.Select(Condition)]) }));
        Assert.Equal(["/fallbackTrigger/on", "/steps/0/weekdays", "/steps/0/anchor/delay"], Pointers(Post with
        {
            FallbackTrigger = new("order-placed"),
            Steps = [Post.Steps[0] with { Weekdays = [], Anchor = new(Anchor.Trigger, 1, new(2, default)) }, .. Post.Steps.Skip(1)],
        }));
    }

    [Fact]
    public void The_catalogue_says_what_each_fact_is() => Assert.All(Facts.All, f => Assert.True(
        f.Meaning.EndsWith('.') && f.UnknownWhen.Length > 0 && (f.Type == FactType.Number) == (f.Unit is not null) && f.Comparisons.Contains(Comparison.Unknown), f.Name));

    private static IEnumerable<string> Pointers(CadenceDocument document) => CadenceValidator.Validate(document).Select(e => e.Pointer);

    private static Condition Condition(string json) => JsonSerializer.Deserialize<Condition>(json, EventCatalog.Json)!;

    private static Story With(CadenceDocument document)
    {
        var story = Consenting(Friday.AddDays(-1));
        story.Shop = story.Shop with { Cadences = [document] };
        return story;
    }
}
