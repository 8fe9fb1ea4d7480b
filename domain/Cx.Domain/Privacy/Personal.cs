using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cx.Domain.Privacy;

/// <summary>
/// A personal value: a name, an address, free text. It is in the clear only from intake to the decision; events and views hold it sealed
/// under the customer's own key. Sealing the same text for the same customer gives the same result, so that sealed values can be compared;
/// nothing in the domain can open one.
/// </summary>
[JsonConverter(typeof(PersonalConverter))]
public sealed record Personal
{
    private Personal(string value, bool isSealed) => (Value, IsSealed) = (value, isSealed);

    /// <summary>The sealed text, or, before sealing, the clear one.</summary>
    public string Value { get; }

    public bool IsSealed { get; }

    /// <summary>A clear value as it arrived; null for null and white space.</summary>
    public static Personal? Clear(string? text) => string.IsNullOrWhiteSpace(text) ? null : new(text.Trim(), isSealed: false);

    /// <summary>A value already sealed under a customer's key.</summary>
    public static Personal FromSeal(string seal) => new(seal, isSealed: true);

    /// <summary>Never the value itself, so that a log line cannot leak it.</summary>
    public override string ToString() => "***";
}

/// <summary>Seals a clear value under the key of the customer at hand; leaves a sealed one and null as they are.</summary>
public delegate Personal? Seal(Personal? value);

/// <summary>Writes sealed values only: a clear one reaching storage is a bug.</summary>
public sealed class PersonalConverter : JsonConverter<Personal>
{
    public override Personal? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Personal.FromSeal(reader.GetString() ?? throw new JsonException("A personal value cannot be null."));

    public override void Write(Utf8JsonWriter writer, Personal value, JsonSerializerOptions options)
    {
        if (!value.IsSealed)
        {
            throw new InvalidOperationException("A personal value must be sealed before it is stored.");
        }

        writer.WriteStringValue(value.Value);
    }
}
