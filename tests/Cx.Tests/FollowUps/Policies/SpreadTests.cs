using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Deciding;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Policies;

using Sending = Cx.Domain.Shops.Sending;

/// <summary>After a pause or an outage what was held goes out over hours, not at once.</summary>
public sealed class SpreadTests
{
    private static readonly DateTimeOffset Day0 = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    [Fact]
    public void What_a_pause_held_goes_out_spread_over_the_hours_of_the_policy_each_order_at_a_stable_instant()
    {
        var resumed = Day(8);
        var sent = Enumerable.Range(1, 200).Select(n => Resumed(n, Day(7).AddHours(-1), resumed).RunUntil(Day(9)).SentAt("review-request")!.Value).ToList();

        Assert.All(sent, at => Assert.InRange(at, resumed, resumed.AddHours(4)));
        for (var hour = 0; hour < 4; hour++)
            Assert.InRange(sent.Count(at => at >= resumed.AddHours(hour) && at < resumed.AddHours(hour + 1)), 30, 70);
        Assert.Equal(sent[0], Resumed(1, Day(7).AddHours(-1), resumed).RunUntil(Day(9)).SentAt("review-request"));
    }

    [Fact]
    public void A_short_pause_spreads_no_longer_than_it_was()
    {
        var sent = Enumerable.Range(1, 100).Select(n => Resumed(n, Day(7).AddMinutes(-10), Day(7).AddMinutes(10)).RunUntil(Day(8)).SentAt("review-request")!.Value).ToList();

        Assert.All(sent, at => Assert.InRange(at, Day(7).AddMinutes(10), Day(7).AddMinutes(30)));
        Assert.True(sent.Distinct().Count() > 90);
    }

