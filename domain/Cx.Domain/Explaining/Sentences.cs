using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cx.Domain.Shops;
using NodaTime;

namespace Cx.Domain.Explaining;

/// <summary>
/// The sentences of explanations in one language: a table of templates. <c>{name}</c> is a value, <c>{n|day|days}</c> a number with the word that goes with it,
/// and what stands in brackets is left out where a value in it is not known. Instants are told in the shop's zone.
/// </summary>
public sealed partial class Sentences
{
    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> Tables =
        Languages.ToFrozenDictionary(l => l, Read, StringComparer.Ordinal);

    private readonly FrozenDictionary<string, string> table;
    private readonly DateTimeZone zone;

    /// <param name="language">One of <see cref="Languages"/>.</param>
    /// <param name="timeZone">IANA name.</param>
    public Sentences(string language, string timeZone) => (Language, table, zone) = (language, Tables[language], ShopZone.Of(timeZone));

    /// <summary>The languages that explanations are told in; the last is told where none is wanted.</summary>
    public static IReadOnlyList<string> Languages => ["it", "en"];

    /// <summary>One of <see cref="Languages"/>.</summary>
    public string Language { get; }

    /// <summary>In the first language that there is, else in English.</summary>
    /// <param name="wanted">BCP 47, the best first.</param>
    public static Sentences In(ShopFacts shop, IEnumerable<string> wanted) => new(
        wanted.Append(shop.Languages[0]).Select(l => l.Split('-', '_')[0].ToLowerInvariant()).FirstOrDefault(Tables.ContainsKey) ?? "en", shop.TimeZone);

    /// <summary>Every key of a language's table.</summary>
    public static IEnumerable<string> Keys(string language) => Tables[language].Keys;

    /// <summary>Whether there is a sentence of that key.</summary>
    public bool Has(string key) => table.ContainsKey(key);

    /// <summary>A sentence with its values; of an unknown key the key itself, which a test looks for.</summary>
    public string Say(string key, params IReadOnlyList<(string Name, object? Value)> values)
    {
        if (!table.TryGetValue(key, out var template))
            return key;

        var known = values.Where(v => v.Value is not null).ToDictionary(v => v.Name, v => v.Value!, StringComparer.Ordinal);
        var shown = Optional().Replace(template, m => Placeholder().Matches(m.Groups[1].Value).All(p => known.ContainsKey(p.Groups["name"].Value)) ? m.Groups[1].Value : "");
        return Placeholder().Replace(shown, m => known.TryGetValue(m.Groups["name"].Value, out var value) ? Text(m, value) : m.Value);
    }

    /// <summary>A name that stands in the table, such as an event's; else the name itself.</summary>
    public string Word(string section, string name) => table.GetValueOrDefault($"{section}.{name}", name);

    public string Date(DateTimeOffset instant)
    {
        var local = NodaTime.Instant.FromDateTimeOffset(instant).InZone(zone);
        return Say("date", ("day", (long)local.Day), ("month", table["months"].Split(' ')[local.Month - 1]), ("year", local.Year.ToString(CultureInfo.InvariantCulture)),
            ("time", local.ToString("HH:mm", CultureInfo.InvariantCulture)));
    }

    private string Text(Match placeholder, object value) => value switch
    {
        _ when placeholder.Groups["one"].Success =>
            $"{Number(value)} {placeholder.Groups[Convert.ToDecimal(value, CultureInfo.InvariantCulture) == 1 ? "one" : "many"].Value}",
        DateTimeOffset instant => Date(instant),
        string text => Word(placeholder.Groups["name"].Value, text),
        IEnumerable<string> texts => string.Join(", ", texts.Select(t => Word(placeholder.Groups["name"].Value, t))),
        _ => Number(value),
    };

    /// <summary>A number in a format of .NET, with the language's decimal sign.</summary>
    public string Number(double value, string format) => Number(value.ToString(format, CultureInfo.InvariantCulture));

    private string Number(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!.Replace(".", table["decimal"], StringComparison.Ordinal);

    private static FrozenDictionary<string, string> Read(string language)
    {
        using var stream = typeof(Sentences).Assembly.GetManifestResourceStream($"sentences.{language}.json")!;
        using var document = JsonDocument.Parse(stream);
        var flat = from entry in document.RootElement.EnumerateObject()
                   from one in entry.Value.ValueKind == JsonValueKind.Object ? entry.Value.EnumerateObject().Select(e => ($"{entry.Name}.{e.Name}", e.Value)) : [(entry.Name, entry.Value)]
                   select one;
        return flat.ToFrozenDictionary(e => e.Item1, e => e.Value.GetString()!, StringComparer.Ordinal);
    }

    [GeneratedRegex(@"\[([^\[\]]*)\]")]
    private static partial Regex Optional();

    [GeneratedRegex(@"\{(?<name>\w+)(?:\|(?<one>[^|}]*)\|(?<many>[^|}]*))?\}")]
    private static partial Regex Placeholder();
}
