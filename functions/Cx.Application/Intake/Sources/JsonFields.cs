using System.Collections.Frozen;
using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>
/// The fields of one JSON object, read exactly. An absent field, null and a blank string are all "no value"; a value of the wrong kind,
/// or without an exact form, is reported as invalid. An absent object reads as one without fields.
/// </summary>
internal readonly struct JsonFields(JsonElement element, string path, JsonReading reading)
{
    // What dates the payload itself, where it stands at the top: without it nothing of the payload can be compared with other statements.
    private static readonly FrozenSet<string> Dating =
        new[] { "created_at", "updated_at", "processed_at", "happened_at", "date_created_gmt", "date_modified_gmt" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Fields of which those that cannot be read are left out; one that is required and missing ends the reading.</summary>
    /// <exception cref="UntranslatableException">The root is not an object; later thrown by the reads.</exception>
    public static JsonFields Of(Incoming incoming) => Object(
        incoming.Json, "", new JsonReading(static (at, message) => throw new UntranslatableException($"{at}: {message}"), incoming.ReceivedAt, incoming.LeftOut));

    /// <summary>The fields of an object; invalid values are reported to the caller.</summary>
    public static JsonFields Object(JsonElement value, string path, InvalidValue invalid) => Object(value, path, new JsonReading(invalid, null));

    private static JsonFields Object(JsonElement value, string path, JsonReading reading)
    {
        if (value.ValueKind is JsonValueKind.Object)
            return new(value, path, reading);

        if (!reading.IsLenient || path.Length == 0)
            reading.Invalid(path, "must be an object");
        else if (!IsEmpty(value))
            reading.LeftOut!.Add($"{path}: must be an object");

        return new(default, path, reading);
    }

    /// <summary>Quantities from here on are typing errors.</summary>
    private const decimal MaxQuantity = 1_000_000_000;

    private const int MaxWords = 70_000;

    /// <summary>When the payload arrived; none where it is not known.</summary>
    public DateTimeOffset? ReceivedAt => reading?.ReceivedAt;

    public bool Has(string name) => Find(name) is not null;

    /// <summary>Notes that one field cannot be read; where none may be left out, reports it as invalid.</summary>
    public void LeaveOut(string name, string message)
    {
        if (reading.LeftOut is { } leftOut)
            leftOut.Add($"{path}/{name}: {message}");
        else
            Reject(name, message);
    }

    /// <summary>Reports one field as invalid.</summary>
    public void Reject(string name, string message) => reading.Invalid($"{path}/{name}", message);

    public JsonFields Child(string name) =>
        Find(name) is { } value ? Object(value, $"{path}/{name}", reading) : new(default, $"{path}/{name}", reading);

    public JsonFields[] Items(string name)
    {
        if (Find(name) is not { } value)
            return [];

        if (value.ValueKind is not JsonValueKind.Array)
        {
            if (!reading.IsLenient || !IsEmpty(value))
                LeaveOut(name, "must be an array");
            return [];
        }

        var items = new List<JsonFields>(value.GetArrayLength());
        foreach (var (i, item) in value.EnumerateArray().Index())
        {
            var fields = Object(item, $"{path}/{name}/{i}", reading);
            if (!reading.IsLenient || item.ValueKind is JsonValueKind.Object)
                items.Add(fields);
        }

        return [.. items];
    }

    /// <summary>The ids in an array of plain ids.</summary>
    public List<string> Ids(string name)
    {
        var ids = new List<string>();
        if (Find(name) is { ValueKind: JsonValueKind.Array } value)
        {
            foreach (var item in value.EnumerateArray())
            {
                if (ExactJson.Id(item) is { } id)
                    ids.Add(id);
                else
                    LeaveOut(name, "must hold ids");
            }
        }

        return ids;
    }

    /// <summary>Whether the field is there and says that there is no value: null or a blank text.</summary>
    public bool IsEmptied(string name) => ExactJson.IsEmptied(element, name);

    /// <summary>A field without which the rest is as good: none where it is no short text or number.</summary>
    public string? Optional(string name) => Find(name) is { } value && ExactJson.Id(value) is { Length: <= 200 } text ? text : null;

    /// <summary>The objects of an array without which the rest is as good.</summary>
    public IEnumerable<JsonFields> OptionalItems(string name)
    {
        var (at, report) = ($"{path}/{name}", reading);
        return Find(name) is { ValueKind: JsonValueKind.Array } value
            ? value.EnumerateArray().Where(item => item.ValueKind is JsonValueKind.Object).Select((item, i) => new JsonFields(item, $"{at}/{i}", report))
            : [];
    }

    public string? Text(string name, int maxLength = 20_000)
    {
        if (Find(name) is not { } value)
            return null;

        var text = ExactJson.Text(value) ?? (reading.IsLenient ? ExactJson.NumberAsText(value) : null);
        if (text is null || text.Length > maxLength)
        {
            if (!reading.IsLenient || !IsEmpty(value))
                LeaveOut(name, $"must be a string of at most {maxLength} characters, without U+0000 or broken surrogates");
            return null;
        }

        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    public string? Id(string name) => Find(name) is { } value && !IsNothing(value)
        ? ExactJson.Id(value) is { Length: <= 200 } id ? id : Refuse<string>(name, "must be an id of at most 200 characters")
        : null;

    public decimal? Amount(string name) => Find(name) is { } value && !IsNothing(value)
        ? ExactJson.Amount(value) ?? RefuseValue<decimal>(name, "must be a decimal number below 10^15 with at most 28 digits")
        : null;

    public decimal? Number(string name, decimal min, decimal max) => Find(name) is { } value && !(reading.IsLenient && IsNothing(value))
        ? ExactJson.Number(value) is { } number && number >= min && number <= max
            ? number
            : RefuseValue<decimal>(name, FormattableString.Invariant($"must be a number from {min} to {max}"))
        : null;

    /// <summary>How many, or how much of goods that are sold by weight or length.</summary>
    public decimal? Quantity(string name) => Number(name, 0, MaxQuantity);

    /// <summary>Words in an array of texts or of objects with a name, or in one text with commas between; none where the field is absent or cannot be read.</summary>
    public IReadOnlyList<string>? Words(string name)
    {
        if (Find(name) is not { } value)
            return null;

        var texts = value.ValueKind is JsonValueKind.Array ? value.EnumerateArray().Select(WordOf).ToList() : [reading.IsLenient ? ExactJson.Text(value) : null];
        if (texts.TrueForAll(t => t is { Length: <= MaxWords }))
            return [.. texts.SelectMany(t => t!.Split(Labels.Separator)).Select(w => w.Trim()).Where(w => w.Length > 0)];

        LeaveOut(name, "must be an array of strings without U+0000 or broken surrogates");
        return null;
    }

    private string? WordOf(JsonElement item) => ExactJson.Text(item) ?? (reading.IsLenient && ExactJson.Property(item, "name") is { } name ? ExactJson.Text(name) : null);

    /// <summary>An object without which the rest is as good: one without fields where there is none.</summary>
    public JsonFields OptionalChild(string name) => new(Find(name) is { ValueKind: JsonValueKind.Object } value ? value : default, $"{path}/{name}", reading);

    public long? Integer(string name, long min, long max) => Find(name) is { } value
        ? ExactJson.Integer(value, min, max) ?? RefuseValue<long>(name, $"must be a whole number from {min} to {max}")
        : null;

    public bool? Flag(string name) => Find(name) is { } value && !(reading.IsLenient && IsNothing(value))
        ? value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
            : (reading.IsLenient ? ExactJson.Text(value) ?? ExactJson.NumberAsText(value) : null) switch
            {
                "true" or "1" => true,
                "false" or "0" => false,
                _ => RefuseValue<bool>(name, "must be true or false"),
            }
        : null;

    /// <summary>One of an enum's words.</summary>
    public T? Word<T>(string name) where T : struct, Enum => Text(name) is { } word
        ? EnumWords<T>.Find(word) ?? RefuseValue<T>(name, $"must be one of {EnumWords<T>.All}")
        : null;

    /// <summary>An instant with its offset. Out of bounds, it is none, unless it dates the payload itself: then it is invalid.</summary>
    public DateTimeOffset? Instant(string name) => Text(name) is { } text && !IsZeroDate(text)
        ? Bounded(name, ExactInstant.Parse(text) ?? RefuseDate(name, "must be an ISO 8601 instant with its offset"))
        : null;

    /// <summary>An instant whose field's name says UTC; out of bounds as above.</summary>
    public DateTimeOffset? UtcInstant(string name) => Text(name) is { } text && !IsZeroDate(text)
        ? Bounded(name, ExactInstant.ParseUtc(text) ?? RefuseDate(name, "must be an ISO 8601 instant"))
        : null;

    public DateOnly? Day(string name) => Text(name) is { } text
        ? ExactInstant.ParseDay(text) ?? RefuseValue<DateOnly>(name, "must be a day, yyyy-mm-dd")
        : null;

    /// <summary>An amount in one field, its currency in another; both, or no money.</summary>
    public Money? Money(string amountName, string currencyName)
    {
        if (!Has(amountName))
            return null;

        var amount = Amount(amountName);
        var currency = reading.IsLenient ? Currency(currencyName) ?? "" : Require(currencyName, Currency(currencyName));
        return amount is { } number && currency.Length > 0 ? new Money(number, currency) : null;
    }

    /// <summary>The value if there is one; else reports it as missing, unless it was already reported as invalid.</summary>
    public string Require(string name, string? value) => value ?? Missing(name, "");

    public T Require<T>(string name, T? value) where T : struct => value ?? Missing(name, default(T));

    /// <summary>The total of a payload; one that cannot be read is that of its lines, in the payload's currency.</summary>
    public Money Total(string amountName, string currencyName, IReadOnlyList<OrderLine> lines)
    {
        var currency = Require(currencyName, Currency(currencyName));
        if (Amount(amountName) is { } amount)
            return new(amount, currency);

        LeaveOut(amountName, "is missing: the total is that of the lines");
        return new(lines.Sum(l => l.Quantity * l.Price), currency);
    }

    // Shops write codes in lower case, and those of tokens have four letters.
    private string? Currency(string name) => Text(name) is { } text
        ? reading.IsLenient && text.Trim().ToUpperInvariant() is { Length: 3 or 4 } code && code.All(char.IsAsciiLetterUpper) ? code
            : text.Length == 3 && text.All(char.IsAsciiLetterUpper) ? text
            : Refuse<string>(name, "must be an ISO 4217 code such as EUR")
        : null;

    private JsonElement? Find(string name) => ExactJson.Property(element, name);

    private DateTimeOffset? Bounded(string name, DateTimeOffset? instant)
    {
        if (instant is not { } at || reading.ReceivedAt is not { } received || StatedInstant.IsInBounds(at, received))
            return instant;

        if (path.Length == 0 && Dating.Contains(name))
            Reject(name, $"must be {StatedInstant.Bounds}; correct it in the shop, and send the delivery again");
        else
            LeaveOut(name, $"must be {StatedInstant.Bounds}");

        return null;
    }

    // A zero of MySQL means that there is no date.
    private bool IsZeroDate(string text) => reading.IsLenient && text.StartsWith("0000-00-00", StringComparison.Ordinal);

    private DateTimeOffset? RefuseDate(string name, string message)
    {
        if (path.Length == 0 && Dating.Contains(name))
            Reject(name, message);
        else
            LeaveOut(name, message);

        return null;
    }

    private T Missing<T>(string name, T placeholder)
    {
        var at = $"{path}/{name}: ";
        if (reading.LeftOut?.LastOrDefault(l => l.StartsWith(at, StringComparison.Ordinal)) is { } invalid)
            Reject(name, invalid[at.Length..]);
        else if (Find(name) is not { } value || IsNothing(value))
            Reject(name, "is required");

        return placeholder;
    }

    private T? Refuse<T>(string name, string message) where T : class
    {
        LeaveOut(name, message);
        return null;
    }

    private T? RefuseValue<T>(string name, string message) where T : struct
    {
        LeaveOut(name, message);
        return null;
    }

    private bool IsNothing(JsonElement value) => reading.IsLenient ? IsEmpty(value) : IsBlank(value);

    private static bool IsBlank(JsonElement value) => ExactJson.Text(value) is { } text && string.IsNullOrWhiteSpace(text);

    // What PHP writes where there is nothing.
    private static bool IsEmpty(JsonElement value) =>
        IsBlank(value) || (value.ValueKind is JsonValueKind.Array && value.GetArrayLength() == 0) || (value.ValueKind is JsonValueKind.Object && !value.EnumerateObject().Any());
}
