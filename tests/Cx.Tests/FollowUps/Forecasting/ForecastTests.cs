using System.Text;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Forecasting;
using Cx.Domain.Shops;
using Cx.Tests.FollowUps.Deciding;
using Cx.Tests.FollowUps.Policies;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.FollowUps.Forecasting;

/// <summary>A forecast is what then happens if no fact comes.</summary>
public sealed class ForecastTests
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(120);

    [Fact]
    public void A_forecast_is_what_then_happens_to_one_customer() => FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), Prop.ForAll(
        Gen.Zip(Chapters.Any, Gen.Choose(0, 40)).Select(x => x.Item1.Take(x.Item2).ToArray()).ToArbitrary(), (Chapter[] chapters) =>
        {
            var story = Chapters.Run(chapters);
            var at = story.Customer.RecordedAt;
            var forecast = Forecast.Of(story.Customer, story.ContextAt(at), new(story.Products), at + Ahead);
            var known = story.Log.Count();
            Happens(story, at, at + Ahead);
            Assert.Equal(Written(story.Log.Skip(known)), Written(forecast.Events));
        }));

    [Fact]
    public void A_forecast_is_what_then_happens_with_competing_cadences_caps_pauses_and_linked_people() =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Gen.Zip(ContactProperties.Moments, Gen.Choose(0, 50)).ToArbitrary(), x =>
        {
            var (moments, told) = x;
            var world = new ContactWorld(3);
            foreach (var moment in moments.Take(told))
            {
                world.RunUntil(world.Clock.AddMinutes(moment.Minutes), moment.Slept);
                ContactProperties.Do(world, moment);
            }

            var (end, known) = (world.Clock + Ahead, world.Log.Select(e => e.Seq).LastOrDefault());
            var forecasts = world.Customers.ToDictionary(c => c.Id, c => Forecast.Of(c, world.Context(c.Id), ContactWorld.Offers, end));
            foreach (var customer in world.Customers.ToList())
                world.Send(customer.Id);
            world.RunUntil(end, slept: false);

            Assert.All(forecasts, f => Assert.Equal(Written(world.LogOf(f.Key).Where(e => e.Seq > known).Select(e => e.Event).Where(e => e.OccurredAt < end)), Written(f.Value.Events)));
        }));

    [Fact]
    public void What_is_sent_leads_to_the_step_after_it()
    {
        var story = Story.Consenting(Chapters.Begin);
        story.Record(Chapters.Begin, Story.Placed("1", Chapters.Begin), Story.Delivered("1", Chapters.Begin.AddDays(1)));
        var forecast = Of(story, days: 30);
        Assert.Equal(
            [("thank-you", Outlook.Send), ("review-request", Outlook.Send), ("review-reminder", Outlook.Send), ("related-offer", Outlook.Send)],
            forecast.Decisions.Select(d => (d.Step, d.Decision.Outlook)));
        Assert.All(forecast.Decisions, d => Assert.NotEmpty(d.Checks));
    }

    [Fact]
    public void Without_the_products_it_says_that_they_are_wanted()
    {
        var story = Story.Consenting(Chapters.Begin);
        story.Record(Chapters.Begin, Story.Placed("1", Chapters.Begin), Story.Delivered("1", Chapters.Begin.AddDays(1)));
        Assert.True(Forecast.Of(story.Customer, story.ContextAt(Chapters.Begin), OfferChoice.NotLookedUp, Chapters.Begin.AddDays(30)).WantsOffers);
        Assert.False(Forecast.Of(story.Customer, story.ContextAt(Chapters.Begin), OfferChoice.NotLookedUp, Chapters.Begin.AddDays(20)).WantsOffers);
    }

    [Fact]
    public void With_sending_off_everything_is_held_and_then_skipped()
    {
        var story = Story.Consenting(Chapters.Begin);
        story.Shop = story.Shop with { Sending = Sending.Off };
        story.Record(Chapters.Begin, Story.Placed("1", Chapters.Begin));
        Assert.Equal([(Outlook.Hold, (Reason?)Reason.SendingOff), (Outlook.Skip, Reason.HeldTooLong)], Of(story, days: 14).Decisions.Select(d => (d.Decision.Outlook, d.Decision.Reason)));
    }

    private static Forecast Of(Story story, int days) =>
        Forecast.Of(story.Customer, story.ContextAt(Chapters.Begin), new(story.Products), Chapters.Begin.AddDays(days));

    // As a host does it that is never late: woken when due, and what is queued is sent at once, or when it is to be tried again.
    private static void Happens(Story story, DateTimeOffset at, DateTimeOffset end)
    {
        story.Send(at);
        while (Next() is { } next && next < end)
        {
            at = next > at ? next : at;
            story.Wake(at);
            story.Send(at);
        }

        DateTimeOffset? Next() => new[] { story.NextDue, story.Customer.Messages.Values.Where(m => m.Status == MessageStatus.Queued).Min(m => m.RetryAt) }.Min();
    }

    // Who takes a message, and what is answered, is no part of a forecast.
    private static IEnumerable<string> Written(IEnumerable<ICustomerEvent> events) => events
        .Select(e => e switch { MessageAttempted x => x with { Sender = "" }, MessageAccepted x => x with { Response = "" }, _ => e })
        .Select(e => EventCatalog.NameOf(e) + Encoding.UTF8.GetString(EventCatalog.Write(e)));
}
