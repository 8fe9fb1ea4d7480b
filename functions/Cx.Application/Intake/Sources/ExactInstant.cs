namespace Cx.Application.Intake.Sources;

/// <summary>
/// Reads the ISO 8601 instants that web shops write: <c>2026-03-01T10:15:30[.fraction](Z|±hh:mm)</c>. What is finer than a microsecond,
/// the database's own resolution, is cut off.
/// </summary>
internal static class ExactInstant
{
    private const int DateAndTime = 19;

    /// <summary>An instant with its offset.</summary>
    public static DateTimeOffset? Parse(ReadOnlySpan<char> text) => Parse(text, zoneless: false);

    /// <summary>An instant in a field that is UTC by its name and leaves the zone out.</summary>
    public static DateTimeOffset? ParseUtc(ReadOnlySpan<char> text) => Parse(text, zoneless: true);

    /// <summary>A calendar day, <c>2026-03-01</c>.</summary>
    public static DateOnly? ParseDay(ReadOnlySpan<char> text) =>
        text.Length == 10 && Date(text) is { } date ? DateOnly.FromDateTime(date) : null;

    private static DateTimeOffset? Parse(ReadOnlySpan<char> text, bool zoneless)
    {
        if (text.Length < DateAndTime || text[10] is not ('T' or 't') || Date(text) is not { } date || Time(text[11..DateAndTime]) is not { } time)
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

        var offset = rest.IsEmpty && zoneless ? TimeSpan.Zero : Offset(rest);
        var ticks = (date + time).Ticks - offset?.Ticks;
        return ticks is { } t and >= 0 && t <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(t, TimeSpan.Zero) : null;
    }

    private static DateTime? Date(ReadOnlySpan<char> text) =>
        text[4] == '-' && text[7] == '-' && Digits(text[..4]) is var year and > 0 && Digits(text[5..7]) is var month and >= 1 and <= 12
        && Digits(text[8..10]) is var day and >= 1 && day <= DateTime.DaysInMonth(year, month)
            ? new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc)
            : null;

    private static TimeSpan? Time(ReadOnlySpan<char> text) =>
        text[2] == ':' && text[5] == ':' && Digits(text[..2]) is var h and >= 0 and < 24 && Digits(text[3..5]) is var m and >= 0 and < 60 && Digits(text[6..8]) is var s and >= 0 and < 60
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
