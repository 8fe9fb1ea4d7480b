using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Cx.Application.Intake.Sources;

/// <summary>Reads JSON values exactly or gives null: nothing is rounded, clipped or guessed.</summary>
internal static class ExactJson
{
    /// <summary>Digits that a <see cref="decimal"/> always holds exactly.</summary>
    private const int Digits = 28;

    /// <summary>Amounts from here on are refused, so that sums and products of a shop's amounts stay inside a <see cref="decimal"/>.</summary>
    private const decimal AmountLimit = 1_000_000_000_000_000m;

    /// <summary>A field of an object, unless it is absent or null. Field names that are not valid text are ignored.</summary>
    public static JsonElement? Property(JsonElement json, string name)
    {
        if (json.ValueKind is not JsonValueKind.Object)
            return null;

        try
        {
            return json.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;
        }
        catch (InvalidOperationException)
        {
            return PropertyAmongInvalidNames(json, name);
        }
    }

    /// <summary>Whether a field of an object is there with null or a blank text.</summary>
    public static bool IsEmptied(JsonElement json, string name)
    {
        try
        {
            return json.ValueKind is JsonValueKind.Object && json.TryGetProperty(name, out var value)
                && (value.ValueKind is JsonValueKind.Null || (Text(value) is { } text && string.IsNullOrWhiteSpace(text)));
        }
        catch (InvalidOperationException)
        {
            return false; // another field's name is not valid text
        }
    }

    /// <summary>A number, or a string that is one, with at most 28 significant digits.</summary>
    public static decimal? Number(JsonElement value)
    {
        var text = Written(value);
        return FitsDecimal(text) && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>An amount of money: a number below 10^15 in size.</summary>
    public static decimal? Amount(JsonElement value) => Number(value) is { } number && Math.Abs(number) < AmountLimit ? number : null;

    /// <summary>A whole number within bounds; 2.0 is one.</summary>
    public static long? Integer(JsonElement value, long min, long max) =>
        Number(value) is { } number && decimal.Truncate(number) == number && number >= min && number <= max ? (long)number : null;

    /// <summary>An id as its exact digits, however many, or as its text: never through a floating-point number.</summary>
    public static string? Id(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when JsonMarshal.GetRawUtf8Value(value) is var digits && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') =>
            Encoding.ASCII.GetString(digits),
        JsonValueKind.String => Text(value)?.Trim() is { Length: > 0 } text ? text : null,
        _ => null,
    };

    /// <summary>A number as it is written.</summary>
    public static string? NumberAsText(JsonElement value) => value.ValueKind is JsonValueKind.Number ? value.GetRawText() : null;

    /// <summary>A string without U+0000, which PostgreSQL refuses, and without halves of surrogate pairs, which UTF-8 cannot encode.</summary>
    public static string? Text(JsonElement value)
    {
        if (value.ValueKind is not JsonValueKind.String)
            return null;

        try
        {
            return value.GetString() is { } text && !text.Contains('\0') ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null; // an escaped half of a surrogate pair, or bytes that are not UTF-8
        }
    }

    private static JsonElement? PropertyAmongInvalidNames(JsonElement json, string name)
    {
        JsonElement? found = null;
        foreach (var property in json.EnumerateObject())
        {
            try
            {
                if (property.NameEquals(name))
                    found = property.Value;
            }
            catch (InvalidOperationException)
            {
                continue; // half of a surrogate pair in a name: another field
            }
        }

        return found is { ValueKind: not JsonValueKind.Null } ? found : null;
    }

    private static ReadOnlySpan<byte> Written(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => JsonMarshal.GetRawUtf8Value(value),
        JsonValueKind.String => JsonMarshal.GetRawUtf8Value(value)[1..^1],
        _ => default,
    };

    private static bool FitsDecimal(ReadOnlySpan<byte> text)
    {
        var rest = text.StartsWith("-"u8) ? text[1..] : text;
        var whole = TakeDigits(ref rest);
        ReadOnlySpan<byte> fraction = default;
        if (whole.IsEmpty || (rest.StartsWith("."u8) && (fraction = TakeFraction(ref rest)).IsEmpty)
            || !TakeExponent(ref rest, out var exponent) || !rest.IsEmpty)
            return false;

        var significantWhole = whole.TrimStart((byte)'0').Length;
        return significantWhole + fraction.Length <= Digits && significantWhole + exponent <= Digits && fraction.Length - exponent <= Digits;
    }

    private static ReadOnlySpan<byte> TakeFraction(scoped ref ReadOnlySpan<byte> rest)
    {
        rest = rest[1..];
        return TakeDigits(ref rest);
    }

    private static bool TakeExponent(scoped ref ReadOnlySpan<byte> rest, out int exponent)
    {
        exponent = 0;
        if (rest.IsEmpty || rest[0] is not ((byte)'e' or (byte)'E'))
            return true;

        var negative = rest[1..].StartsWith("-"u8);
        rest = rest[1..] is [(byte)'+' or (byte)'-', .. var unsigned] ? unsigned : rest[1..];
        var digits = TakeDigits(ref rest);
        if (digits.Length is 0 or > 3)
            return false;

        exponent = int.Parse(digits, CultureInfo.InvariantCulture) * (negative ? -1 : 1);
        return true;
    }

    private static ReadOnlySpan<byte> TakeDigits(scoped ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var digits = end < 0 ? rest : rest[..end];
        rest = rest[digits.Length..];
        return digits;
    }
}

/// <summary>
/// Reads the ISO 8601 instants that web shops write: <c>2026-03-01T10:15:30[.fraction](Z|±hh:mm)</c>. Digits beyond the microsecond, the
/// database's resolution, are cut off.
/// </summary>
internal static class ExactInstant
{
    private const int DateAndTime = 19;

