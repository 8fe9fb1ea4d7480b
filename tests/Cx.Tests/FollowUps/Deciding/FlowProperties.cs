using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;
using FsCheck;
using FsCheck.Fluent;
using static Cx.Tests.FollowUps.Deciding.ChapterProperties;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>What holds of waits and branches in every story, however its facts, wakes and attempts interleave.</summary>
public sealed class FlowProperties
{
    private static readonly CadenceDocument Cadence = FlowTests.Parcel;

    // Waits a shorter time, asks on no path, and branches sooner.
    private static readonly CadenceDocument Other = Cadence with
    {
        Steps =
        [
            Cadence.Steps[0] with { WaitFor = new("order-shipped", Delay.Parse("P3D")!.Value), Then = ["remind"] },
            .. Cadence.Steps.Skip(1).Select(s => s.Id == "dear" ? s with { Anchor = new("trigger", 2) } : s),
        ],
    };

    [Fact]
    public void Waking_again_at_the_same_instant_yields_nothing_and_nothing_is_due_before_a_later_one() => Holds(chapters => Run(chapters, (story, at) =>
    {
        story.Wake(at);
        Assert.Empty(story.Wake(at));
        Assert.True(story.NextDue is not { } next || next > at, $"due {story.NextDue:O} after a wake at {at:O}");
    }));

    [Fact]
    public void Waking_when_due_decides_the_same_as_waking_all_the_time() => Holds(
        chapters => Assert.Equal(Written(Run(chapters, Sparsely, ownWakes: false)), Written(Run(chapters, Densely, ownWakes: false))), most: 50);

    [Fact]
    public void Every_wait_and_branch_is_passed_once_or_skipped_and_never_do_both_of_its_paths_happen() => Holds(chapters =>
    {
        var story = Run([.. chapters, new(Act.Resume, 0, 1, 0)], Sparsely);
        Finish(story);
        Check(story, Cadence);
        foreach (var (id, followUp) in story.Customer.FollowUps)
        {
            Assert.False(followUp.IsRunning);
            Assert.All(Cadence.Steps, s => Assert.True(followUp.StepOf(s.Id).IsOver));
            foreach (var step in Cadence.Steps.Where(s => !s.Sends))
            {
                var passed = story.Of<StepPassed>().Count(x => x.FollowUp == id && x.Step == step.Id);
                var skipped = story.Of<StepSkipped>().Count(x => x.FollowUp == id && x.Step == step.Id);
                Assert.Equal(1 + story.Of<StepReopened>().Count(x => x.FollowUp == id && x.Step == step.Id), passed + skipped);
            }
        }
    });

    [Fact]
    public void One_great_leap_decides_every_step_once() => Holds(chapters =>
    {
        var story = Run(chapters, ownWakes: false);
        var end = story.Customer.RecordedAt.AddDays(900);
        story.Shop = story.Shop with { Sending = Cx.Domain.Shops.Sending.On };
        story.Wake(end);
        Finish(story);
        Check(story, Cadence);
        Assert.All(story.Customer.FollowUps.Values, f => Assert.All(Cadence.Steps, s => Assert.True(f.StepOf(s.Id).IsOver, $"{s.Id} is {f.StepOf(s.Id)}")));
        Assert.Equal(story.Of<MessageAttempted>().Count(), story.Of<MessageAttempted>().Select(m => (m.FollowUp, m.Step)).Distinct().Count());
    });

    [Fact]
    public void What_is_known_when_a_step_is_reached_decides_it_whatever_order_it_came_in()
    {
        var begin = Chapters.Begin;
        ICustomerEvent[] facts =
        [
            Story.Placed("1", begin), Story.Shipped("1", begin.AddHours(1)), Story.Delivered("1", begin.AddHours(2)), new OrderFactTakenBack(new("1"), OrderFact.Delivered, null, begin.AddHours(3)),
            Story.Placed("2", begin.AddHours(4)), Story.Delivered("2", begin.AddHours(5)), Story.Complained("k", begin.AddHours(6)), Story.Reviewed("2", begin.AddHours(7)),
        ];
        var expected = Passed(facts);
        Assert.Contains(expected, p => p.Outcome == StepOutcome.Arrived);
        Assert.Contains(expected, p => p.Outcome == StepOutcome.TimedOut);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(50), Prop.ForAll(Gen.Shuffle(facts).ToArbitrary(), shuffled => Assert.Equal(expected, Passed(shuffled))));

