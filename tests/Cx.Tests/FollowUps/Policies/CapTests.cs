using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Deciding;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Policies;

/// <summary>Caps, spacing and priorities of a published policy, over several cadences and channels.</summary>
public sealed class CapTests
{
    private static readonly DateTimeOffset Day0 = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    [Fact]
    public void A_cap_counts_the_messages_of_every_cadence_on_its_channel_and_in_its_category()
    {
        var story = Running(
            new() { Caps = [new(2, TimeSpan.FromDays(5), Channel.Email, Category.Service)], Spacing = [] },
            Cadence("a", (Channel.Email, Category.Service)), Cadence("b", (Channel.Email, Category.Service)),
            Cadence("c", (Channel.Email, Category.Service)), Cadence("d", (Channel.Email, Category.Marketing)), Cadence("e", (Channel.Email, Category.Transactional)));
        story.RunUntil(Day0);

        Assert.Equal(["a", "b", "d", "e"], Sent(story).Order());
        var held = Assert.Single(story.Of<StepHeld>());
        Assert.Equal((Reason.Cap, Day0.AddDays(5)), (held.Reason, held.Until!.Value));
        Assert.Equal("2 of 2 (service, email) in 5 days", held.Checks.Single(c => c.Policy == "cap").Evidence);
        Assert.Equal(["a", "b", "c", "d", "e"], Sent(story.RunUntil(Day0.AddDays(5))).Order());
    }

    [Fact]
    public void A_total_counts_all_channels_and_both_categories_and_every_full_cap_holds_the_step()
    {
        var story = Running(
            new() { Caps = [new(2, TimeSpan.FromDays(3)), new(1, TimeSpan.FromDays(5), Channel.Messaging)], Spacing = [] },
            Cadence("a", (Channel.Messaging, Category.Service)), Cadence("b", (Channel.Email, Category.Marketing)), Cadence("c", (Channel.Messaging, Category.Service)));
        story.RunUntil(Day0.AddDays(4));

        Assert.Equal(["a", "b"], Sent(story).Order());
        var held = story.Of<StepHeld>().Last(h => h.Reason == Reason.Cap);
        Assert.Equal(Day0.AddDays(5), held.Until!.Value);
        Assert.Equal(
            ["2 of 2 (marketing and service, all channels) in 3 days", "1 of 1 (marketing and service, messaging) in 5 days"],
            story.Of<StepHeld>().First(h => h.Reason == Reason.Cap).Checks.Where(c => c.Policy == "cap").Select(c => c.Evidence));
    }

    [Fact]
    public void Spacing_keeps_two_messages_of_any_channel_apart()
    {
        var story = Running(
            new() { Caps = [], Spacing = [new(TimeSpan.FromHours(5))], QuietHours = new(default, default) },
            Cadence("a", (Channel.Messaging, Category.Service)), Cadence("b", (Channel.Email, Category.Marketing)));
        story.RunUntil(Day0.AddDays(1));

        Assert.Equal([Day0, Day0.AddHours(5)], story.Of<MessageAttempted>().Select(m => m.OccurredAt));
    }

    [Fact]
    public void The_policys_priorities_go_before_those_of_the_cadences()
    {
        var story = Running(
            new() { Caps = [new(1, TimeSpan.FromDays(1))], Spacing = [], Priorities = [new(Category: Category.Service), new(Cadence: "b")], QuietHours = new(default, default) },
            Cadence("a", (Channel.Email, Category.Marketing)), Cadence("b", (Channel.Email, Category.Marketing)), Cadence("c", (Channel.Email, Category.Service)));
        story.RunUntil(Day0.AddDays(5));

        Assert.Equal(["c", "b", "a"], Sent(story));
    }

    [Fact]
    public void A_message_that_failed_frees_its_place()
    {
        var story = Running(
            new() { Caps = [new(1, TimeSpan.FromDays(9))], Spacing = [] }, Cadence("a", (Channel.Email, Category.Service)), Cadence("b", (Channel.Email, Category.Service)));
        story.Wake(Day0);
        var first = story.Customer.Messages.Keys.Single();
        story.Claim(Day0, first);
        story.Commit(Day0, s => MessageDecisions.Failed(story.Customer, s, first, "550 no"));

        Assert.Empty(story.Customer.CountedMessages);
        Assert.Equal(["a", "b"], story.RunUntil(Day0).Of<MessageAttempted>().Select(m => story.Customer.FollowUps[m.FollowUp].Cadence));
    }

    internal static CadenceDocument Cadence(string slug, params (Channel Channel, Category Category)[] steps) => new(
        slug, 1, slug, new("order-placed"),
        [.. steps.Select((s, i) => new Step($"{slug}-{i}", StepKind.Message, new(Anchor.Trigger), null, s.Channel, s.Category, "thank-you"))], [], slug[0]);

    internal static Story Running(ContactPolicy policy, params CadenceDocument[] cadences)
    {
        var story = Consenting(Day0);
        story.Shop = story.Shop with { Policy = policy, Cadences = cadences };
        story.Record(Day0, new CustomerDetailsLearned(null, Domain.Privacy.Personal.FromSeal("+39333"), null, null, null, null, null, null, null, null, null, Day0));
        story.Record(Day0, Placed("1", Day0));
        return story;
    }

    private static List<string> Sent(Story story) => [.. story.Of<MessageAccepted>().Select(m => story.Customer.FollowUps[m.FollowUp].Cadence)];
}
