using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cx.Domain;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Api;

/// <summary>How the API writes: camelCase, instants in UTC with a Z, money as a decimal string with its currency, nulls shown.</summary>
public static class ApiJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new MoneyConverter());
        options.Converters.Add(new DecimalConverter());
        foreach (var converter in EventCatalog.Json.Converters)
        {
            options.Converters.Add(converter);
        }

        options.NumberHandling = JsonNumberHandling.Strict;
        return options;
    }

    // Read-only from the start: until it is, or has been used, it answers no question about types.
    private static JsonSerializerOptions Create()
    {
        var options = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset().ToUniversalTime();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
    }

    // Decimals are amounts of money here: a reader of JavaScript's numbers would round them.
    private sealed class DecimalConverter : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            decimal.TryParse(
                reader.TokenType == JsonTokenType.String ? reader.GetString() : null, NumberStyles.Number, CultureInfo.InvariantCulture,
                out var amount)
                ? amount
                : throw new JsonException("An amount is a decimal string: \"12.30\".");

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    private sealed class MoneyConverter : JsonConverter<Money>
    {
        private sealed record Text(string Amount, string Currency);

        public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<Text>(ref reader, options) is { Currency: { } currency } text
            && decimal.TryParse(text.Amount, NumberStyles.Number, CultureInfo.InvariantCulture, out var amount)
                ? new(amount, currency)
                : throw new JsonException("Money is {\"amount\": \"12.30\", \"currency\": \"EUR\"}.");

        public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, new Text(value.Amount.ToString(CultureInfo.InvariantCulture), value.Currency), options);
    }
}
