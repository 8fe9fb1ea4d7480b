using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Reporting;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Deciding;
using Cx.Tests.Offers;
using FsCheck;
using FsCheck.Fluent;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Reporting;

/// <summary>The counts of reports, and what they are computed from.</summary>
public sealed class ReportViewTests
{
    private const string Stream = "customer-c-1";

    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero);

    private static readonly (string, IEvent) Configured = ("shop", new ShopConfigured(new("Demo", "Europe/Rome", ["it"]), Noon.AddDays(-1)));

    [Fact]
    public void Each_step_is_counted_by_what_became_of_it_on_the_day_on_which_its_follow_up_started()
    {
        var story = Consenting(Noon);
        var late = new DateTimeOffset(2026, 3, 2, 23, 30, 0, TimeSpan.Zero);
        story.Record(Noon, Placed("o-1", Noon));
        story.RunUntil(Noon.AddHours(1));
        story.Record(late, Placed("o-2", late), Cancelled("o-2", late), Delivered("o-1", late));
        story.RunUntil(Noon.AddDays(60));

        var rows = Folded(story);

        var first = Assert.Single(CadenceReport.Of([Day(rows, "2026-03-02")]));
        Assert.Equal(1, first.Version);
        var steps = first.Steps.ToDictionary(s => s.Step);
        Assert.Equal((1, 1, 0, 0), (steps["thank-you"].Due, steps["thank-you"].Sent, steps["thank-you"].Held, steps["thank-you"].Failed));
        Assert.Equal((1, 1, 1), (steps["review-request"].Due, steps["review-request"].Sent, steps["review-request"].Held));
        // In the shop's zone it was the day after.
        var second = Assert.Single(CadenceReport.Of([Day(rows, "2026-03-03")]));
        Assert.All(second.Steps, s => Assert.Equal(("order-cancelled", 1L), (s.Skipped.Single().Key, s.Skipped.Single().Value)));
        Assert.Equal((1, 0), (second.Goals.Single().Treated.FollowUps, second.Goals.Single().Treated.Reached));
    }

    [Theory]
    [InlineData("o-1", 30, true)]
    [InlineData("o-2", 30, false)]
    [InlineData(null, 30, true)]
    [InlineData("o-1", 91, false)]
    [InlineData("o-1", -1, false)]
    public void The_goal_counts_for_the_treated_and_the_control_group_alike_within_ninety_days(string? order, int days, bool reached)
    {
        foreach (var share in new[] { 0.0, 1.0 })
        {
            var story = Consenting(Noon);
            story.Shop = story.Shop with { Cadences = [DefaultCadences.PostSale with { ControlShare = share }] };
            story.Record(Noon, Placed("o-1", Noon));
            story.RunUntil(Noon.AddDays(2));

            var goal = Assert.Single(CadenceReport.Of([Day(Folded(story, (Stream, Reviewed(order, Noon.AddDays(days)))), "2026-03-02")])).Goals.Single();

            var (group, other) = share == 0 ? (goal.Treated, goal.Control) : (goal.Control, goal.Treated);
            Assert.Equal((1, reached ? 1 : 0, 0), (group.FollowUps, group.Reached, other.FollowUps));
            Assert.Null(goal.Difference);
        }
    }

    [Fact]
    public void What_a_linked_record_does_reaches_the_goal_too_and_is_its_own_once_parted()
    {
        var (one, two) = (new CustomerId("c-1"), new CustomerId("c-2"));
        var story = Consenting(Noon);
        story.Record(Noon, Placed("o-1", Noon));
        (string, IEvent) linked = (Stream, new CustomersLinked(one, two, Noon)), parted = (Stream, new CustomersUnlinked(one, two, Noon)), review = ("customer-c-2", Reviewed(null, Noon.AddDays(1)));

        Assert.Equal(1, Reached(linked, review));
        Assert.Equal(0, Reached(linked, parted, review));

        long Reached(params (string, IEvent)[] then) => CadenceReport.Of([Day(Folded(story, then), "2026-03-02")]).Single().Goals.Single().Treated.Reached;
    }

    [Fact]
    public void An_erased_customer_leaves_nothing_behind() => Holds(story =>
    {
        var rows = Folded(story, (Stream, new CustomerErased("test", Noon.AddDays(900))));

        Assert.Equal([ReportKeys.Zone], rows.Rows.Keys);
    });

    [Fact]
    public void The_counts_are_the_sum_over_all_follow_ups_and_a_rebuild_gives_the_same() => Holds(story =>
    {
        var (rows, again) = (Folded(story), Folded(story));

        var followUps = rows.Rows.Values.OfType<ReportedFollowUp>().ToList();
        Assert.Equal(story.Customer.FollowUps.Count, followUps.Count);
        foreach (var day in followUps.GroupBy(f => f.Day))
        {
            var version = CadenceReport.Of([Day(rows, day.Key)]).Single();
            Assert.Equal(day.Count(), version.Goals.Sum(g => g.Treated.FollowUps));
            Assert.Equal(day.Sum(f => f.Steps.Values.Count(s => s.IsSent)), version.Steps.Sum(s => s.Sent));
            Assert.Equal(day.Sum(f => f.Steps.Values.Count(s => s.Skipped is not null)), version.Steps.Sum(s => s.Skipped.Values.Sum()));
            Assert.Equal(Day(rows, day.Key).Counts, Day(again, day.Key).Counts);
        }

        Assert.Equal(story.Customer.FollowUps.Values.Sum(f => f.Steps.Values.Count(s => s.Status == StepStatus.Sent)), followUps.Sum(f => f.Steps.Values.Count(s => s.IsSent)));
    });

    // The examples of Newcombe (1998), table II.
    [Theory]
    [InlineData(56, 70, 48, 80, 0.2, 0.0524, 0.3339)]
    [InlineData(9, 10, 3, 10, 0.6, 0.1705, 0.8090)]
    [InlineData(6, 7, 2, 7, 0.5714, 0.0582, 0.8062)]
    [InlineData(0, 10, 0, 20, 0, -0.1611, 0.2775)]
    public void The_interval_is_that_of_newcombe(long reached, long all, long otherReached, long others, double value, double low, double high)
    {
        var difference = DifferenceOfProportions.Of(reached, all, otherReached, others)!.Value;

        Assert.Equal((value, low, high), (Math.Round(difference.Value, 4), Math.Round(difference.Low, 4), Math.Round(difference.High, 4)));
        Assert.Null(DifferenceOfProportions.Of(0, 0, otherReached, others));
    }

    private static MemoryRows Folded(Story story, params (string, IEvent)[] then) =>
        MemoryRows.Fold(new ReportView(), [Configured, .. story.Log.Select(e => (Stream, (IEvent)e)).Where(e => new ReportView().Types.Contains(EventCatalog.NameOf(e.Item2))), .. then]);

    private static ReportedDay Day(MemoryRows rows, string day) => rows.Get<ReportedDay>(ReportKeys.Day("post-sale", day))!;

    private static void Holds(Action<Story> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Chapters.Any.ToArbitrary(), (Chapter[] chapters) => property(Chapters.Run(chapters))));
}
