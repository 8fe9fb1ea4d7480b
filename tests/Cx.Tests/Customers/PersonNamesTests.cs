using Cx.Domain.Customers;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Customers;

public class PersonNamesTests
{
    [Theory]
    [InlineData("  Zoë  ", "Zoë")]
    [InlineData("Caff&egrave; Roma", "Caffè Roma")]
    [InlineData("O&#039;Neil", "O'Neil")]
    [InlineData("O&amp;#039;Neil", "O'Neil")]
    [InlineData("Anna &amp; Marco", "Anna & Marco")]
    [InlineData("Ro\u200Bsa\u202E Blu\uFEFF", "Rosa Blu")]
    [InlineData("Rosa\r\n\tBlu\u00A0 Neri", "Rosa Blu Neri")]
    [InlineData("Rosa&#0;&#x202e;Blu", "Rosa Blu")]
    [InlineData("علی\u200Cرضا", "علی\u200Cرضا")]
    [InlineData("\u200B\u3164 \u202E", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_name_is_one_line_of_plain_text(string? written, string? plain) => Assert.Equal(plain, PersonNames.Plain(written));

    [Theory]
    [InlineData("", "a", 300)]
    [InlineData("", "😀", 300)]
    [InlineData("x", "😀", 299)]                 // the 300th unit would be half a character
    [InlineData("x", "e\u0301", 299)]
    [InlineData("", "👩\u200D👩\u200D👧", 296)]    // a family of eight units
    public void A_long_name_is_cut_between_two_characters(string first, string character, int length) =>
        Assert.Equal((first + string.Concat(Enumerable.Repeat(character, 301)))[..length], PersonNames.Plain(first + string.Concat(Enumerable.Repeat(character, 301))));

    [Theory, InlineData("e\u0301", 300), InlineData("x\U0001D165", 299)]
    public void A_character_that_is_too_long_by_itself_is_cut_too(string start, int length) =>
        Assert.Equal(length, PersonNames.Plain(start + string.Concat(Enumerable.Repeat(start[1..], 400)))!.Length);

    [Theory]
    [InlineData("Zoë")]
    [InlineData("Anne-Marie")]
    [InlineData("D'Arcy")]
    [InlineData("D’Arcy")]
    [InlineData("O&#039;Neil")]
    [InlineData("J.R.")]
    [InlineData("Dr. Anna")]
    [InlineData("María del Carmen")]
    [InlineData("Anna & Marco")]
    [InlineData("Nuria·Maria")]
    [InlineData("Eurosia")]
    [InlineData("Dorothy (Dot)")]
    [InlineData("さくら")]
    [InlineData("علی\u200Cرضا")]
    [InlineData("श्रीमान\u094D\u200Dय")]
    public void A_name_is_greeted(string name) => Assert.Equal(PersonNames.Plain(name), PersonNames.Greeting(name));

    [Theory]
    [InlineData(null)]
    [InlineData("  \t")]
    [InlineData("https://evil.example")]
    [InlineData("www.evil.example")]
    [InlineData("Win at evil.example")]
    [InlineData("evil.example/win")]
    [InlineData("evil dot com")]
    [InlineData("evil . com")]
    [InlineData("evil。example。com")]
    [InlineData("t.me/evil")]
    [InlineData("win@evil.example")]
    [InlineData("@evil")]
    [InlineData("500 €")]
    [InlineData("$1.000")]
    [InlineData("Mille euro gratis")]
    [InlineData("0.5 BTC")]
    [InlineData("Call 333 1234567")]
    [InlineData("Hai vinto!")]
    [InlineData("<b>Rosa</b>")]
    [InlineData("&lt;b&gt;Rosa")]
    [InlineData("Ro\u200Bsa")]
    [InlineData("Ro\u00ADsa")]
    [InlineData("Rosa\u202E")]
    [InlineData("Ro\u200Dsa")]
    [InlineData("Rosa&#x200b;")]
    [InlineData("Rosa\u0007")]
    [InlineData("Rosa\nBcc: x")]
    [InlineData("\u3164")]
    [InlineData("Ro\ud800sa")]
    [InlineData("An essay that somebody pasted into the name field")]
    public void An_advertisement_and_what_hides_text_are_not(string? name) => Assert.Null(PersonNames.Greeting(name));

    [Fact]
    public void A_plain_name_stays_as_it_is_and_nothing_throws()
    {
        var parts = Gen.Elements("Rosa", " ", "&egrave;", "&#039;", "&", "#39;", "amp;", "\u200B", "\u200D", "\ud83d", "\ude00", "\0", "e\u0301", "😀", new string('x', 299));
        Prop.ForAll(Gen.ListOf(parts).Select(string.Concat).ToArbitrary(), text =>
            PersonNames.Plain(text) is not { } plain || (plain.Length <= PersonNames.MaxLength && plain.Trim() == plain && !PersonNames.HidesText(plain.Replace("&", "", StringComparison.Ordinal))))
            .QuickCheckThrowOnFailure();
    }
}