    /// <summary>An instant with its offset.</summary>
    public static DateTimeOffset? Parse(ReadOnlySpan<char> text) => Parse(text, isUtc: false);

    /// <summary>An instant in a field whose name says UTC: the offset may be missing.</summary>
    public static DateTimeOffset? ParseUtc(ReadOnlySpan<char> text) => Parse(text, isUtc: true);

    /// <summary>A calendar day, <c>2026-03-01</c>.</summary>
    public static DateOnly? ParseDay(ReadOnlySpan<char> text) =>
        text.Length == 10 && Date(text) is { } date ? DateOnly.FromDateTime(date) : null;

    private static DateTimeOffset? Parse(ReadOnlySpan<char> text, bool isUtc)
    {
        if (text.Length < DateAndTime || text[10] is not ('T' or 't')
            || Date(text) is not { } date || Time(text[11..DateAndTime]) is not { } time)
            return null;

        var rest = text[DateAndTime..];
        if (rest is ['.', ..])
        {
            var end = rest[1..].IndexOfAnyExceptInRange('0', '9') is var at and >= 0 ? at + 1 : rest.Length;
            if (end == 1)
                return null;

            time += Fraction(rest[1..end]);
            rest = rest[end..];
        }

        var offset = rest.IsEmpty && isUtc ? TimeSpan.Zero : Offset(rest);
        var ticks = (date + time).Ticks - offset?.Ticks;
        return ticks is { } t and >= 0 && t <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(t, TimeSpan.Zero) : null;
    }

    private static DateTime? Date(ReadOnlySpan<char> text) =>
        text[4] == '-' && text[7] == '-' && Digits(text[..4]) is var year and > 0 && Digits(text[5..7]) is var month and >= 1 and <= 12
        && Digits(text[8..10]) is var day and >= 1 && day <= DateTime.DaysInMonth(year, month)
            ? new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc)
            : null;

    private static TimeSpan? Time(ReadOnlySpan<char> text) =>
        text[2] == ':' && text[5] == ':' && Digits(text[..2]) is var h and >= 0 and < 24
        && Digits(text[3..5]) is var m and >= 0 and < 60 && Digits(text[6..8]) is var s and >= 0 and < 60
            ? new TimeSpan(h, m, s)
            : null;

    private static TimeSpan? Offset(ReadOnlySpan<char> text) => text switch
    {
        ['Z' or 'z'] => TimeSpan.Zero,
        ['+' or '-', _, _, ':', _, _] when Digits(text[1..3]) is var h and >= 0 and <= 14 && Digits(text[4..6]) is var m and >= 0 and < 60 =>
            (text[0] == '-' ? -1 : 1) * new TimeSpan(h, m, 0),
        _ => null,
    };

    private static TimeSpan Fraction(ReadOnlySpan<char> digits)
    {
        var microseconds = 0;
        for (var i = 0; i < 6; i++)
            microseconds = (microseconds * 10) + (i < digits.Length ? digits[i] - '0' : 0);

        return TimeSpan.FromMicroseconds(microseconds);
    }

    /// <summary>The number that only digits write; -1 for anything else.</summary>
    private static int Digits(ReadOnlySpan<char> text)
    {
        var number = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
                return -1;

            number = (number * 10) + (c - '0');
        }

        return number;
    }
}

/// <summary>Reads language and country codes that have a valid form.</summary>
internal static class Locales
{
    /// <summary>A BCP 47 tag: a language of 2-3 letters, then subtags of 2-8 letters and digits. Underscores are read as hyphens.</summary>
    public static string? Language(string? text)
    {
        var tag = text?.Trim().Replace('_', '-');
        return tag?.Split('-') is [{ Length: 2 or 3 } language, .. var subtags]
            && language.All(char.IsAsciiLetter)
            && subtags.All(s => s.Length is >= 2 and <= 8 && s.All(char.IsAsciiLetterOrDigit)) ? tag : null;
    }

    /// <summary>An ISO 3166-1 alpha-2 code: two upper-case letters.</summary>
    public static string? Country(string? text) => text is { Length: 2 } && text.All(char.IsAsciiLetterUpper) ? text : null;

    /// <summary>The same as shops and their plug-ins write it, in lower case too.</summary>
    public static string? WrittenCountry(string? text) => Country(text?.Trim().ToUpperInvariant());

    /// <summary>
    /// The code of a province or state, as shops write it after the country's: what somebody typed in its place is none. Shopify writes one with a space, which
    /// is left out (<c>Q ROO</c>).
    /// </summary>
    public static string? Province(string? text) =>
        text?.Replace(" ", "", StringComparison.Ordinal) is { Length: >= 1 and <= 6 } code
        && code.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '-') ? code : null;
}
