using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>Restriction of processing and objection to profiling, where messages are decided and where they are attempted.</summary>
public sealed class RightsTests
{
    private static readonly DateTimeOffset Day0 = new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero);

    private static DateTimeOffset Day(double days) => Day0.AddDays(days);

    [Theory]
    [InlineData(3, StepStatus.Sent, null)]
    [InlineData(10, StepStatus.Skipped, Reason.HeldTooLong)]
    [InlineData(40, StepStatus.Skipped, Reason.TooLate)]
    public void What_is_due_while_processing_is_restricted_is_held_and_decided_by_the_usual_rules_when_it_is_lifted(int days, StepStatus status, Reason? reason)
    {
        var story = Bought();
        story.RunUntil(Day(6)).Record(Day(6), Delivered("1", Day(0)));
        Change(story, Day(6.5), new ProcessingRestricted("key", Day(6.5)));
        story.RunUntil(Day(7 + days));

        Assert.Equal((StepStatus.Held, Reason.Restricted), (story.Step("review-request").Status, story.Step("review-request").Reason!.Value));
        var held = Assert.Single(story.Of<StepHeld>(), h => h.Step == "review-request");
        Assert.Contains(held.Checks, c => c is { Policy: "restriction", Passed: false } && c.Evidence.Contains("2026-06-07T20:00:00Z", StringComparison.Ordinal));

        Change(story, Day(7 + days), new RestrictionLifted("key", Day(7 + days)));
        story.RunUntil(Day(7 + days));

        Assert.Equal((status, reason), (story.Step("review-request").Status, story.Step("review-request").Reason));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_message_that_was_queued_before_the_restriction_is_not_attempted(bool resendable)
    {
        var story = Bought();
        story.Wake(Day(0));
        var message = Assert.Single(story.Of<MessageQueued>()).Message;
        Change(story, Day(0.01), new ProcessingRestricted("key", Day(0.01)));

        var claimed = story.Claim(Day(0.02), message, resendable);

        var withdrawn = Assert.IsType<MessageWithdrawn>(Assert.Single(claimed));
        Assert.Equal((Reason.Restricted, false), (withdrawn.Reason, withdrawn.Final));
        Change(story, Day(0.5), new RestrictionLifted("key", Day(0.5)));
        Assert.Equal(Day(0.5), story.RunUntil(Day(0.5)).SentAt("thank-you"));
    }

    [Fact]
    public void An_attempt_without_an_answer_is_not_repeated_while_processing_is_restricted()
    {
        var story = Bought();
        story.Wake(Day(0));
        var message = Assert.Single(story.Of<MessageQueued>()).Message;
        Assert.IsType<MessageAttempted>(Assert.Single(story.Claim(Day(0), message, resendable: true)));
        Change(story, Day(0.01), new ProcessingRestricted("key", Day(0.01)));

        Assert.Empty(story.Claim(Day(0.02), message, resendable: true));

        Change(story, Day(0.03), new RestrictionLifted("key", Day(0.03)));
        Assert.IsType<MessageAttempted>(Assert.Single(story.Claim(Day(0.04), message, resendable: true)));
    }

    [Fact]
    public void Who_objects_to_profiling_gets_no_offer_and_all_else()
    {
        var story = Bought();
        Change(story, Day(0), new ProfilingObjected("key", Day(0)));
        story.Record(Day(0), Delivered("1", Day(0)));
        story.RunUntil(Day(40));

        Assert.NotNull(story.SentAt("thank-you"));
        Assert.NotNull(story.SentAt("review-request"));
        Assert.NotNull(story.SentAt("review-reminder"));
        var skipped = Assert.Single(story.Of<StepSkipped>(), s => s.Step == "related-offer");
        Assert.Equal(Reason.ProfilingObjected, skipped.Reason);
        Assert.Contains(skipped.Checks, c => c is { Policy: "profiling", Passed: false });
        Assert.DoesNotContain(story.Of<MessageQueued>(), m => m.Offers.Count > 0);
    }

    [Fact]
    public void An_offer_that_was_queued_is_withdrawn_by_the_objection_and_not_attempted()
    {
        var story = Bought();
        story.Record(Day(0), Delivered("1", Day(0)));
        while (story.NextDue is { } due && !story.Of<MessageQueued>().Any(m => m.Step == "related-offer"))
        {
            story.Send(story.Customer.RecordedAt);
            story.Wake(due > story.Customer.RecordedAt ? due : story.Customer.RecordedAt);
        }

        var offer = Assert.Single(story.Of<MessageQueued>(), m => m.Step == "related-offer");
        var at = story.Customer.RecordedAt.AddMinutes(1);
        Assert.Equal(Reason.ProfilingObjected, Assert.Single(Change(story, at, new ProfilingObjected("key", at)).OfType<MessageWithdrawn>()).Reason);
        Assert.Empty(story.Claim(at, offer.Message).OfType<MessageAttempted>());
    }

    [Fact]
    public void A_right_is_recorded_once()
    {
        var story = Bought();
        Assert.NotEmpty(Change(story, Day(1), new ProcessingRestricted("key", Day(1))));
        Assert.Empty(Change(story, Day(2), new ProcessingRestricted("other", Day(2))));
        Assert.Equal((Day(1), "key"), (story.Customer.Restriction!.At, story.Customer.Restriction.By));
        Assert.Empty(Change(story, Day(2), new ProfilingObjectionLifted("key", Day(2))));
        Assert.NotEmpty(Change(story, Day(3), new RestrictionLifted("key", Day(3))));
        Assert.False(story.Customer.IsRestricted);
    }

    private static IReadOnlyList<ICustomerEvent> Change(Story story, DateTimeOffset at, ICustomerEvent change) => story.Commit(at, s => Rights.Decide(story.Customer, s, change));

    private static Story Bought()
    {
        var story = Consenting(Day0);
        story.Record(Day0, Placed("1", Day0));
        return story;
    }
}
