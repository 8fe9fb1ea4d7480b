using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Cx.Application.Intake.Sources;

/// <summary>Reads JSON values exactly or not at all: nothing is rounded, clipped or guessed.</summary>
internal static class ExactJson
{
    /// <summary>Digits that a <see cref="decimal"/> always holds exactly.</summary>
    private const int Digits = 28;

    /// <summary>Amounts from here on are refused, so that sums and products of a shop's amounts stay inside a <see cref="decimal"/>.</summary>
    private const decimal AmountLimit = 1_000_000_000_000_000m;

    /// <summary>A field of an object, unless it is absent or null. Field names that are not text are passed over.</summary>
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
            return PropertyAmongBrokenNames(json, name);
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
        JsonValueKind.Number when JsonMarshal.GetRawUtf8Value(value) is var digits && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') => Encoding.ASCII.GetString(digits),
        JsonValueKind.String => Text(value)?.Trim() is { Length: > 0 } text ? text : null,
        _ => null,
    };

    /// <summary>A string without U+0000, which PostgreSQL refuses, and without halves of surrogate pairs, which no encoding can write.</summary>
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

    private static JsonElement? PropertyAmongBrokenNames(JsonElement json, string name)
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
                continue; // half of a surrogate pair in a name: not the one looked for
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
        if (whole.IsEmpty || (rest.StartsWith("."u8) && (fraction = TakeFraction(ref rest)).IsEmpty) || !TakeExponent(ref rest, out var exponent) || !rest.IsEmpty)
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