    [Fact]
    public void The_hold_says_why_and_until_when()
    {
        var story = Paused(1, Day(6), Day(8));
        var held = Assert.Single(story.Wake(Day(8)).OfType<StepHeld>());

        Assert.Equal((Reason.SpreadOut, story.NextDue), (held.Reason, held.Until));
        Assert.StartsWith("nothing was sent from 2026-03-08T09:30:00Z to 2026-03-10T09:30:00Z, and what that held is spread: this from 2026-03-10T", held.Checks.Single(c => c.Policy == "spread").Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Transactional_messages_go_at_once_and_what_is_due_afterwards_is_not_concerned()
    {
        var story = Consenting(Day0);
        Pause(story, Day0.AddHours(-1), Day0.AddHours(1));
        story.Record(Day0, Placed("1", Day0), Delivered("1", Day0));
        story.Wake(Day0.AddHours(1));
        story.Send(Day0.AddHours(1));
        story.RunUntil(Day(20));

        Assert.Equal((Day0.AddHours(1), Day(7)), (story.SentAt("thank-you"), story.SentAt("review-request")));
    }

    [Fact]
    public void Nothing_is_spread_into_quiet_hours_and_what_would_be_is_spread_anew_from_their_end()
    {
        var resumed = new DateTimeOffset(2026, 3, 9, 19, 0, 0, TimeSpan.Zero);      // eight in the evening: an hour is left
        var morning = new DateTimeOffset(2026, 3, 10, 7, 0, 0, TimeSpan.Zero);
        var sent = Enumerable.Range(1, 200).Select(n => Resumed(n, Day(6), resumed).RunUntil(Day(9)).SentAt("review-request")!.Value).ToList();

        Assert.All(sent, at => Assert.True((at >= resumed && at < resumed.AddHours(1)) || (at >= morning && at < morning.AddHours(4)), $"{at:O}"));
        Assert.InRange(sent.Count(at => at < morning), 25, 80);
        Assert.InRange(sent.Count(at => at < morning.AddHours(2) && at >= morning), 20, 100);
    }

    [Fact]
    public void A_step_whose_window_it_would_be_carried_past_goes_when_that_opens()
    {
        var step = DefaultCadences.PostSale.Steps[1] with { Window = new(new(10, 0), new(11, 0)) };
        foreach (var n in Enumerable.Range(1, 20))
        {
            var story = Consenting(Day0);
            story.Shop = story.Shop with { Cadences = [DefaultCadences.PostSale with { Steps = [DefaultCadences.PostSale.Steps[0], step, .. DefaultCadences.PostSale.Steps.Skip(2)] }] };
            Pause(story, Day(6), Day(8).AddHours(2));
            story.Record(Day0, Placed($"{n}", Day0), Delivered($"{n}", Day0));
            story.Wake(Day(8).AddHours(2));
            Assert.InRange(story.RunUntil(Day(12)).SentAt("review-request")!.Value, Day(8).Date.AddDays(1).AddHours(9), Day(8).Date.AddDays(1).AddHours(10));
        }
    }

    [Theory]
    [InlineData(0)]        // held for exactly the longest hold as it is resumed
    [InlineData(-1)]
    public void What_could_have_gone_as_it_was_resumed_is_not_skipped_for_the_wait(int minutes)
    {
        foreach (var n in Enumerable.Range(1, 50))
        {
            var story = Resumed(n, Day(6), Day(14).AddMinutes(minutes));
            Assert.NotNull(story.RunUntil(Day(30)).SentAt("review-request"));
        }
    }

    [Fact]
    public void Nor_is_it_too_late_for_it()
    {
        var step = DefaultCadences.PostSale.Steps[1] with { MaxLateness = TimeSpan.FromMinutes(30) };
        foreach (var n in Enumerable.Range(1, 50))
        {
            // Nobody was woken for 25 minutes: no hold is recorded, and the wait alone would be too long.
            var story = Consenting(Day0);
            story.Shop = story.Shop with { Cadences = [DefaultCadences.PostSale with { Steps = [DefaultCadences.PostSale.Steps[0], step, .. DefaultCadences.PostSale.Steps.Skip(2)] }] };
            story.Record(Day0, Placed($"{n}", Day0), Delivered($"{n}", Day0));
            story.RunUntil(Day(7).AddMinutes(-1));
            story.Shop = story.Shop with { Pauses = [new(Day(7).AddHours(-5), Day(7).AddMinutes(25))] };
            story.Wake(Day(7).AddMinutes(25));
            Assert.NotNull(story.RunUntil(Day(9)).SentAt("review-request"));
        }
    }

    [Fact]
    public void A_pause_of_one_cadence_spreads_its_steps_alone()
    {
        var (at, id) = (Day(8), new ShopId("demo"));
        var published = CadenceStanding.After(null, new("post-sale", CadenceState.Published, 1, null, Day0));
        var paused = CadenceStanding.After(published, new("post-sale", CadenceState.Paused, 1, null, Day(6)));
        var resumed = CadenceStanding.After(paused, new("post-sale", CadenceState.Published, 1, null, at));
        Assert.Equal([new SendingPause(Day(6), at)], resumed.Pauses);

        var story = Consenting(Day0);
        story.Record(Day0, Placed("1", Day0), Delivered("1", Day0));
        story.Shop = story.Shop with { Standings = story.Shop.Standings.SetItem("post-sale", paused) };
        story.RunUntil(at);
        story.Shop = story.Shop with { Standings = story.Shop.Standings.SetItem("post-sale", resumed) };
        Assert.Single(story.Wake(at).OfType<StepHeld>(), h => h.Reason == Reason.SpreadOut);
    }

    [Fact]
    public void A_shop_remembers_its_pauses_from_the_first_day_on_and_an_outage_is_one()
    {
        var id = new ShopId("demo");
        IEvent[] events =
        [
            new ShopConfigured(new("Demo", "Europe/Rome", ["it"]), Day0), new SendingSwitched(Sending.Paused, Day(1)), new SendingSwitched(Sending.On, Day(2)),
            new SendingSwitched(Sending.Off, Day(3)), new SendingSwitched(Sending.Paused, Day(4)), new SendingSwitched(Sending.On, Day(5)), new WakingInterrupted(Day(6), Day(7)),
            new SendingSwitched(Sending.Off, Day(9)), new SendingSwitched(Sending.On, Day(8)),
        ];
        var shop = events.Aggregate((Shop?)null, (sofar, e) => Shop.Evolve(sofar, id, e))!;

        Assert.Equal([new(Day0, Day(2)), new(Day(3), Day(5)), new(Day(6), Day(7))], shop.Pauses);
        Assert.Null(shop.NotSendingSince);
    }

    [Fact]
    public void What_a_person_wants_sent_now_does_not_wait()
    {
        var story = Paused(1, Day(6), Day(8));
        var followUp = story.Customer.FollowUps.Keys.Single();
        story.Commit(Day(7.5), s => StepControls.Decide(story.Customer, s, new(StepControl.Send, followUp, "review-request", null, "key-1", null)));
        story.Commit(Day(8), s => StepControls.Decide(story.Customer, s, new(StepControl.Send, followUp, "review-request", null, "key-1", null)));
        Assert.Equal(Day(8), story.RunUntil(Day(9)).SentAt("review-request"));
    }

    // Paused before what is due on the seventh day, and resumed after it.
    private static Story Paused(int order, DateTimeOffset from, DateTimeOffset to)
    {
        var story = Consenting(Day0);
        story.Record(Day0, Placed($"{order}", Day0), Delivered($"{order}", Day0));
        story.RunUntil(from);
        story.Shop = story.Shop with { Sending = Sending.Paused };
        story.RunUntil(to.AddTicks(-1));
        story.Shop = story.Shop with { Sending = Sending.On };
        Pause(story, from, to);
        return story;
    }

    // As the store wakes whom a change of the shop concerns.
    private static Story Resumed(int order, DateTimeOffset from, DateTimeOffset to)
    {
        var story = Paused(order, from, to);
        story.Wake(to);
        story.Send(to);
        return story;
    }

    private static void Pause(Story story, DateTimeOffset from, DateTimeOffset to) => story.Shop = story.Shop with { Pauses = [new(from, to)] };

    private static DateTimeOffset Day(double days) => Day0.AddDays(days);
}
