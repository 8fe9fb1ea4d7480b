using System.Globalization;

namespace Cx.Application.FollowUps.Templates;

/// <summary>The forms that languages have for numbers (Unicode CLDR 48, plurals.xml, type cardinal).</summary>
public enum PluralCategory { Zero, One, Two, Few, Many, Other }

/// <summary>Which form of a word goes with a number.</summary>
public static class PluralRules
{
    /// <summary>The category of a number as it is written, without zeros at its end; a language that is not known has <see cref="PluralCategory.Other"/> alone.</summary>
    /// <param name="language">BCP 47; of its subtags only pt-PT's region counts.</param>
    public static PluralCategory Of(string language, decimal number)
    {
        var n = Math.Abs(number);
        var i = decimal.Truncate(n);
        var whole = n == i;
        var (ten, hundred) = (whole ? i % 10 : -1, whole ? i % 100 : -1);
        return language.Split('-', '_')[0].ToLowerInvariant() switch
        {
            "it" or "ca" => whole && i == 1 ? PluralCategory.One : Millions() ?? PluralCategory.Other,
            "es" => n == 1 ? PluralCategory.One : Millions() ?? PluralCategory.Other,
            "pt" when language.EndsWith("PT", StringComparison.OrdinalIgnoreCase) && language.Length > 2 => whole && i == 1 ? PluralCategory.One : Millions() ?? PluralCategory.Other,
            "fr" or "pt" => i is 0 or 1 ? PluralCategory.One : Millions() ?? PluralCategory.Other,
            "en" or "de" or "nl" or "sv" or "fi" or "et" or "ur" => whole && i == 1 ? PluralCategory.One : PluralCategory.Other,
            "el" or "hu" or "bg" or "tr" or "nb" or "nn" or "no" or "ka" or "az" or "kk" or "sq" => n == 1 ? PluralCategory.One : PluralCategory.Other,
            "da" => n == 1 || (!whole && i is 0 or 1) ? PluralCategory.One : PluralCategory.Other,
            "hi" or "fa" => i == 0 || n == 1 ? PluralCategory.One : PluralCategory.Other,
            "hy" => i is 0 or 1 ? PluralCategory.One : PluralCategory.Other,
            "is" => whole ? EndsInOne() : Fraction() % 10 == 1 && Fraction() % 100 != 11 ? PluralCategory.One : PluralCategory.Other,
            "mk" => whole ? EndsInOne() : Fraction() % 10 == 1 && Fraction() % 100 != 11 ? PluralCategory.One : PluralCategory.Other,
            "ru" or "uk" or "be" => !whole ? PluralCategory.Other
                : ten == 1 && hundred != 11 ? PluralCategory.One
                : ten is >= 2 and <= 4 && hundred is not (>= 12 and <= 14) ? PluralCategory.Few
                : PluralCategory.Many,
            "hr" or "bs" or "sr" => whole ? Southern(ten, hundred) : Southern(Fraction() % 10, Fraction() % 100),
            "pl" => !whole ? PluralCategory.Other
                : i == 1 ? PluralCategory.One
                : ten is >= 2 and <= 4 && hundred is not (>= 12 and <= 14) ? PluralCategory.Few
                : PluralCategory.Many,
            "cs" or "sk" => !whole ? PluralCategory.Many : i == 1 ? PluralCategory.One : i is >= 2 and <= 4 ? PluralCategory.Few : PluralCategory.Other,
            "sl" => !whole ? PluralCategory.Few
                : hundred switch { 1 => PluralCategory.One, 2 => PluralCategory.Two, 3 or 4 => PluralCategory.Few, _ => PluralCategory.Other },
            "lt" => !whole ? PluralCategory.Many
                : hundred is >= 11 and <= 19 || ten == 0 ? PluralCategory.Other
                : ten == 1 ? PluralCategory.One
                : PluralCategory.Few,
            "lv" => whole && (ten == 0 || hundred is >= 11 and <= 19) ? PluralCategory.Zero
                : !whole && Digits() == 2 && Fraction() % 100 is >= 11 and <= 19 ? PluralCategory.Zero
                : whole ? (ten == 1 ? PluralCategory.One : PluralCategory.Other)
                : Fraction() % 10 == 1 && (Digits() != 2 || Fraction() % 100 != 11) ? PluralCategory.One
                : PluralCategory.Other,
            "ro" => whole && i == 1 ? PluralCategory.One : !whole || n == 0 || hundred is >= 1 and <= 19 ? PluralCategory.Few : PluralCategory.Other,
            "ar" => !whole ? PluralCategory.Other
                : i switch { 0 => PluralCategory.Zero, 1 => PluralCategory.One, 2 => PluralCategory.Two, _ => hundred switch { >= 3 and <= 10 => PluralCategory.Few, >= 11 => PluralCategory.Many, _ => PluralCategory.Other } },
            "he" => whole ? (i switch { 1 => PluralCategory.One, 2 => PluralCategory.Two, _ => PluralCategory.Other }) : i == 0 ? PluralCategory.One : PluralCategory.Other,
            "ga" => !whole ? PluralCategory.Other : i switch { 1 => PluralCategory.One, 2 => PluralCategory.Two, >= 3 and <= 6 => PluralCategory.Few, >= 7 and <= 10 => PluralCategory.Many, _ => PluralCategory.Other },
            "mt" => !whole ? PluralCategory.Other
                : i == 1 ? PluralCategory.One
                : i == 2 ? PluralCategory.Two
                : i == 0 || hundred is >= 3 and <= 10 ? PluralCategory.Few
                : hundred is >= 11 and <= 19 ? PluralCategory.Many
                : PluralCategory.Other,
            _ => PluralCategory.Other,
        };

        // "un milione di articoli": a whole million takes another preposition.
        PluralCategory? Millions() => whole && i != 0 && i % 1_000_000 == 0 ? PluralCategory.Many : null;

        PluralCategory EndsInOne() => ten == 1 && hundred != 11 ? PluralCategory.One : PluralCategory.Other;

        static PluralCategory Southern(decimal ten, decimal hundred) =>
            ten == 1 && hundred != 11 ? PluralCategory.One
            : ten is >= 2 and <= 4 && hundred is not (>= 12 and <= 14) ? PluralCategory.Few
            : PluralCategory.Other;

        int Digits() => Written().Length;

        decimal Fraction() => decimal.Parse(Written(), CultureInfo.InvariantCulture);

        // The digits after the point.
        string Written() => (n - i).ToString("0.############################", CultureInfo.InvariantCulture)[2..];
    }
}
