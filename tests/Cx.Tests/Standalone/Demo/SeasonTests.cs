using Cx.Standalone.Demo;

namespace Cx.Tests.Standalone.Demo;

public sealed class SeasonTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 23, 30, 0, TimeSpan.Zero);

    [Fact]
    public void It_is_the_same_every_time()
    {
        var (one, other) = (new Season(Now), new Season(Now));

        Assert.Equal(one.Events.Select(h => h.At), other.Events.Select(h => h.At));
        Assert.Equal(one.Purchases.SelectMany(Webhooks), other.Purchases.SelectMany(Webhooks));
    }

    [Theory]
    [InlineData("2026-11-21T23:30:00Z")]
    [InlineData("2026-04-20T05:00:00Z")] // clocks go forward on the way
    [InlineData("2027-01-02T12:00:00Z")] // and back
    public void Everything_happens_in_its_twelve_weeks(string now)
    {
        var season = new Season(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture));

        Assert.All(season.Events, h => Assert.InRange(h.At, season.At(0, 0), season.End));
        Assert.Equal(7 * Season.Weeks, (int)Math.Round((season.At(7 * Season.Weeks, 0) - season.At(0, 0)).TotalDays));
    }

    [Fact]
    public void Everybody_buys_and_no_delivery_key_is_used_twice()
    {
        var season = new Season(Now);
        var keys = season.Purchases.SelectMany(Webhooks).Select(w => w.Key).ToList();

        Assert.Equal(People.All.Count, season.Purchases.Select(p => p.Buyer).Distinct().Count());
        Assert.Equal(season.Purchases.Count, season.Purchases.Select(p => p.Id).Distinct().Count());
        Assert.Equal(keys.Count, keys.Distinct().Count());
    }

    private static IEnumerable<Posting> Webhooks(Purchase p) =>
        (p.Buyer.Platform == Platform.Shopify ? ShopifyPayloads.Of(p) : WooCommercePayloads.Of(p)).Select(w => w.Posting);
}
