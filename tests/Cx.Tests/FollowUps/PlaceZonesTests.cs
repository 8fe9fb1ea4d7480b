using Cx.Domain.FollowUps.Places;
using Cx.Domain.Shops;
using NodaTime;
using NodaTime.TimeZones;

namespace Cx.Tests.FollowUps;

/// <summary>In which time zones an address may lie.</summary>
public class PlaceZonesTests
{
    [Theory]
    [InlineData("IT", null, null, "Europe/Rome")]
    [InlineData("DE", "BW", "78266", "Europe/Berlin")]      // Büsingen keeps Berlin's time
    [InlineData("US", "CA", null, "America/Los_Angeles")]
    [InlineData("US", null, "94105", "America/Los_Angeles")]
    [InlineData("US", null, "94105-1234", "America/Los_Angeles")]
    [InlineData("US", null, "2139", "America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles America/Anchorage America/Adak Pacific/Honolulu")]
    [InlineData("US", null, "02139", "America/New_York")]
    [InlineData("US", "TN", null, "America/Chicago America/New_York")]
    [InlineData("US", "TN", "37203", "America/Chicago")]
    [InlineData("US", "FL", "32401", "America/New_York America/Chicago")]
    [InlineData("US", "NY", "94105", "America/New_York America/Los_Angeles")]       // one of the two is wrong
    [InlineData("US", "PR", null, "America/Puerto_Rico")]
    [InlineData("US", "ZZ", null, "America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles America/Anchorage America/Adak Pacific/Honolulu")]
    [InlineData("CA", "NL", "A1A 1A1", "America/St_Johns")]
    [InlineData("CA", null, "m5v 3l9", "America/Toronto")]
    [InlineData("AU", "WA", "6443", "Australia/Perth Australia/Eucla")]
    [InlineData("AU", "NSW", "2880", "Australia/Broken_Hill")]
    [InlineData("AU", null, "0800", "Australia/Darwin")]
    [InlineData("BR", "PE", null, "America/Recife America/Noronha")]
    [InlineData("BR", null, "69900-062", "America/Rio_Branco")]
    [InlineData("MX", "QROO", null, "America/Cancun")]
    [InlineData("RU", null, "683000", "Asia/Kamchatka")]
    [InlineData("RU", "KGD", null, "Europe/Kaliningrad")]
    [InlineData("ES", "GC", null, "Atlantic/Canary")]
    [InlineData("ES", null, "35001", "Atlantic/Canary")]
    [InlineData("ES", null, "28001", "Europe/Madrid")]
    [InlineData("ES", null, null, "Europe/Madrid Atlantic/Canary")]
    [InlineData("PT", "PT-20", null, "Atlantic/Azores")]
    [InlineData("PT", null, "9500-321", "Atlantic/Azores")]
    [InlineData("PT", null, "9000-017", "Atlantic/Madeira")]
    [InlineData("PT", null, "1100-148", "Europe/Lisbon")]
    [InlineData("ID", "BA", null, "Asia/Makassar")]
    [InlineData("CL", "CL-VS", null, "America/Santiago Pacific/Easter")]
    [InlineData("UA", "UA05", null, "Europe/Kyiv")]
    [InlineData("NZ", "CAN", "8942", "Pacific/Chatham")]
    [InlineData("FR", null, "97410", "Indian/Reunion")]
    [InlineData("FR", null, "75001", "Europe/Paris")]
    [InlineData("XK", null, null, "Europe/Belgrade")]
    [InlineData("XX", null, null, "")]
    [InlineData(null, "CA", null, "")]
    public void An_address_has_the_zones_of_its_province_and_postcode_else_of_its_country(string? country, string? province, string? postcode, string zones) =>
        Assert.Equal(zones, string.Join(' ', PlaceZones.Of(country, province, PlaceZones.OfPostcode(country, postcode)).Select(z => z.Id)));

    [Fact]
    public void A_country_of_several_clocks_has_each_of_them_once()
    {
        var (from, to) = (Instant.FromUtc(2025, 1, 1, 0, 0), Instant.FromUtc(2040, 1, 1, 0, 0));
        Assert.All(TzdbDateTimeZoneSource.Default.ZoneLocations!.GroupBy(l => l.CountryCode), country =>
            Assert.Equal(country.Select(l => Offsets(l.ZoneId)).Distinct().Order(), PlaceZones.Of(country.Key, null, null).Select(z => Offsets(z.Id)).Order()));

        string Offsets(string zone) => string.Join(' ', ShopZone.Of(zone).GetZoneIntervals(from, to).Select(i => $"{(i.HasEnd ? i.End.ToUnixTimeSeconds() : 0)}{i.WallOffset}"));
    }

    /// <summary>A wrong name would be left out in silence, and a code written twice would lose one of its lines.</summary>
    [Fact]
    public void The_tables_name_zones_that_exist_and_each_code_once()
    {
        var provinces = Provinces.Rows(Provinces.Table).ToList();
        var postcodes = Provinces.Rows(Postcodes.Table).ToList();
        Assert.All(provinces.SelectMany(r => r.Values).Concat(postcodes.SelectMany(r => r.Values).Where(v => v.Contains('/'))), zone => Assert.NotNull(ShopZone.Find(zone)));
        Assert.All(postcodes.SelectMany(r => r.Values.Where(v => !v.Contains('/')).Select(code => (r.Country, code))), x => Assert.NotEmpty(Provinces.ZonesOf(x.Country, x.code)));
        Assert.Empty(provinces.SelectMany(r => r.Keys.Select(key => (r.Country, key))).GroupBy(x => x).Where(g => g.Count() > 1).Select(g => g.Key));
        Assert.Empty(postcodes.SelectMany(r => r.Keys.Select(key => (r.Country, key))).GroupBy(x => x).Where(g => g.Count() > 1).Select(g => g.Key));
    }

    /// <summary>Every clock that tzdata knows of a country is that of some province, so that no province of it is missing from the table altogether.</summary>
    [Theory]
    [InlineData("US")]
    [InlineData("CA")]
    [InlineData("AU")]
    [InlineData("BR")]
    [InlineData("MX")]
    [InlineData("RU")]
    [InlineData("ES")]
    [InlineData("PT")]
    [InlineData("ID")]
    [InlineData("CL")]
    [InlineData("EC")]
    [InlineData("NZ")]
    [InlineData("CD")]
    [InlineData("MN")]
    [InlineData("CN")]
    [InlineData("GL")]
    [InlineData("PG")]
    [InlineData("KI")]
    [InlineData("FM")]
    [InlineData("UA")]
    public void Every_clock_of_a_country_is_that_of_a_province(string country)
    {
        var ofProvinces = Provinces.Rows(Provinces.Table).Where(r => r.Country == country).SelectMany(r => PlaceZones.Of(country, r.Keys[0], null)).ToList();
        Assert.All(PlaceZones.Of(country, null, null), zone => Assert.True(PlaceZones.Has([.. ofProvinces], zone), zone.Id));
    }
}
