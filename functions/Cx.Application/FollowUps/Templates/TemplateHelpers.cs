using System.Globalization;
using System.Text.RegularExpressions;
using Cx.Domain;
using HandlebarsDotNet;

namespace Cx.Application.FollowUps.Templates;

/// <summary>A helper that templates call.</summary>
/// <param name="Takes">The type of its value.</param>
/// <param name="Options">Its options, by name, each with what it may be; one of any text has none.</param>
/// <param name="Example">How it is written, and what it gives in Italian.</param>
public sealed record TemplateHelper(string Name, FieldType Takes, IReadOnlyDictionary<string, IReadOnlyList<string>> Options, string Description, string Example);

/// <summary>Dates, money, numbers and plurals in the language of the message.</summary>
public static partial class TemplateHelpers
{
    private static readonly string[] Styles = ["long", "full", "short"];

    private static readonly string[] Categories = [.. Enum.GetValues<PluralCategory>().Select(JsonNaming.Kebab)];

    // ISO 4217, list one (2024): the currencies whose amounts have other than two decimals.
    private static readonly string[] WithoutDecimals = ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"];
    private static readonly string[] WithThreeDecimals = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

    // Those whose sign means one currency everywhere: a dollar sign does not.
    private static readonly Dictionary<string, string> Signs = new(StringComparer.Ordinal) { ["EUR"] = "€", ["GBP"] = "£", ["INR"] = "₹", ["ILS"] = "₪", ["UAH"] = "₴", ["KRW"] = "₩", ["VND"] = "₫" };

    public static IReadOnlyList<TemplateHelper> All { get; } =
    [
        new("date", FieldType.Instant, Option("style", Styles), "The day, in the recipient's time zone: long (day, month, year), full (with the weekday) or short (in figures).", """{{date orderedAt style="full"}}: venerdì 27 novembre 2026"""),
        new("time", FieldType.Instant, Option(null, []), "The time of day, in the recipient's time zone.", "{{time orderedAt}}: 14:30"),
        new("money", FieldType.Money, Option(null, []), "An amount with as many decimals as its currency has.", "{{money total}}: 12,30 €"),
        new("number", FieldType.Number, Option(null, []), "A number, three decimals at most.", "{{number itemCount}}: 1.250"),
        new("plural", FieldType.Number, Categories.ToDictionary(c => c, _ => (IReadOnlyList<string>)[], StringComparer.Ordinal), "The text that goes with a number, by the categories of Unicode CLDR; # is the number. other must be there, and stands for what is left out.", """{{plural itemCount one="# articolo" other="# articoli"}}: 3 articoli"""),
    ];

    internal static void Register(HandlebarsConfiguration configuration, string language)
    {
        var culture = CultureInfo.GetCultureInfo(language);
        var handlebars = Handlebars.Create(configuration);
        handlebars.RegisterHelper("date", (_, a) => Instant(a) is { } at ? Date(at, (string?)Hash(a, "style") ?? "long", culture) : "");
        handlebars.RegisterHelper("time", (_, a) => Instant(a) is { } at ? at.ToString("t", culture) : "");
        handlebars.RegisterHelper("money", (_, a) => a[0] is TemplateObject o && o.TryGet("amount", out var amount) && o.TryGet("currency", out var currency) ? Money((decimal)amount!, (string)currency!, culture) : "");
        handlebars.RegisterHelper("number", (_, a) => a[0] is decimal number ? Number(number, culture) : "");
        handlebars.RegisterHelper("plural", (_, a) => a[0] is decimal number ? Plural(number, category => (string?)Hash(a, category), language, culture) : "");
    }

    private static string Date(DateTimeOffset at, string style, CultureInfo culture)
    {
        var format = culture.DateTimeFormat;
        return at.ToString(style switch
        {
            "full" => format.LongDatePattern,
            "short" => format.ShortDatePattern,
            _ => Weekday().Replace(format.LongDatePattern, "").Trim(' ', ',', '،', '\u00A0'),
        }, culture);
    }

    private static string Money(decimal amount, string currency, CultureInfo culture)
    {
        var format = (NumberFormatInfo)culture.NumberFormat.Clone();
        format.CurrencyDecimalDigits = WithoutDecimals.Contains(currency) ? 0 : WithThreeDecimals.Contains(currency) ? 3 : 2;
        var isLocal = !culture.IsNeutralCulture && new RegionInfo(culture.Name).ISOCurrencySymbol == currency;
        format.CurrencySymbol = isLocal ? culture.NumberFormat.CurrencySymbol : Signs.GetValueOrDefault(currency, currency);

        // "EUR 12" and not "EUR12": a code is a word.
        if (char.IsLetter(format.CurrencySymbol[^1]))
        {
            format.CurrencyPositivePattern = format.CurrencyPositivePattern switch { 0 => 2, 1 => 3, var p => p };
            format.CurrencyNegativePattern = format.CurrencyNegativePattern switch { 1 => 9, 5 => 8, var p => p };
        }

        return amount.ToString("C", format);
    }

    private static string Number(decimal number, CultureInfo culture) => number.ToString("#,0.###", culture);

    private static string Plural(decimal number, Func<string, string?> form, string language, CultureInfo culture) =>
        (form(JsonNaming.Kebab(PluralRules.Of(language, number))) ?? form("other") ?? "").Replace("#", Number(number, culture), StringComparison.Ordinal);

    private static DateTimeOffset? Instant(Arguments arguments) =>
        arguments[0] is string text && DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? at : null;

    private static object? Hash(Arguments arguments, string name) => arguments.Hash.TryGetValue(name, out var value) ? value : null;

    private static Dictionary<string, IReadOnlyList<string>> Option(string? name, IReadOnlyList<string> values) => name is null ? [] : new(StringComparer.Ordinal) { [name] = values };

    [GeneratedRegex(@"[\p{P}\s]*\bdddd\b[\p{P}\s]*|dddd")]
    private static partial Regex Weekday();
}
