using Cx.Domain.Shops;

namespace Cx.Tests.Shops;

public class ShopZoneTests
{
    [Theory]
    [InlineData("Europe/Rome", "IT")]
    [InlineData("Europe/Oslo", "NO")]           // shares its clock with Berlin, not its country
    [InlineData("America/New_York", "US")]
    [InlineData("US/Eastern", "US")]            // former names
    [InlineData("Asia/Calcutta", "IN")]
    [InlineData("Etc/UTC", null)]
    [InlineData("Etc/GMT+1", null)]
    [InlineData("UTC", null)]
    [InlineData("CET", null)]
    [InlineData("nowhere", null)]
    public void A_zone_named_after_a_place_has_its_country(string zone, string? country) => Assert.Equal(country, ShopZone.Country(zone));
}
