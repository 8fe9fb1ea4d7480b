using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Deciding;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Policies;

using Sending = Cx.Domain.Shops.Sending;

/// <summary>
/// The guarantees of the design, a test named after each, with a clock that jumps both ways and changes to summer time and back. Under arbitrary interleavings they
/// are held by <see cref="ContactProperties"/> and <see cref="FollowUpProperties"/>, and across a kill at any point by the tests of the outbox.
/// </summary>
public sealed class GuaranteeTests
{
    private static readonly DateTimeOffset Day0 = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    [Fact]
    public void Guarantee_1_each_step_is_decided_once_and_each_message_is_handed_over_once()
    {
        var story = Bought(Day0);
        foreach (var hours in new[] { 0, 168, 100, 700, 168, 5000, 0, 9000 })
        {
            // The store records nothing before what it recorded last.
            var at = Day0.AddHours(hours) is var jumped && jumped > story.Customer.RecordedAt ? jumped : story.Customer.RecordedAt;
            story.Wake(at);
            Assert.Empty(story.Wake(at));
            story.Send(at);
            story.Send(at);
        }

        Assert.All(story.Of<MessageAttempted>().CountBy(m => (m.FollowUp, m.Step)), m => Assert.Equal(1, m.Value));
        Assert.All(DefaultCadences.PostSale.Steps, s => Assert.True(story.Step(s.Id).IsOver));
    }

    [Fact]
    public void Guarantee_2_everything_is_looked_at_again_as_an_attempt_is_claimed_and_what_no_longer_holds_frees_its_cap()
    {
        (Reason Reason, Action<Story> Meanwhile, double Hours)[] changes =
        [
            (Reason.OrderCancelled, s => s.Record(Day(7), Cancelled("1", Day(7))), 0), (Reason.GoalReached, s => s.Record(Day(7), Reviewed("1", Day(7))), 0),
            (Reason.Objected, s => s.Record(Day(7), Objected(Day(7))), 0), (Reason.OpenComplaint, s => s.Record(Day(7), Complained("k", Day(7))), 0),
            (Reason.SendingPaused, s => s.Shop = s.Shop with { Sending = Sending.Paused }, 0), (Reason.QuietHours, _ => { }, 12),
            (Reason.Cap, s => s.Shop = s.Shop with { Policy = new() { Caps = [new(0, TimeSpan.FromDays(1))] } }, 0),
            (Reason.ProductExcluded, s => s.Shop = s.Shop with { Policy = new() { Reviews = new() { Exclude = new() { Products = ["p-1"] } } } }, 0),
        ];
        foreach (var (reason, meanwhile, hours) in changes)
        {
            var story = Bought(Day0);
            story.RunUntil(Day(6)).Wake(Day(7));
            Assert.Single(story.Customer.CountedMessages);
            meanwhile(story);
            story.Send(Day(7).AddHours(hours));

            Assert.Equal([reason], story.Of<MessageWithdrawn>().Select(w => w.Reason));
            Assert.Empty(story.Customer.CountedMessages);
            Assert.Null(story.SentAt("review-request"));
        }
    }

    [Fact]
    public void Guarantee_3_what_is_capped_or_quiet_is_held_and_sent_when_the_window_opens_and_what_is_too_late_is_skipped_with_the_reason()
    {
        var night = new DateTimeOffset(2026, 3, 2, 22, 0, 0, TimeSpan.Zero);
        var quiet = Bought(night).RunUntil(night.AddDays(8));
        Assert.Equal((Reason.QuietHours, new DateTimeOffset(2026, 3, 10, 7, 0, 0, TimeSpan.Zero)), (quiet.Of<StepHeld>().First().Reason, quiet.SentAt("review-request")!.Value));

        var late = Bought(Day0);
        late.RunUntil(Day(1)).Wake(Day(30));
        var skipped = late.Of<StepSkipped>().Single(s => s.Step == "review-request");
        Assert.Equal((Reason.TooLate, "552 h late, at most 336 h"), (skipped.Reason, skipped.Checks.Single(c => c.Policy == "lateness").Evidence));

        var capped = Bought(Day0);
        capped.Shop = capped.Shop with { Policy = new() { Caps = [new(0, TimeSpan.FromDays(1), Category: Category.Marketing)], MaxHoldDays = 3 } };
        Assert.Equal([Day(7), Day(10)], [.. capped.RunUntil(Day(30)).Of<StepHeld>().Where(h => h.Step == "review-request").Select(h => h.OccurredAt), capped.Of<StepSkipped>().First(s => s.Reason == Reason.HeldTooLong).OccurredAt]);
    }

