using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>A day of the week, in the recipient's local time.</summary>
public enum Weekday { Monday = 1, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday }

/// <summary>
/// A delay as ISO 8601 writes it: weeks and days are calendar days in the recipient's zone, hours, minutes and seconds pass by the clock. <c>P1D</c> is the
/// same local time tomorrow, <c>PT24H</c> is 24 hours later.
/// </summary>
[JsonConverter(typeof(DelayConverter))]
public readonly partial record struct Delay(int Days, TimeSpan Time)
{
    /// <summary>None where the text is no such duration: years and months have no fixed length.</summary>
    public static Delay? Parse(string text)
    {
        if (Form().Match(text) is not { Success: true } match || text[^1] is 'P' or 'T')
            return null;

        long Of(string part) => match.Groups[part] is { Success: true } group ? long.Parse(group.Value, CultureInfo.InvariantCulture) : 0;
        return new((int)((Of("w") * 7) + Of("d")), TimeSpan.FromSeconds((Of("h") * 3600) + (Of("m") * 60) + Of("s")));
    }

    public override string ToString()
    {
        (long Count, char Unit)[] parts = [((long)Time.TotalHours, 'H'), (Time.Minutes, 'M'), (Time.Seconds, 'S')];
        var time = string.Concat(parts.Where(p => p.Count > 0).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Count}{p.Unit}")));
        var days = Days > 0 || time.Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"{Days}D") : "";
        return $"P{days}{(time.Length > 0 ? $"T{time}" : "")}";
    }

    [GeneratedRegex(@"^P(?:(?<w>\d{1,4})W)?(?:(?<d>\d{1,5})D)?(?:T(?:(?<h>\d{1,6})H)?(?:(?<m>\d{1,7})M)?(?:(?<s>\d{1,9})S)?)?$")]
    private static partial Regex Form();

    private sealed class DelayConverter : JsonConverter<Delay>
    {
        public override Delay Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Parse(reader.GetString() ?? "") ?? throw new JsonException("A delay is a duration such as PT36H or P3D.");

        public override void Write(Utf8JsonWriter writer, Delay value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
