using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Cx.Application.Intake.Sources;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Intake.Sources;

public class ExactTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("\"89.90\"", "89.90")]
    [InlineData("-10.00", "-10.00")]
    [InlineData("1.5e3", "1500")]
    [InlineData("1E-5", "0.00001")]
    [InlineData("16.666666666666668", "16.666666666666668")]
    [InlineData("1234567890123456789012345678", "1234567890123456789012345678")]
    [InlineData("0.0000000000000000000000000001", "0.0000000000000000000000000001")]
    public void A_number_keeps_its_digits(string json, string number) =>
        Assert.Equal(number, ExactJson.Number(Parse(json))?.ToString(CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("1e400")]
    [InlineData("1e-400")]
    [InlineData("1e28")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("0.00000000000000000000000000001")]
    [InlineData("\"\"")]
    [InlineData("\" 1\"")]
    [InlineData("\"+1\"")]
    [InlineData("\"1,5\"")]
    [InlineData("\"1.\"")]
    [InlineData("\".5\"")]
    [InlineData("\"1e\"")]
    [InlineData("\"0x1\"")]
    [InlineData("\"NaN\"")]
    [InlineData("true")]
    [InlineData("[1]")]
    public void What_has_no_exact_form_is_no_number(string json) => Assert.Null(ExactJson.Number(Parse(json)));

    [Fact]
    public void A_number_is_exact_or_none()
    {
        var texts =
            from whole in Gen.Choose(0, 20).SelectMany(n => Gen.ListOf(Gen.Choose(0, 9), n))
            from fraction in Gen.Choose(0, 20).SelectMany(n => Gen.ListOf(Gen.Choose(0, 9), n))
            from exponent in Gen.Choose(-30, 30)
            select (Whole: "1" + string.Concat(whole), Fraction: "0" + string.Concat(fraction), Exponent: exponent);
        Prop.ForAll(texts.ToArbitrary(), x =>
            ExactJson.Number(Parse($"{x.Whole}.{x.Fraction}e{x.Exponent}")) is not { } number
            || Scaled(number) == BigInteger.Parse(x.Whole + x.Fraction, CultureInfo.InvariantCulture) * BigInteger.Pow(10, 60 + x.Exponent - x.Fraction.Length)).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("9007199254740993", "9007199254740993")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("\" a b \"", "a b")]
    [InlineData("1.0", null)]
    [InlineData("1e3", null)]
    [InlineData("-1", null)]
    [InlineData("\"a\\u0000\"", null)]
    [InlineData("\"\\ud800\"", null)]
    [InlineData("\" \"", null)]
    [InlineData("{}", null)]
    public void An_id_is_its_digits_or_its_text(string json, string? id) => Assert.Equal(id, ExactJson.Id(Parse(json)));

    [Theory]
    [InlineData("9223372036854775807", 9223372036854775807)]
    [InlineData("9223372036854775808", null)]
    [InlineData("2.0", 2L)]
    [InlineData("2.5", null)]
    public void A_whole_number_fits_or_is_none(string json, long? number) => Assert.Equal(number, ExactJson.Integer(Parse(json), 0, long.MaxValue));

    [Theory]
    [InlineData("2026-03-01T10:15:30Z", "2026-03-01T10:15:30.0000000+00:00")]
    [InlineData("2026-03-01T10:15:30+05:30", "2026-03-01T04:45:30.0000000+00:00")]
    [InlineData("2026-03-01t10:15:30.1z", "2026-03-01T10:15:30.1000000+00:00")]
    [InlineData("2026-03-01T10:15:30.123456789-01:00", "2026-03-01T11:15:30.1234560+00:00")]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.0000000+00:00")]
    [InlineData("2026-03-01T10:15:30", null)]
    [InlineData("2026-03-01", null)]
    [InlineData("2026-02-29T00:00:00Z", null)]
    [InlineData("2026-13-01T00:00:00Z", null)]
    [InlineData("2026-03-01T24:00:00Z", null)]
    [InlineData("2026-03-01T10:15:60Z", null)]
    [InlineData("2026-03-01T10:15:30.Z", null)]
    [InlineData("2026-03-01T10:15:30+0530", null)]
    [InlineData("2026-03-01T10:15:30+15:00", null)]
    [InlineData("2026-03-01T10:15:30ZZ", null)]
    [InlineData("2026-03-01 10:15:30Z", null)]
    [InlineData("0000-01-01T00:00:00Z", null)]
    [InlineData("0001-01-01T00:00:00+01:00", null)]
    [InlineData("9999-12-31T23:59:59-01:00", null)]
    [InlineData("+026-03-01T10:15:30Z", null)]
    [InlineData("", null)]
    public void An_instant_has_an_offset_and_at_most_microseconds(string text, string? instant) =>
        Assert.Equal(instant, ExactInstant.Parse(text)?.ToString("O", CultureInfo.InvariantCulture));

    [Fact]
    public void A_utc_field_may_leave_the_zone_out()
    {
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 10, 15, 30, TimeSpan.Zero), ExactInstant.ParseUtc("2026-03-01T10:15:30"));
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 9, 15, 30, TimeSpan.Zero), ExactInstant.ParseUtc("2026-03-01T10:15:30+01:00"));
    }

    [Fact]
    public void Invalid_field_names_hide_no_other_field()
    {
        var json = Parse("""{"\ud800":1,"email":"a@b.example","\u0065mail2":2,"\udfff":3}""");
        Assert.Equal("a@b.example", ExactJson.Property(json, "email")?.GetString());
        Assert.Equal(2, ExactJson.Property(json, "email2")?.GetInt32());
        Assert.Null(ExactJson.Property(json, "phone"));
    }

    [Theory]
    [InlineData("it", "it")]
    [InlineData("pt_BR", "pt-BR")]
    [InlineData("zh-Hant-TW", "zh-Hant-TW")]
    [InlineData("italiano", null)]
    [InlineData("it-", null)]
    [InlineData("", null)]
    public void A_language_tag_has_its_form(string text, string? tag) => Assert.Equal(tag, Locales.Language(text));

    private static BigInteger Scaled(decimal number)
    {
        var bits = decimal.GetBits(number);
        var digits = ((BigInteger)(uint)bits[2] << 64) | ((BigInteger)(uint)bits[1] << 32) | (uint)bits[0];
        return digits * BigInteger.Pow(10, 60 - number.Scale);
    }

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