        static List<(FollowUpId, string, StepOutcome Outcome, DateTimeOffset)> Passed(ICustomerEvent[] facts)
        {
            var story = Story.Consenting(Chapters.Begin);
            story.Shop = story.Shop with { Cadences = [Cadence] };
            foreach (var fact in facts)
                story.Record(Chapters.Begin.AddHours(8), fact);
            story.RunUntil(Chapters.Begin.AddDays(100));
            return [.. story.Of<StepPassed>().Select(p => (p.FollowUp, p.Step, p.Outcome, p.PassedAt)).Order()];
        }
    }

    [Fact]
    public void No_story_starts_a_cadence_while_it_runs_or_too_soon_where_its_rule_refuses_that() => Holds(chapters =>
    {
        var rule = new Reentry(WhileRunning: false, After: TimeSpan.FromDays(20));
        var story = Chapters.Run(chapters, Sparsely, cadence: Cadence with { Reentry = rule });
        var (customer, last) = (CustomerFold.Start(story.Customer.Id), (DateTimeOffset?)null);
        foreach (var e in story.Log)
        {
            if (e is FollowUpStarted started)
            {
                Assert.DoesNotContain(customer.FollowUps.Values, f => f.IsRunning);
                Assert.True(last is null || started.OccurredAt >= last + rule.After, $"{started} after {last:O}");
                last = started.OccurredAt;
            }

            customer = CustomerFold.Evolve(customer, e);
        }
    });

    [Fact]
    public void A_clock_that_jumps_ahead_and_back_passes_nothing_twice_and_forgets_nothing() => Holds(chapters =>
    {
        var (story, at) = (Story.Consenting(Chapters.Begin), Chapters.Begin);
        story.Shop = story.Shop with { Cadences = [Cadence] };
        foreach (var (i, chapter) in chapters.Append(new(Act.Resume, 0, 1, 0)).Index())
        {
            // The instant that is recorded is never before the last one.
            at = at.AddMinutes(chapter.Minutes);
            var clock = i % 5 == 3 ? at.AddDays(chapter.Order * 4) : i % 7 == 2 ? at.AddDays(-chapter.Order) : at;
            var now = clock > story.Customer.RecordedAt ? clock : story.Customer.RecordedAt;
            story.Record(chapter, now);
            story.Wake(now);
            Assert.Empty(story.Wake(now));
        }

        Finish(story);
        Check(story, Cadence);
        Assert.All(story.Customer.FollowUps.Values, f => Assert.False(f.IsRunning));
        Assert.All(story.Of<MessageAccepted>().CountBy(m => (m.FollowUp, m.Step)), m => Assert.Equal(1, m.Value));
        Assert.Null(story.NextDue);
    });

    [Fact]
    public void No_publication_and_no_pause_passes_anything_twice_or_forgets_a_follow_up() => Holds(chapters =>
    {
        var version = 1;
        var story = Run([.. chapters, new(Act.Resume, 0, 1, 0)], (story, at) =>
        {
            Sparsely(story, at);
            RunningChoice? running = (int)(at.UtcTicks / TimeSpan.TicksPerMinute % 8) switch { 0 => RunningChoice.Stay, 1 or 2 => RunningChoice.Migrate, 3 => RunningChoice.End, _ => null };
            if (running is { } choice)
                story.Publish((version % 2 == 0 ? Cadence : Other) with { Version = ++version }, choice);
            story.Standing(s => (s ?? new(CadenceState.Published, 1, [])) with { State = at.Minute % 3 == 0 ? CadenceState.Paused : CadenceState.Published });
        });
        story.Standing(s => s! with { State = CadenceState.Published });
        Finish(story);

        Assert.All(story.Of<MessageAccepted>().CountBy(m => (m.FollowUp, m.Step)), m => Assert.Equal(1, m.Value));
        Assert.All(story.Of<StepPassed>().CountBy(p => (p.FollowUp, p.Step)), p => Assert.Equal(1, p.Value));
        Assert.All(story.Customer.FollowUps.Values, f => Assert.False(f.IsRunning));
        Assert.Null(story.NextDue);
    }, most: 50);

    [Fact]
    public void A_replay_decides_the_same_and_a_rebuild_gives_the_same_customer() => Holds(chapters =>
    {
        var (once, again) = (Run(chapters), Run(chapters));
        Assert.Equal(Written(once), Written(again));
        var rebuilt = CustomerFold.Evolve(CustomerFold.Start(once.Customer.Id), once.Log);
        Assert.Equal(StateOf(once.Customer with { Version = 0, RecordedAt = default }), StateOf(rebuilt));
    });

    // What happened on a path happened after it was taken, and nothing happened on the other.
    private static void Check(Story story, CadenceDocument cadence)
    {
        Assert.All(story.Of<StepPassed>().CountBy(p => (p.FollowUp, p.Step)), p => Assert.Equal(1, p.Value));
        foreach (var (id, followUp) in story.Customer.FollowUps)
        {
            foreach (var owner in cadence.Steps.Where(s => !s.Sends))
            {
                var state = followUp.StepOf(owner.Id);
                foreach (var (path, isThen) in new[] { (owner.Then, true), (owner.Else, false) })
                {
                    var isTaken = state.Outcome is { } outcome && (outcome is StepOutcome.Arrived or StepOutcome.Then) == isThen;
                    foreach (var step in path ?? [])
                    {
                        var happened = story.Of<MessageQueued>().Where(m => m.FollowUp == id && m.Step == step).Select(m => m.OccurredAt)
                            .Concat(story.Of<StepPassed>().Where(p => p.FollowUp == id && p.Step == step).Select(p => p.PassedAt)).ToList();
                        Assert.All(happened, at => Assert.True(isTaken && at >= state.PassedAt, $"{step} happened on {at:O}, and {owner.Id} is {state}"));
                    }
                }
            }
        }
    }

    private static Story Run(Chapter[] chapters, Action<Story, DateTimeOffset>? between = null, bool ownWakes = true) => Chapters.Run(chapters, between, ownWakes, Cadence);
}
