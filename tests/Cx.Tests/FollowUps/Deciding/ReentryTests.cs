using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>When a cadence starts again for somebody for whom it began before.</summary>
public sealed class ReentryTests
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private static readonly CadenceDocument Thanks = DefaultCadences.PostSale with { Steps = [DefaultCadences.PostSale.Steps[0]] };

    [Fact]
    public void Without_a_rule_it_starts_once_for_each_order()
    {
        var story = With(null);
        story.Record(Monday.AddDays(1), Placed("o-1", Monday), Placed("o-2", Monday.AddDays(1)));

        Assert.Equal(2, story.Customer.FollowUps.Count);
    }

    [Fact]
    public void Once_is_once_for_ever_whatever_has_ended_and_whichever_version_began_it()
    {
        var story = With(new(Once: true));
        story.RunUntil(Monday.AddDays(1));
        Assert.False(story.FollowUp.IsRunning);
        story.Publish(Thanks with { Version = 2, Reentry = new(Once: true) }, RunningChoice.Stay);

        story.Record(Monday.AddDays(700), Placed("o-2", Monday.AddDays(700)));

        Assert.Single(story.Customer.FollowUps);
    }

    [Fact]
    public void None_starts_while_another_runs_and_one_does_as_soon_as_that_has_ended()
    {
        var story = With(new(WhileRunning: false));
        story.Record(Monday, Placed("o-2", Monday));
        Assert.Single(story.Customer.FollowUps);

        story.RunUntil(Monday.AddDays(1));
        story.Record(Monday.AddDays(1), Placed("o-3", Monday.AddDays(1)));

        Assert.Equal(["o-1", "o-3"], story.Customer.FollowUps.Values.Select(f => f.Order!.Value.Value).Order());
    }

    [Fact]
    public void None_starts_before_so_long_after_the_last_began()
    {
        var story = With(new(After: TimeSpan.FromDays(90)));
        story.RunUntil(Monday.AddDays(1));
        story.Record(Monday.AddDays(90).AddMinutes(-1), Placed("o-2", Monday.AddDays(90).AddMinutes(-1)));
        Assert.Single(story.Customer.FollowUps);

        story.Record(Monday.AddDays(90), Placed("o-3", Monday.AddDays(90)));
        story.Record(Monday.AddDays(100), Placed("o-4", Monday.AddDays(100)));

        Assert.Equal(["o-1", "o-3"], story.Customer.FollowUps.Values.Select(f => f.Order!.Value.Value).Order());
    }

    [Fact]
    public void Of_two_orders_that_come_together_one_starts_it()
    {
        var story = With(new(Once: true), begun: false);

        story.Record(Monday, Placed("o-1", Monday), Placed("o-2", Monday));

        Assert.Single(story.Of<FollowUpStarted>());
    }

    [Fact]
    public void Another_cadence_is_not_concerned_and_an_order_that_was_somebody_elses_has_begun_nothing()
    {
        var story = With(new(Once: true));
        story.Shop = story.Shop with { Cadences = [Thanks with { Slug = "vip", Reentry = new(Once: true) }, .. story.Shop.Cadences] };
        story.Record(Monday, Placed("o-2", Monday));
        Assert.Equal(["post-sale", "vip"], story.Customer.FollowUps.Values.Select(f => f.Cadence).Order());

        var id = story.Customer.FollowUps.Single(f => f.Value.Cadence == "post-sale").Key;
        story.Commit(Monday.AddDays(1), _ => [new FollowUpEnded(id, Reason.OrderReassigned, "order-reassigned", Monday.AddDays(1))]);
        story.Record(Monday.AddDays(1), Placed("o-3", Monday.AddDays(1)));

        Assert.Equal(2, story.Of<FollowUpStarted>().Count(f => f.Cadence == "post-sale"));
    }

    private static Story With(Reentry? rule, bool begun = true)
    {
        var story = Consenting(Monday);
        story.Shop = story.Shop with { Cadences = [Thanks with { Reentry = rule }] };
        if (begun)
            story.Record(Monday, Placed("o-1", Monday));
        return story;
    }
}
