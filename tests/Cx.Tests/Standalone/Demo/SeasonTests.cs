using Cx.Standalone.Demo;

namespace Cx.Tests.Standalone.Demo;

public sealed class SeasonTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 23, 30, 0, TimeSpan.Zero);

    [Fact]
    public void It_is_the_same_every_time()
    {
        var (one, other) = (new Season(Now), new Season(Now));

        Assert.Equal(one.Actions.Select(a => a.At), other.Actions.Select(a => a.At));
        Assert.Equal(one.Orders.SelectMany(Webhooks), other.Orders.SelectMany(Webhooks));
    }

    [Theory]
    [InlineData("2026-11-21T23:30:00Z")]
    [InlineData("2026-04-20T05:00:00Z")] // clocks go forward on the way
    [InlineData("2027-01-02T12:00:00Z")] // and back
    public void Everything_happens_in_its_twelve_weeks(string now)
    {
        var season = new Season(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture));

        Assert.All(season.Actions, a => Assert.InRange(a.At, season.At(0, 0), season.End));
        Assert.Equal(7 * Season.Weeks, (int)Math.Round((season.At(7 * Season.Weeks, 0) - season.At(0, 0)).TotalDays));
    }

    [Fact]
    public void Every_customer_buys_and_no_delivery_key_is_used_twice()
    {
        var season = new Season(Now);
        var keys = season.Orders.SelectMany(Webhooks).Select(w => w.Key).ToList();

        Assert.Equal(DemoCustomers.All.Count, season.Orders.Select(p => p.Buyer).Distinct().Count());
        Assert.Equal(season.Orders.Count, season.Orders.Select(p => p.Id).Distinct().Count());
        Assert.Equal(keys.Count, keys.Distinct().Count());
    }

    private static IEnumerable<DemoDelivery> Webhooks(DemoOrder order) =>
        (order.Buyer.Platform == Platform.Shopify ? ShopifyPayloads.Of(order) : WooCommercePayloads.Of(order)).Select(w => w.Delivery);
}
