using Cx.Application.Privacy;

namespace Cx.Tests.Privacy;

public class PhoneFormsTests
{
    [Theory]
    [InlineData("333 1234567", "IT", "+393331234567")]
    [InlineData("+39 333 1234567", "IT", "+393331234567")]
    [InlineData("0039 333-123.4567", null, "+393331234567")]
    [InlineData("39 333 1234567", "IT", "+393331234567")]
    [InlineData("(+39) 333 1234567", "DE", "+393331234567")]
    [InlineData("\u202A+39 333 123 4567\u202C", null, "+393331234567")]
    [InlineData("３３３　１２３４５６７", "IT", "+393331234567")]
    [InlineData("333\u2011123\u20114567", "IT", "+393331234567")]
    [InlineData("06 6982 1234", "IT", "+390669821234")]
    [InlineData("0171 1234567", "DE", "+491711234567")]
    [InlineData("+49 (0)171 1234567", "IT", "+491711234567")]
    [InlineData("020 7946 0123", "GB", "+442079460123")]
    [InlineData("(201) 555-0123", "US", "+12015550123")]
    [InlineData("1 201 555 0123", "US", "+12015550123")]
    [InlineData("01 99 00 11 22", "FR", "+33199001122")]
    public void A_number_is_read_in_its_country(string written, string? country, string normal) => Assert.Equal(normal, PhoneForms.Of(written, country, shopCountry: null)[0]);

    [Theory]
    [InlineData("333 1234567", null, "IT", "+393331234567")]
    [InlineData("0171 1234567", "DE", "IT", "+491711234567")]
    [InlineData("333 1234567", "US", "IT", "3331234567")]       // no number of the United States: not tried elsewhere
    [InlineData("333 1234567", "XX", "IT", "3331234567")]
    [InlineData("333 1234567", null, null, "3331234567")]
    [InlineData("+39 0612", null, "IT", null)]
    [InlineData("+39 333 555", null, "IT", "+39333555")]
    [InlineData("12 34 567", null, "IT", "1234567")]
    [InlineData("333 1234567 ext. 4", null, "IT", null)]
    [InlineData("Anna 333 1234567", null, "IT", null)]
    [InlineData("333 1234567 / 338 7654321", null, "IT", null)]
    [InlineData("", null, "IT", null)]
    [InlineData("\ud800", null, "IT", null)]
    public void A_number_without_country_is_one_of_the_shops_and_what_is_not_valid_keeps_its_digits(string written, string? country, string? shop, string? normal) =>
        Assert.Equal(normal, PhoneForms.Of(written, country, shop) is [var first, ..] ? first : null);

    [Theory]
    [InlineData("333 1234567", "+393331234567", "3331234567")]
    [InlineData("+39 333 1234567", "+393331234567", "3331234567")]
    [InlineData("+49 171 1234567", "+491711234567")]
    [InlineData("+49 (0)171 1234567", "+491711234567")]
    [InlineData("+39 06 6982 1234", "+390669821234", "0669821234")]
    [InlineData("12 34 567", "1234567")]
    public void The_digits_under_which_a_number_used_to_be_stored_come_behind(string written, params string[] forms) =>
        Assert.Equal(forms, PhoneForms.Of(written, country: null, "IT"));
}
