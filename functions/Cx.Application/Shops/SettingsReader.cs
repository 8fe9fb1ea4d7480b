using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Cx.Application.Api;

namespace Cx.Application.Shops;

/// <summary>Reads a JSON object field by field, and collects all errors instead of stopping at the first.</summary>
internal sealed class SettingsReader
{
    private readonly List<FieldError> errors = [];
    private readonly JsonElement body;

    /// <exception cref="ApiProblem">422: not an object.</exception>
    public SettingsReader(JsonElement body)
    {
        this.body = body;
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "not-an-object", "The body is not a JSON object.", [new("", "is not an object")]);
        }
    }

    public IEnumerable<string> Names => body.EnumerateObject().Select(p => p.Name);

    public void Reject(string field, string message)
    {
        if (!errors.Any(e => e.Path == Pointer(field)))
        {
            errors.Add(new(Pointer(field), message));
        }
    }

    public void Require(string field, bool holds, string message)
    {
        if (!holds)
        {
            Reject(field, message);
        }
    }

    /// <exception cref="ApiProblem">422 with every error.</exception>
    public void ThrowIfWrong(string code, string detail)
    {
        if (errors.Count > 0)
        {
            throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, code, detail, errors);
        }
    }

    public string? Text(string field, bool required, Func<string, bool> isValid, string message)
    {
        if (!Has(field, out var value))
        {
            Require(field, !required, "is missing");
            return null;
        }

        var text = TextOf(value).Trim();
        Require(field, text.Length > 0 && !text.Contains('\0') && isValid(text), message);
        return text;
    }

    /// <summary>A list of texts, which may be empty; null when absent.</summary>
    public IReadOnlyList<string>? OptionalTexts(string field, int most, Func<string, bool> isValid, string message)
    {
        if (!Has(field, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0)
        {
            return [];
        }

        var texts = Texts(field, isValid, message);
        Require(field, texts.Count <= most, $"has {most} entries at most");
        return texts;
    }

    /// <summary>A list of at least one text.</summary>
    public IReadOnlyList<string> Texts(string field, Func<string, bool> isValid, string message)
    {
        if (!Has(field, out var value) || value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            Reject(field, "is a list of at least one");
            return [];
        }

        var texts = value.EnumerateArray().Select(TextOf).ToList();
        for (var i = 0; i < texts.Count; i++)
        {
            Require($"{field}/{i}", isValid(texts[i]), message);
        }

        return texts;
    }

    /// <summary>A structured setting; what it leaves out keeps its default. Null when absent or wrong.</summary>
    public T? Part<T>(string field, T? defaults)
    {
        if (!Has(field, out var value))
        {
            return default;
        }

        var before = errors.Count;
        CheckFields(typeof(T), value, field);
        return errors.Count > before ? default : Guarded(field, () => Merged(value, defaults));
    }

    // One property at a time, so that each error has its own place; nested settings likewise.
    private void CheckFields(Type type, JsonElement value, string field)
    {
        if (value.ValueKind != JsonValueKind.Object || ApiJson.Options.GetTypeInfo(type) is not { Kind: JsonTypeInfoKind.Object } info)
        {
            return;
        }

        foreach (var property in value.EnumerateObject())
        {
            var place = $"{field}/{Escaped(property.Name)}";
            if (info.Properties.FirstOrDefault(p => p.Name == property.Name) is not { } known)
            {
                Reject(place, "is not known here");
                continue;
            }

            var before = errors.Count;
            CheckFields(known.PropertyType, property.Value, place);
            if (errors.Count == before)
            {
                var alone = new JsonObject { [property.Name] = JsonNode.Parse(property.Value.GetRawText()) };
                Guarded(place, () => alone.Deserialize(type, ApiJson.Options));
            }
        }
    }

    private static T? Merged<T>(JsonElement value, T? defaults)
    {
        if (defaults is null || value.ValueKind != JsonValueKind.Object)
        {
            return value.Deserialize<T>(ApiJson.Options);
        }

        var whole = JsonSerializer.SerializeToNode(defaults, ApiJson.Options)!.AsObject();
        foreach (var property in value.EnumerateObject())
        {
            whole[property.Name] = JsonNode.Parse(property.Value.GetRawText());
        }

        return whole.Deserialize<T>(ApiJson.Options);
    }

    private T? Guarded<T>(string field, Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is JsonException or ArgumentException or FormatException or InvalidOperationException or NotSupportedException)
        {
            Reject(field, Reason(e));
            return default;
        }
    }

    // The messages of our own types say what is allowed; those of the JSON reader speak of .NET types.
    private static string Reason(Exception e) =>
        e is ArgumentOutOfRangeException or JsonException { InnerException: ArgumentException or FormatException }
        || (e is JsonException && !e.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
            ? e.Message.Split(" (Parameter", 2)[0].Split(" Path:", 2)[0]
            : "does not have the form this setting needs";

    // Empty, which no text may be, where it is no text or holds half a surrogate pair.
    private static string TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    private bool Has(string field, out JsonElement value) => body.TryGetProperty(field, out value) && value.ValueKind != JsonValueKind.Null;

    private static string Pointer(string field) => "/" + field;

    private static string Escaped(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
