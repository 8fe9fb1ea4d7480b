using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Text;

namespace Cx.Domain.Shops;

/// <summary>
/// Business hours as settings hold them:
/// <c>{"week": {"monday": ["09:00-13:00", "14:00-18:00"], …}, "holidays": ["2026-12-25"]}</c>. A weekday left out is closed.
/// What is wrong is a <see cref="JsonException"/> that names it.
/// </summary>
internal sealed class BusinessHoursJson : JsonConverter<BusinessHours>
{
    public override BusinessHours Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        try
        {
            var week = new Dictionary<IsoDayOfWeek, IReadOnlyList<OpenInterval>>();
            List<LocalDate> holidays = [];
            foreach (var property in document.RootElement.EnumerateObject())
            {
                switch (property.Name)
                {
                    case "week":
                        foreach (var day in property.Value.EnumerateObject())
                            week[Weekday(day.Name)] = [.. day.Value.EnumerateArray().Select(x => OpenInterval.Parse(x.GetString() ?? ""))];
                        break;
                    case "holidays":
                        holidays.AddRange(property.Value.EnumerateArray().Select(x => LocalDatePattern.Iso.Parse(x.GetString() ?? "").GetValueOrThrow()));
                        break;
                    default:
                        throw new JsonException($"Business hours have a week and holidays, not '{property.Name}'.");
                }
            }

            return new BusinessHours(week, holidays);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new JsonException($"Business hours: {e.Message}", e);
        }
    }

    public override void Write(Utf8JsonWriter writer, BusinessHours value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("week");
        foreach (var (day, openings) in value.Week)
        {
            writer.WriteStartArray(day.ToString().ToLowerInvariant());
            foreach (var opening in openings)
                writer.WriteStringValue(opening.ToString());
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.WriteStartArray("holidays");
        foreach (var holiday in value.Holidays)
            writer.WriteStringValue(LocalDatePattern.Iso.Format(holiday));
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static IsoDayOfWeek Weekday(string name) =>
        Enumerable.Range(1, 7).Select(x => (IsoDayOfWeek)x).FirstOrDefault(x => string.Equals(x.ToString(), name, StringComparison.OrdinalIgnoreCase))
            is var day and not IsoDayOfWeek.None ? day : throw new FormatException($"'{name}' is not a weekday such as monday.");
}
