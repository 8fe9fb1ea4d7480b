using Cx.Application.FollowUps.Templates;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Templates;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.FollowUps.Templates;

public class HelperTests
{
    private static readonly TemplateRenderer Renderer = new();

    private static readonly MessageModel Model = new("Shop", "it", null, "1", [new("Moka", 1250), new("Coffee", 0.5m)], [], null, null)
    {
        OrderedAt = new(2026, 11, 27, 14, 5, 0, TimeSpan.FromHours(1)),
        Total = new Money(1234.5m, "EUR"),
    };

    [Theory]
    [InlineData("it", "{{date orderedAt}}", "27 novembre 2026")]
    [InlineData("it", "{{date orderedAt style=\"full\"}}", "venerdì 27 novembre 2026")]
    [InlineData("it", "{{date orderedAt style='short'}}", "27/11/2026")]
    [InlineData("en-gb", "{{date orderedAt}}", "27 November 2026")]
    [InlineData("en", "{{date orderedAt}}", "November 27, 2026")]
    [InlineData("de", "{{date orderedAt}}", "27. November 2026")]
    [InlineData("es", "{{date orderedAt}}", "27 de noviembre de 2026")]
    [InlineData("fr", "{{date orderedAt style=\"full\"}}", "vendredi 27 novembre 2026")]
    [InlineData("ja", "{{date orderedAt}}", "2026年11月27日")]
    [InlineData("it", "{{time orderedAt}}", "14:05")]
    [InlineData("en", "{{time orderedAt}}", "2:05 PM")]
    [InlineData("it", "{{money total}}", "1.234,50 €")]
    [InlineData("de", "{{money total}}", "1.234,50 €")]
    [InlineData("en", "{{money total}}", "€1,234.50")]
    [InlineData("it", "{{number itemCount}}", "1.250,5")]
    [InlineData("en", "{{number itemCount}}", "1,250.5")]
    [InlineData("it", "{{#each lines}}{{quantity}}{{#unless @last}} {{/unless}}{{/each}}", "1250 0,5")]
    [InlineData("it", "{{plural itemCount one='# articolo' other='# articoli'}}", "1.250,5 articoli")]
    [InlineData("it", "{{#each lines}}{{plural quantity one='una' other='# cose'}};{{/each}}", "1.250 cose;0,5 cose;")]
    public void Values_are_written_as_the_language_writes_them(string language, string template, string written) =>
        Assert.Equal(written, Plain(Text(language, template, Model)));