    [Fact]
    public void Guarantee_4_steps_compete_by_priority_then_due_instant_then_id_and_a_replay_decides_the_same()
    {
        Story Told()
        {
            var story = CapTests.Running(
                new() { Caps = [new(1, TimeSpan.FromDays(1))], Spacing = [], QuietHours = new(default, default) },
                CapTests.Cadence("b", (Channel.Email, Category.Marketing)), CapTests.Cadence("c", (Channel.Email, Category.Marketing)), CapTests.Cadence("a", (Channel.Email, Category.Marketing)));
            return story.RunUntil(Day0.AddDays(5));
        }

        var once = Told();
        Assert.Equal(["a", "b", "c"], once.Of<MessageAccepted>().Select(m => once.Customer.FollowUps[m.FollowUp].Cadence));
        Assert.Equal(once.Log.Select(e => EventCatalog.NameOf(e)), Told().Log.Select(e => EventCatalog.NameOf(e)));
    }

    [Fact]
    public void Guarantee_5_an_exit_ends_the_follow_up_at_once_and_not_when_a_delay_elapses()
    {
        var story = Bought(Day0);
        story.RunUntil(Day(2)).Record(Day(2), Cancelled("1", Day(2)));

        Assert.Equal((Day(2), Reason.OrderCancelled), (story.FollowUp.EndedAt!.Value, story.FollowUp.EndedFor!.Value));
        Assert.Null(story.NextDue);
    }

    [Theory]
    [InlineData(12, 12)]
    [InlineData(null, 35)]       // 30 days after it was opened on the fifth
    public void Guarantee_6_a_review_request_is_delayed_by_a_complaint_and_never_dropped_for_it(int? resolved, int asked)
    {
        var story = Bought(Day0);
        story.RunUntil(Day(5)).Record(Day(5), Complained("k", Day(5)));
        if (resolved is { } day)
            story.RunUntil(Day(day)).Record(Day(day), Resolved("k", Day(day)));

        Assert.Equal(Day(asked), story.RunUntil(Day(60)).SentAt("review-request"));
    }

    [Theory]
    [InlineData("2026-03-22T20:30:00Z", "2026-03-30T06:00:00Z")]       // due at 21:30 in Rome, a day of 23 hours later: eight o'clock is 06:00 UTC
    [InlineData("2026-10-18T20:30:00Z", "2026-10-26T07:00:00Z")]       // and back: eight o'clock is 07:00 UTC
    [InlineData("2026-03-22T11:30:00Z", "2026-03-29T10:30:00Z")]       // half past twelve stays half past twelve
    public void Guarantee_7_quiet_hours_and_days_are_local_and_right_across_the_change_of_clocks(string delivered, string sent)
    {
        var at = DateTimeOffset.Parse(delivered, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(DateTimeOffset.Parse(sent, System.Globalization.CultureInfo.InvariantCulture), Bought(at).RunUntil(at.AddDays(10)).SentAt("review-request"));
    }

    [Fact]
    public void Guarantee_8_each_decision_tells_the_delivery_the_version_and_every_check()
    {
        var story = Bought(Day0).RunUntil(Day(60));

        Assert.Equal(("delivery-1", 1), (story.FollowUp.CorrelationId, story.FollowUp.Version));
        foreach (var checks in story.Of<MessageQueued>().Select(m => m.Checks).Concat(story.Of<StepHeld>().Select(h => h.Checks)))
        {
            Assert.Contains(checks, c => c.Policy == "contact-policy");
            Assert.All(checks, c => Assert.NotEqual("", c.Evidence));
        }
    }

    [Fact]
    public void Guarantee_9_a_fact_that_comes_too_late_is_recorded_as_such()
    {
        var story = Bought(Day0).RunUntil(Day(8));
        story.Record(Day(9), Objected(Day(6)));

        Assert.Equal([("review-request", Reason.Objected)], story.Of<SentDespite>().Select(x => (x.Step, x.Reason)));
    }

    private static Story Bought(DateTimeOffset at)
    {
        var story = Consenting(at);
        story.Record(at, Placed("1", at), Delivered("1", at));
        return story;
    }

    private static DateTimeOffset Day(double days) => Day0.AddDays(days);
}
