using Cx.Domain;
using Cx.Domain.FollowUps;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

using Sending = Cx.Domain.Shops.Sending;

/// <summary>Each message is handed over at most once where the receiver cannot tell, and everything is looked at again before it goes.</summary>
public sealed class OutboxTests
{
    private static readonly DateTimeOffset Day0 = new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero);

    private static DateTimeOffset Day(double days) => Day0.AddDays(days);

    [Fact]
    public void A_message_is_claimed_once()
    {
        var (story, id) = Queued();
        Assert.Equal(1, Assert.IsType<MessageAttempted>(Assert.Single(story.Claim(Day(7), id))).Attempt);
        Assert.Empty(story.Claim(Day(7), id));
        Assert.Empty(story.Claim(Day(8), id, resendable: true));      // it went to a receiver that cannot tell
    }

    [Fact]
    public void A_receiver_that_deduplicates_may_get_it_again()
    {
        var (story, id) = Queued();
        story.Claim(Day(7), id, resendable: true);
        Assert.Equal(2, Assert.IsType<MessageAttempted>(Assert.Single(story.Claim(Day(7.01), id, resendable: true))).Attempt);

        story.Record(Day(7.02), Objected(Day(7.02)));
        Assert.IsType<MessageInDoubt>(Assert.Single(story.Claim(Day(7.03), id, resendable: true)));
    }

    [Fact]
    public void What_passes_makes_the_step_wait_again_and_a_new_message_follow()
    {
        var (story, id) = Queued();
        story.Shop = story.Shop with { Sending = Sending.Paused };
        var withdrawn = Assert.IsType<MessageWithdrawn>(Assert.Single(story.Claim(Day(7), id)));
        Assert.Equal((Reason.SendingPaused, false), (withdrawn.Reason, withdrawn.Final));
        Assert.Equal(StepStatus.Held, story.Step("review-request").Status);

        story.Shop = story.Shop with { Sending = Sending.On };
        story.RunUntil(Day(8));
        Assert.NotEqual(id, story.Step("review-request").Message);
        Assert.Equal(StepStatus.Sent, story.Step("review-request").Status);
    }

    [Fact]
    public void A_message_left_lying_into_the_night_waits_for_the_morning()
    {
        var (story, id) = Queued();
        story.Claim(Day(7).AddHours(12), id);
        Assert.Equal((Reason.QuietHours, Day(7).AddHours(22)), (story.Step("review-request").Reason!.Value, story.Step("review-request").Until!.Value));
    }

    [Fact]
    public void What_does_not_pass_skips_the_step()
    {
        var (story, id) = Queued();
        story.Shop = story.Shop with { Cadences = [story.Shop.Cadences[0] with { Exits = [new("order-delivered", ["review-request"])] }] };
        Assert.True(Assert.IsType<MessageWithdrawn>(story.Claim(Day(7), id)[0]).Final);
        Assert.Equal((StepStatus.Skipped, Reason.Exited), (story.Step("review-request").Status, story.Step("review-request").Reason!.Value));
        Assert.Equal(Reason.NotApplicable, story.Step("review-reminder").Reason);
    }

    [Fact]
    public void A_withdrawn_message_frees_its_place_under_the_caps()
    {
        var story = Consenting(Day0);
        story.Record(Day0, Placed("1", Day0), Delivered("1", Day0), Placed("2", Day0), Delivered("2", Day0));
        story.RunUntil(Day(6)).Wake(Day(7));
        var first = Assert.Single(story.Customer.Messages, m => m.Value.Step == "review-request");
        story.Record(Day(7), Cancelled(first.Value.Order!.Value.Value, Day(7)));

        Assert.Single(story.Wake(Day(7)).OfType<MessageQueued>());
    }

    [Fact]
    public void What_is_with_a_sender_cannot_be_withdrawn_but_is_not_tried_again()
    {
        var (story, id) = Queued();
        story.Claim(Day(7), id);
        Assert.Empty(story.Record(Day(7), Cancelled("1", Day(7))).OfType<MessageWithdrawn>());
        story.Commit(Day(7), s => MessageDecisions.Deferred(story.Customer, s, id, "451 later"));

        var withdrawn = Assert.IsType<MessageWithdrawn>(Assert.Single(story.Claim(Day(7.1), id)));
        Assert.Equal((Reason.OrderCancelled, true), (withdrawn.Reason, withdrawn.Final));
    }

    [Fact]
    public void A_refusal_for_now_is_tried_again_ever_later_and_at_last_fails()
    {
        var story = Consenting(Day0);
        story.Shop = story.Shop with { Cadences = [story.Shop.Cadences[0] with { Steps = [story.Shop.Cadences[0].Steps[0] with { MaxLateness = TimeSpan.FromDays(9) }] }] };
        story.Record(Day0, Placed("1", Day0));
        var id = Assert.Single(story.Wake(Day0).OfType<MessageQueued>()).Message;

        for (var at = Day0; story.Customer.Messages[id] is { Status: MessageStatus.Queued } message; at = story.Customer.Messages[id].RetryAt ?? at)
        {
            if (message.RetryAt is { } retry)
                Assert.Empty(story.Claim(retry.AddTicks(-1), id));
            story.Claim(at, id);
            story.Commit(at, s => MessageDecisions.Deferred(story.Customer, s, id, "451 later"));
        }

        Assert.Equal(Retries.MostAttempts, story.Of<MessageAttempted>().Count());
        Assert.Equal((StepStatus.Failed, Reason.SendFailed), (story.Step("thank-you").Status, story.Step("thank-you").Reason!.Value));
        Assert.False(story.FollowUp.IsRunning);
    }

    [Theory]
    [InlineData(true, StepStatus.Sent)]
    [InlineData(false, StepStatus.Failed)]
    public void A_message_in_doubt_is_never_resent_and_a_person_settles_it(bool delivered, StepStatus expected)
    {
        var (story, id) = Queued();
        story.Claim(Day(7), id);
        story.Commit(Day(7.01), s => MessageDecisions.InDoubt(story.Customer, s, id, "connection lost after DATA"));
        story.RunUntil(Day(60));
        Assert.Empty(story.Claim(Day(60), id));
        Assert.Null(story.SentAt("review-reminder"));

        story.Commit(Day(61), s => MessageDecisions.Settle(story.Customer, s, id, delivered, "key-1"));
        Assert.Equal(expected, story.Step("review-request").Status);
        Assert.Empty(story.Commit(Day(61), s => MessageDecisions.Settle(story.Customer, s, id, delivered, "key-1")));
        Assert.Equal("message-not-in-doubt", Assert.Throws<RuleBrokenException>(() => story.Commit(Day(61), s => MessageDecisions.Settle(story.Customer, s, id, !delivered, "key-1"))).Code);
    }

    [Fact]
    public void A_mail_event_settles_a_message_in_doubt_and_answers_are_told_once()
    {
        var (story, id) = Queued();
        story.Claim(Day(7), id);
        story.Commit(Day(7), s => MessageDecisions.InDoubt(story.Customer, s, id, "timeout"));
        Assert.Empty(story.Commit(Day(7), s => MessageDecisions.InDoubt(story.Customer, s, id, "timeout")));
        Assert.Empty(story.Commit(Day(7), s => MessageDecisions.Deferred(story.Customer, s, id, "451")));
        Assert.Single(story.Commit(Day(7.1), s => MessageDecisions.Accepted(story.Customer, s, id, "delivered")));
        Assert.Empty(story.Commit(Day(7.1), s => MessageDecisions.Accepted(story.Customer, s, id, "delivered")));
        Assert.Empty(story.Commit(Day(7.1), s => MessageDecisions.Failed(story.Customer, s, id, "550")));
    }

    [Fact]
    public void An_unknown_message_is_refused() =>
        Assert.Equal("message-unknown", Assert.Throws<RuleBrokenException>(() => new Story().Claim(Day0, new("m-0"))).Code);

    private static (Story Story, MessageId Id) Queued()
    {
        var story = Consenting(Day0);
        story.Record(Day0, Placed("1", Day0), Delivered("1", Day0));
        story.RunUntil(Day(6));
        return (story, Assert.Single(story.Wake(Day(7)).OfType<MessageQueued>()).Message);
    }
}
