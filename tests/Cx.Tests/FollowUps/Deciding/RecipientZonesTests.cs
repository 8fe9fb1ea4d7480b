using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Places;
using Cx.Domain.Privacy;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>Whose night it is: that of the order's address, else the customer's, else the shop's; and where that may be in several zones, in all of them.</summary>
public class RecipientZonesTests
{
    private static readonly DateTimeOffset Delivered = new(2026, 6, 1, 10, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("US", "CA", null, null, null, 15)]                  // half past three in the morning there: eight is 15:00 UTC
    [InlineData("US", null, "10001", null, null, 12)]
    [InlineData("US", null, null, null, null, 18)]                  // Hawaii is the last in which it is eight
    [InlineData("AU", "NSW", "2000", null, null, 22)]               // 20:30 on the last evening hour there, then 21:00: quiet
    [InlineData("US", "CA", null, "America/Los_Angeles", null, 15)]
    [InlineData("US", null, null, "America/Chicago", null, 13)]     // stated of the customer, and the address may lie there
    [InlineData("US", "CA", null, "Asia/Tokyo", null, 15)]          // an order from another address
    [InlineData(null, null, null, "America/Los_Angeles", "JP", 15)] // no address on the order
    [InlineData(null, null, null, null, "CA", 15)]                  // the customer's country: Vancouver is the last
    [InlineData("IT", null, null, null, "US", 10)]                  // the order's address first: half past twelve in Rome
    public void A_request_waits_for_morning_where_the_order_is_addressed(
        string? country, string? province, string? postcode, string? stated, string? ofCustomer, int hour)
    {
        var story = Bought(Story.Consenting(Delivered.AddDays(-2)), country, province, postcode, stated, ofCustomer, Delivered.AddHours(hour == 22 ? 1 : 0));

        var sent = story.RunUntil(Delivered.AddDays(20)).SentAt("review-request")!.Value;

        Assert.Equal((hour, hour == 10 ? 30 : 0), (sent.Hour, sent.Minute));
        Assert.All(Recipient.Zones(story.Customer, story.Customer.Orders[new("1")], story.Shop).All, zone =>
            Assert.InRange(NodaTime.Instant.FromDateTimeOffset(sent).InZone(zone).Hour, 8, 20));
    }

    [Fact]
    public void Why_names_the_zones_and_what_they_are_known_by()
    {
        var story = Bought(Story.Consenting(Delivered.AddDays(-2)), "US", "TN");
        story.RunUntil(Delivered.AddDays(20));

        var held = story.Of<StepHeld>().Single(s => s.Step == "review-request");
        Assert.Equal(Reason.QuietHours, held.Reason);
        Assert.Equal("quiet until 2026-06-08T13:00:00Z in America/Chicago, America/New_York (by the order's address)", held.Checks.Single(c => c.Policy == "quiet-hours").Evidence);
        Assert.Equal(
            "not quiet in America/Chicago, America/New_York (by the order's address)",
            story.Of<MessageQueued>().Single(m => m.Step == "review-request").Checks.Single(c => c.Policy == "quiet-hours").Evidence);
    }

    [Fact]
    public void A_window_that_no_hour_keeps_in_all_zones_is_kept_in_the_first_in_which_the_quiet_hours_of_all_leave_it_one()
    {
        var story = Story.Consenting(Delivered.AddDays(-2));
        story.Shop = story.Shop with { Cadences = [InWindow(new(9, 0), new(12, 0))] };
        Bought(story, "US", null);

        var sent = story.RunUntil(Delivered.AddDays(20)).SentAt("review-request")!.Value;

        // Nine to twelve is over in New York, Chicago and Denver before it is eight in Hawaii; in Phoenix an hour is left.
        var window = story.Of<MessageQueued>().Single(m => m.Step == "review-request").Checks.Single(c => c.Policy == "window");
        Assert.Equal(new DateTimeOffset(2026, 6, 8, 18, 0, 0, TimeSpan.Zero), sent);
        Assert.StartsWith("inside 09:00-12:00 in America/Phoenix, because no hour is inside in all of America/New_York, America/Chicago", window.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_is_kept_in_all_zones_where_it_can_be()
    {
        var story = Story.Consenting(Delivered.AddDays(-2));
        story.Shop = story.Shop with { Cadences = [InWindow(new(9, 0), new(17, 0))] };
        Bought(story, "US", null);

        var sent = story.RunUntil(Delivered.AddDays(20)).SentAt("review-request")!.Value;

        Assert.Equal(new DateTimeOffset(2026, 6, 8, 19, 0, 0, TimeSpan.Zero), sent);     // nine in Hawaii, three in the afternoon in New York
    }

    [Fact]
    public void Quiet_hours_that_leave_no_hour_in_some_zone_are_kept_all_the_same()
    {
        var story = Story.Consenting(Delivered.AddDays(-2));
        story.Shop = story.Shop with { Policy = story.Shop.Policy with { QuietHours = new(new(18, 0), new(10, 0)) } };
        Bought(story, "RU", null);

        story.RunUntil(Delivered.AddDays(60));

        Assert.Null(story.SentAt("review-request"));
        Assert.Equal(Reason.HeldTooLong, story.Step("review-request").Reason);
        Assert.StartsWith(
            "at every hour quiet in one of Europe/Moscow, ", story.Of<StepHeld>().First(s => s.Step == "review-request").Checks.Single(c => c.Policy == "quiet-hours").Evidence, StringComparison.Ordinal);
    }

    private static CadenceDocument InWindow(TimeOnly from, TimeOnly to) =>
        DefaultCadences.PostSale with { Steps = [.. DefaultCadences.PostSale.Steps.Select(s => s.Id == "review-request" ? s with { Window = new(from, to) } : s)] };

    private static Story Bought(
        Story story, string? country, string? province, string? postcode = null, string? stated = null, string? ofCustomer = null, DateTimeOffset? delivered = null)
    {
        var (placed, at) = (Delivered.AddDays(-1), delivered ?? Delivered);
        story.Learn(placed, timeZone: stated, country: ofCustomer);
        story.Record(
            at, Story.Placed("1", placed), Story.Delivered("1", at),
            new OrderContactGiven(new("1"), Personal.Clear("ada@example.org"), null, null, null, null, null, country, province, Personal.Clear(postcode), placed)
            {
                PostcodeZones = PlaceZones.OfPostcode(country, postcode),
            });
        return story;
    }
}