    [Theory]
    [InlineData("it", "1234", "JPY", "1.234 JPY")]
    [InlineData("en", "1.5", "JPY", "JPY 2")]
    [InlineData("it", "1.5", "KWD", "1,500 KWD")]
    [InlineData("it", "12.3", "USD", "12,30 USD")]
    [InlineData("en", "12.3", "USD", "USD 12.30")]
    [InlineData("en-us", "12.3", "USD", "$12.30")]
    [InlineData("en", "-12.3", "GBP", "-£12.30")]
    [InlineData("en", "-12.3", "CHF", "-CHF 12.30")]
    [InlineData("de", "0", "EUR", "0,00 €")]
    public void Money_has_the_decimals_of_its_currency(string language, string amount, string currency, string written) =>
        Assert.Equal(written, Plain(Text(language, "{{money total}}", Model with { Total = new Money(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), currency) })));

    [Fact]
    public void What_is_not_known_shows_nothing() => Assert.Equal(
        "[][][]", Text("it", "[{{date orderedAt}}][{{time orderedAt}}][{{money total}}]", Model with { OrderedAt = null, Total = null }));

    /// <summary>From Unicode CLDR 48, as ICU's Intl.PluralRules gives them.</summary>
    [Theory]
    [InlineData("it", "0 other, 1 one, 1.5 other, 2 other, 1000000 many, 1000001 other, 2000000 many")]
    [InlineData("en", "0 other, 1 one, 1.5 other, 2 other, 1000000 other")]
    [InlineData("fr", "0 one, 1 one, 1.5 one, 2 other, 1000000 many")]
    [InlineData("pt", "0 one, 1 one, 1.5 one, 2 other, 1000000 many")]
    [InlineData("pt-PT", "0 other, 1 one, 1.5 other, 2 other")]
    [InlineData("es", "0 other, 1 one, 1.5 other, 3000000 many")]
    [InlineData("de", "0 other, 1 one, 1.1 other")]
    [InlineData("pl", "0 many, 1 one, 2 few, 5 many, 12 many, 22 few, 25 many, 1.5 other")]
    [InlineData("ru", "0 many, 1 one, 2 few, 5 many, 11 many, 21 one, 111 many, 1.5 other")]
    [InlineData("cs", "0 other, 1 one, 2 few, 5 other, 1.5 many")]
    [InlineData("sl", "0 other, 1 one, 2 two, 3 few, 5 other, 101 one, 1.5 few")]
    [InlineData("hr", "0 other, 1 one, 2 few, 5 other, 21 one, 0.1 one, 0.2 few, 0.5 other")]
    [InlineData("lt", "0 other, 1 one, 2 few, 10 other, 11 other, 21 one, 1.5 many")]
    [InlineData("lv", "0 zero, 1 one, 2 other, 11 zero, 21 one, 0.1 one, 0.2 other")]
    [InlineData("ro", "0 few, 1 one, 2 few, 19 few, 20 other, 101 few, 119 few, 120 other, 1.5 few")]
    [InlineData("ar", "0 zero, 1 one, 2 two, 3 few, 10 few, 11 many, 99 many, 100 other, 102 other, 103 few, 1.5 other")]
    [InlineData("he", "0 other, 1 one, 2 two, 3 other, 0.5 one, 1.5 other")]
    [InlineData("ga", "0 other, 1 one, 2 two, 3 few, 6 few, 7 many, 10 many, 11 other")]
    [InlineData("mt", "0 few, 1 one, 2 two, 3 few, 10 few, 11 many, 19 many, 20 other, 103 few")]
    [InlineData("da", "0 other, 1 one, 0.5 one, 1.5 one, 2 other, 2.5 other")]
    [InlineData("is", "0 other, 1 one, 11 other, 21 one, 0.1 one, 0.2 other")]
    [InlineData("ja", "0 other, 1 other, 2 other")]
    [InlineData("xx", "1 other")]
    public void A_number_has_the_form_of_its_language(string language, string expected) => Assert.Equal(
        expected,
        string.Join(", ", expected.Split(", ").Select(e => e.Split(' ')[0]).Select(n => $"{n} {JsonNaming.Kebab(PluralRules.Of(language, decimal.Parse(n, System.Globalization.CultureInfo.InvariantCulture)))}")));

    [Fact]
    public void A_form_that_is_left_out_is_the_other_one() =>
        Assert.Equal("1.000.000 cose", Text("it", "{{plural itemCount one='# cosa' other='# cose'}}", Model with { Lines = [new("a", 1_000_000)] }));

    [Fact]
    public void The_values_are_those_that_the_list_of_fields_names()
    {
        var values = TemplateFields.Values(
            new("Shop", "en", "Zoë", "1", [new("Moka", 2, new Money(1, "EUR"))], [new("Beans", null, OfferKind.BestSeller)], null, null)
            {
                Total = new Money(2, "EUR"),
                Alert = new(Channel.Web, default, default, new("c"), new("q"), "https://cx.example/c"),
            },
            "en", new RenderBudget());

        Assert.Equal(Paths(TemplateFields.All).Concat(TemplateFields.PartialOptions).Order(), Paths(values));

        static IEnumerable<string> Paths(object fields) => fields switch
        {
            IEnumerable<TemplateField> known => known.SelectMany(f => (f.Of ?? []).Count == 0 ? [f.Name] : Paths(f.Of!).Select(p => $"{f.Name}.{p}").Prepend(f.Name)).Order(),
            TemplateObject o => o.Names.SelectMany(n => o.TryGet(n, out var value) && value is TemplateObject or TemplateList
                ? Paths(value is TemplateList list ? list.Cast<object>().First() : value!).Select(p => $"{n}.{p}").Prepend(n) : [n]).Order(),
            _ => [],
        };
    }

    private static string Text(string language, string template, MessageModel model) =>
        Renderer.Render(new ChosenTemplate(null, "t", language, 0, new TemplateText("", template, "")), model).Text.Trim('\n');

    private static string Plain(string text) => text.Replace('\u00A0', ' ').Replace('\u202F', ' ').Replace("\u200E", "", StringComparison.Ordinal);
}
