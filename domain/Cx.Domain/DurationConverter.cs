using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;

namespace Cx.Domain;

/// <summary>Writes spans of time as ISO 8601 durations: <c>P14D</c>, <c>PT16H</c>. Years and months have no fixed length and are refused.</summary>
public sealed class DurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString() ?? throw new JsonException("A duration cannot be null.");
        var date = text.Split('T')[0];
        if (date.Contains('Y', StringComparison.Ordinal) || date.Contains('M', StringComparison.Ordinal))
            throw new JsonException($"'{text}' has years or months: say days.");

        try
        {
            return XmlConvert.ToTimeSpan(text);
        }
        catch (FormatException e)
        {
            throw new JsonException($"'{text}' is not a duration such as P14D or PT16H.", e);
        }
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(XmlConvert.ToString(value));
}
