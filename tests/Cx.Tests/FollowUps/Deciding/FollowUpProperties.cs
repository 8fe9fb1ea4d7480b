using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using static Cx.Tests.FollowUps.Deciding.ChapterProperties;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>What holds in every story, however its facts, wakes and attempts interleave.</summary>
public sealed class FollowUpProperties
{
    [Fact]
    public void The_caps_are_never_exceeded() => Holds(chapters =>
    {
        var story = Chapters.Run(chapters);
        var sent = story.Customer.Messages.Values
            .Where(m => m is { Category: Category.Marketing, Status: MessageStatus.Accepted }).Select(m => m.AttemptedAt!.Value).Order().ToList();
        Assert.All(sent.Zip(sent.Skip(1)), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromHours(16)));
        Assert.All(sent.Zip(sent.Skip(5)), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromDays(30)));
    });

    [Fact]
    public void Waking_again_at_the_same_instant_yields_nothing() => Holds(chapters =>
        Chapters.Run(chapters, (story, at) =>
        {
            story.Wake(at);
            Assert.Empty(story.Wake(at));
        }));

    [Fact]
    public void After_a_wake_nothing_is_due_before_a_later_instant() => Holds(chapters =>
        Chapters.Run(chapters, (story, at) =>
        {
            story.Wake(at);
            Assert.True(story.NextDue is not { } next || next > at, $"due {story.NextDue:O} after a wake at {at:O}");
        }));

    [Fact]
    public void Waking_when_due_decides_the_same_as_waking_all_the_time() => Holds(chapters =>
        Assert.Equal(Written(Chapters.Run(chapters, Sparsely, ownWakes: false)), Written(Chapters.Run(chapters, Densely, ownWakes: false))), most: 50);

    [Fact]
    public void Every_step_is_decided_once_and_every_follow_up_ends() => Holds(chapters =>
    {
        var story = Chapters.Run([.. chapters, new(Act.Resume, 0, 1, 0)], Sparsely);
        Finish(story);
        foreach (var (id, followUp) in story.Customer.FollowUps)
        {
            Assert.False(followUp.IsRunning);
            foreach (var step in DefaultCadences.PostSale.Steps)
            {
                var messages = story.Customer.Messages.Values.Where(m => m.FollowUp == id && m.Step == step.Id).ToList();
                var accepted = messages.Count(m => m.Status == MessageStatus.Accepted);
                var skipped = story.Of<StepSkipped>().Count(x => x.FollowUp == id && x.Step == step.Id)
                    + story.Of<MessageWithdrawn>().Count(x => x.FollowUp == id && x.Step == step.Id && x.Final)
                    + messages.Count(m => m.Status == MessageStatus.Failed);
                Assert.Equal(1 + story.Of<StepReopened>().Count(x => x.FollowUp == id && x.Step == step.Id), accepted + skipped);
                Assert.True(followUp.StepOf(step.Id).IsOver);
            }
        }
    });

    [Fact]
    public void No_publication_and_no_pause_repeats_a_message_or_forgets_a_follow_up() => Holds(chapters =>
    {
        var version = 1;
        var story = Chapters.Run([.. chapters, new(Act.Resume, 0, 1, 0)], (story, at) =>
        {
            Sparsely(story, at);
            RunningChoice? running = (int)(at.UtcTicks / TimeSpan.TicksPerMinute % 8) switch { 0 => RunningChoice.Stay, 1 or 2 => RunningChoice.Migrate, 3 => RunningChoice.End, _ => null };
            if (running is { } choice)
                story.Publish((version % 2 == 0 ? DefaultCadences.PostSale : RepublishingTests.Second) with { Version = ++version }, choice);
            story.Standing(s => (s ?? new(CadenceState.Published, 1, [])) with { State = at.Minute % 3 == 0 ? CadenceState.Paused : CadenceState.Published });
        });
        story.Standing(s => s! with { State = CadenceState.Published });
        Finish(story);

        Assert.All(story.Of<MessageAccepted>().CountBy(m => (m.FollowUp, m.Step)), m => Assert.Equal(1, m.Value));
        Assert.All(story.Customer.FollowUps.Values, f => Assert.False(f.IsRunning));
        Assert.Null(story.NextDue);
    }, most: 50);

    [Fact]
    public void A_wait_for_an_earlier_request_stays_exempt_when_the_next_is_queued()
    {
        // Found by the property above: the complaint holds the requests of 1 and 3, which had waited for that of 4; the later one is asked together with the other.
        var story = Chapters.Run(
            [
                new(Act.Place, 4316, 4, 4824), new(Act.Deliver, 4873, 7, 8578), new(Act.Deliver, 444, 1, 0), new(Act.Deliver, 14311, 3, 0), new(Act.Place, 348, 7, 3892),
                new(Act.Deliver, 16490, 4, 10560), new(Act.Place, 450, 3, 0), new(Act.Place, 87, 1, 0), new(Act.Complain, 342, 8, 0), new(Act.Resume, 0, 1, 0),
            ],
            Sparsely);

        Assert.DoesNotContain(story.Of<MessageWithdrawn>(), w => w.Reason == Reason.TooLate);
        Assert.Empty(story.Of<StepReopened>());
    }

    [Fact]
    public void A_hold_that_is_partly_exempt_from_the_maximum_wakes_nobody_before_it_is_over()
    {
        // Sending is paused for most of the maximum hold; then the request of 1 makes that of 2 wait, which does not count; the rest of the hold is used up by the reminder of 1.
        var story = Chapters.Run(
            [new(Act.Place, 0, 1, 0), new(Act.Place, 0, 2, 0), new(Act.Ship, 0, 2, 0), new(Act.Deliver, (7 * 1440) - 10, 1, 0), new(Act.Pause, 6 * 1440, 1, 0), new(Act.Ship, 11_088, 4, 0), new(Act.Resume, 0, 1, 0)],
            Sparsely);

        Assert.Single(story.Of<StepSkipped>(), x => x is { Step: "review-request", Reason: Reason.HeldTooLong });
    }

    [Fact]
    public void One_great_leap_decides_every_step_once() => Holds(chapters =>
    {
        var story = Chapters.Run(chapters, ownWakes: false);
        var end = story.Customer.RecordedAt.AddDays(900);
        story.Shop = story.Shop with { Sending = Cx.Domain.Shops.Sending.On };
        story.Wake(end);
        story.Send(end);
        Assert.Empty(story.Wake(end));
        Assert.All(story.Customer.FollowUps.Values, f => Assert.All(DefaultCadences.PostSale.Steps, s => Assert.True(f.StepOf(s.Id).IsOver)));
        Assert.Equal(story.Of<MessageAttempted>().Count(), story.Of<MessageAttempted>().Select(m => (m.FollowUp, m.Step)).Distinct().Count());
    });

    [Fact]
    public void A_replay_decides_the_same_and_a_rebuild_gives_the_same_customer() => Holds(chapters =>
    {
        var (once, again) = (Chapters.Run(chapters), Chapters.Run(chapters));
        Assert.Equal(Written(once), Written(again));
        var rebuilt = CustomerFold.Evolve(CustomerFold.Start(once.Customer.Id), once.Log);
        Assert.Equal(StateOf(once.Customer with { Version = 0, RecordedAt = default }), StateOf(rebuilt));
    });
}
