using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>What people may do with one step of one customer: skip, postpone, send now, never.</summary>
public sealed class StepControlTests
{
    private const string Request = "review-request";

    private static readonly DateTimeOffset Day0 = new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero);     // 10:00 in Rome

    private static DateTimeOffset Day(double days) => Day0.AddDays(days);

    [Fact]
    public void Skip_ends_the_step_for_good_whatever_is_taken_back()
    {
        var story = Bought();
        var events = Control(story, Day(3), StepControl.Skip, Request);
        Assert.Equal(("key-1", "Asked on the phone"), Assert.IsType<StepSkippedByPerson>(events[0]) is var x ? (x.By, x.Note!.Value) : default);
        Assert.Empty(Control(story, Day(3.5), StepControl.Skip, Request));
        story.Record(Day(4), Cancelled("1", Day(4)));
        story.Record(Day(5), new OrderFactTakenBack(new("1"), OrderFact.Cancelled, null, Day(5)));
        story.RunUntil(Day(100));

        Assert.Equal((StepStatus.Skipped, Reason.SkippedByPerson, "key-1"), Row(story, Request));
        Assert.Null(story.SentAt(Request));
        Assert.Equal(Reason.NotApplicable, story.Step("review-reminder").Reason);
        Assert.NotNull(story.SentAt("related-offer"));
    }

    [Fact]
    public void Skip_withdraws_the_message_that_is_queued()
    {
        var story = Bought().RunUntil(Day(6));
        story.Wake(Day(7));
        var message = Assert.Single(story.Of<MessageQueued>(), m => m.Step == Request).Message;

        var withdrawn = Assert.Single(Control(story, Day(7), StepControl.Skip, Request).OfType<MessageWithdrawn>());

        Assert.Equal((message, Reason.SkippedByPerson, true), (withdrawn.Message, withdrawn.Reason, withdrawn.Final));
        Assert.Empty(story.Claim(Day(7), message));
        Assert.DoesNotContain(message, story.Customer.CountedMessages.Keys);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]     // queued already
    public void Postpone_holds_the_step_until_then_and_counts_neither_as_lateness_nor_for_the_maximum_hold(int day)
    {
        var story = Bought().RunUntil(Day(6));
        if (day == 7)
            story.Wake(Day(7));
        Control(story, Day(day), StepControl.Postpone, Request, Day(60));
        Assert.Empty(Control(story, Day(day), StepControl.Postpone, Request, Day(60)));
        Assert.Equal((StepStatus.Held, Reason.Postponed, "key-1"), Row(story, Request));
        Assert.Equal(Day(60), story.Step(Request).Until);

        story.RunUntil(Day(100));

        Assert.Equal(Day(60), story.SentAt(Request));
        Assert.Equal(Day(67), story.SentAt("review-reminder"));
    }

    [Fact]
    public void Postponed_a_step_still_ends_with_its_follow_up_and_is_late_from_then_on()
    {
        var ended = Bought();
        Control(ended, Day(3), StepControl.Postpone, Request, Day(60));
        ended.Record(Day(20), Reviewed("1", Day(20)));
        Assert.Equal(Reason.GoalReached, ended.Step(Request).Reason);

        var late = Bought().RunUntil(Day(6));
        Control(late, Day(6), StepControl.Postpone, Request, Day(60));
        late.Wake(Day(75));
        Assert.Equal(Reason.TooLate, late.Step(Request).Reason);
    }

    [Fact]
    public void Postponed_an_order_is_not_asked_about_together_with_another()
    {
        var story = Bought();
        story.Record(Day(0), Placed("2", Day(0)), Delivered("2", Day(0)));
        var second = story.Customer.FollowUps.Single(f => f.Value.Order == new OrderId("2")).Key;
        story.Commit(Day(3), s => StepControls.Decide(story.Customer, s, new(StepControl.Postpone, second, Request, Day(40), "key-1", Personal.FromSeal("later"))));
        story.RunUntil(Day(100));

        Assert.Equal([Day(7), Day(40)], story.Of<MessageAttempted>().Where(m => m.Step == Request).Select(m => m.OccurredAt));
    }

    [Fact]
    public void Send_now_makes_the_step_due_and_waives_caps_spacing_windows_and_quiet_hours()
    {
        var night = Day(2).AddHours(13);        // 23:00 in Rome
        foreach (var waived in new[] { true, false })
        {
            var story = Bought().RunUntil(Day(1));
            story.Shop = story.Shop with { Policy = ContactPolicy.Default with { Caps = [new(0, TimeSpan.FromDays(30))] } };
            var cadence = story.Shop.Cadences[0];
            story.Shop = story.Shop with { Cadences = [cadence with { Steps = [.. cadence.Steps.Select(s => s with { Window = new(new(10, 0), new(11, 0)) })] }] };
            if (waived)
            {
                Assert.IsType<StepSendRequested>(Assert.Single(Control(story, night, StepControl.Send, Request)));
                Assert.Empty(Control(story, night, StepControl.Send, Request));
                Assert.Equal(night, story.NextDue);
            }

            story.RunUntil(night.AddMinutes(1));

            Assert.Equal(waived ? night : null, story.SentAt(Request));
            Assert.Equal(waived, story.Of<MessageQueued>().Any(m => m.Checks.Count(c => c.Evidence.Contains("waived: sent now by key key-1", StringComparison.Ordinal)) == 4));
        }
    }

    [Fact]
    public void Send_now_waives_nothing_else()
    {
        Assert.Equal(Reason.Objected, Sent(s => s.Record(Day(2), Objected(Day(2)))));
        Assert.Equal(Reason.SendingPaused, Sent(s => s.Shop = s.Shop with { Sending = Sending.Paused }));
        Assert.Equal(Reason.OpenComplaint, Sent(s => s.Record(Day(2), Complained("k", Day(2)))));
        Assert.Equal(Reason.Restricted, Sent(s => s.Commit(Day(2), c => Rights.Decide(s.Customer, c, new ProcessingRestricted("key", Day(2))))));
        Assert.Equal(Reason.Objected, Sent(_ => { }, new(Personal.FromSeal("ada@example.org"), Purpose.Marketing, Day(1))));

        static Reason? Sent(Action<Story> fact, BarredAddress? barred = null)
        {
            var story = Bought().RunUntil(Day(1));
            fact(story);
            Control(story, Day(2), StepControl.Send, Request);
            story.Commit(Day(2), s => FollowUpDecisions.Wake(story.Customer, s with { Barred = barred is { } b ? [b] : [] }, OfferChoice.NotLookedUp));
            Assert.DoesNotContain(story.Of<MessageQueued>(), m => m.Step == Request);
            return story.Step(Request).Reason;
        }
    }

    [Fact]
    public void Send_now_waives_for_an_hour_and_not_in_a_later_night()
    {
        var story = Bought().RunUntil(Day(1));
        story.Shop = story.Shop with { Sending = Sending.Paused };
        Control(story, Day(2), StepControl.Send, Request);
        story.RunUntil(Day(2));
        story.Shop = story.Shop with { Sending = Sending.On };
        story.Wake(Day(2).AddHours(13));
        Assert.Equal(Reason.QuietHours, story.Step(Request).Reason);

        story.RunUntil(Day(3));

        Assert.Equal(Day(2).AddHours(22), story.SentAt(Request));
    }

    [Fact]
    public void Never_ends_all_that_is_not_over_of_this_order_and_nothing_brings_it_back()
    {
        var story = Bought();
        story.Record(Day(0), Placed("2", Day(0.1)), Delivered("2", Day(1)));
        story.RunUntil(Day(3));
        story.Record(Day(3), Placed("3", Day(3)));       // ends the offer about the first two
        Control(story, Day(4), StepControl.Never, Request);
        Assert.Empty(Control(story, Day(5), StepControl.Never, "related-offer"));
        story.Record(Day(6), Cancelled("3", Day(6)), Cancelled("2", Day(6)), Cancelled("1", Day(6)));
        story.Record(Day(6.5), new OrderFactTakenBack(new("1"), OrderFact.Cancelled, null, Day(6.5)), new OrderFactTakenBack(new("2"), OrderFact.Cancelled, null, Day(6.5)));
        story.RunUntil(Day(100));

        var first = story.Customer.FollowUps[IdOf(story, "1")];
        Assert.Equal((false, Reason.StoppedByPerson, "key-1"), (first.IsRunning, first.EndedFor, first.Stopped!.By));
        Assert.Equal(StepStatus.Sent, first.StepOf("thank-you").Status);
        Assert.All([Request, "review-reminder", "related-offer"], step => Assert.Equal(StepStatus.Skipped, first.StepOf(step).Status));
        Assert.Equal(StepStatus.Sent, story.Customer.FollowUps[IdOf(story, "2")].StepOf(Request).Status);
    }

    [Fact]
    public void Never_withdraws_what_is_queued_and_stands_where_the_follow_up_had_ended()
    {
        var queued = Bought().RunUntil(Day(6));
        queued.Wake(Day(7));
        Assert.Equal(Reason.StoppedByPerson, Assert.Single(Control(queued, Day(7), StepControl.Never, Request).OfType<MessageWithdrawn>()).Reason);

        var ended = Bought().RunUntil(Day(1));
        ended.Record(Day(2), Cancelled("1", Day(2)));
        Assert.IsType<FollowUpStopped>(Assert.Single(Control(ended, Day(3), StepControl.Never, Request)));
        ended.Record(Day(4), new OrderFactTakenBack(new("1"), OrderFact.Cancelled, null, Day(4)));
        Assert.Empty(ended.Of<StepReopened>());
    }

    [Fact]
    public void What_was_sent_or_is_with_a_sender_cannot_be_changed()
    {
        var story = Bought().RunUntil(Day(6));
        foreach (var control in Enum.GetValues<StepControl>())
            Assert.Equal("step-sent", Refusal(story, Day(6), control, "thank-you"));

        story.Wake(Day(7));
        story.Claim(Day(7), Assert.Single(story.Of<MessageQueued>(), m => m.Step == Request).Message);
        Assert.Equal("step-with-sender", Refusal(story, Day(7), StepControl.Skip, Request));
        Control(story, Day(7), StepControl.Skip, "related-offer");
        Assert.Equal("step-over", Refusal(story, Day(7), StepControl.Send, "related-offer"));
    }

    private static string Refusal(Story story, DateTimeOffset at, StepControl control, string step) =>
        Assert.Throws<RuleBrokenException>(() => Control(story, at, control, step, at.AddDays(1))).Code;

    private static IReadOnlyList<ICustomerEvent> Control(Story story, DateTimeOffset at, StepControl control, string step, DateTimeOffset? until = null) =>
        story.Commit(at, s => StepControls.Decide(story.Customer, s, new(control, IdOf(story, "1"), step, until, "key-1", Personal.FromSeal("Asked on the phone"))));

    private static FollowUpId IdOf(Story story, string order) => story.Customer.FollowUps.Single(f => f.Value.Order == new OrderId(order)).Key;

    private static (StepStatus, Reason?, string?) Row(Story story, string step) => (story.Step(step).Status, story.Step(step).Reason, story.Step(step).Person?.By);

    private static Story Bought()
    {
        var story = Consenting(Day0);
        story.Record(Day0, Placed("1", Day0), Delivered("1", Day0));
        return story;
    }
}
