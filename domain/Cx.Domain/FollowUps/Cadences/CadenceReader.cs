using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>
/// Reads a cadence document as it is sent. What is not of the form that the document has is told with its place, and left out, so that the rest is checked
/// as well: everything that is wrong is told at once.
/// </summary>
public static class CadenceReader
{
    /// <summary>Ours: no list that somebody wrote is longer, and no text.</summary>
    private const int MostEntries = 1000, LongestText = 500;

    /// <summary>The document, and everything that is wrong with it; where that is nothing, it can be published.</summary>
    /// <param name="slug">The slug under which it is sent; the document's own must be the same, where it has one.</param>
    public static (CadenceDocument Document, IReadOnlyList<CadenceError> Errors) Read(JsonElement json, string slug)
    {
        var shape = new List<CadenceError>();
        if (json.ValueKind != JsonValueKind.Object)
            return (new(slug, 0, "", new(""), [], [], 0), [new("", "is not an object", "see the JSON Schema at /api/schemas/cadence.json")]);

        var whole = (JsonObject)Clean(json, typeof(CadenceDocument), "", shape)!;
        if ((string?)whole["slug"] is { } own && own != slug)
            shape.Add(new("/slug", $"is '{own}', and the address says '{slug}'", "leave it out, or send it to its own address"));
        whole["slug"] = slug;
        var document = whole.Deserialize<CadenceDocument>(EventCatalog.Json)!;
        return (document, WithoutConsequences(shape, CadenceValidator.Validate(document)));
    }

    /// <summary>What is wrong with the form, and with the content of what has it.</summary>
    internal static IReadOnlyList<CadenceError> WithoutConsequences(IReadOnlyList<CadenceError> shape, IEnumerable<CadenceError> content)
    {
        var wrong = shape.Select(e => e.Pointer).ToHashSet(StringComparer.Ordinal);
        return [.. shape, .. content.Where(e => !Prefixes(e.Pointer).Any(wrong.Contains))];
    }

    // What is said of a part that was left out would be said of nothing.
    private static IEnumerable<string> Prefixes(string pointer)
    {
        for (var end = pointer.Length; end > 0; end = pointer.LastIndexOf('/', end - 1))
            yield return pointer[..end];
    }

    /// <summary>The JSON without what has not the form of a type, each with its place among the errors.</summary>
    internal static JsonNode? Clean(JsonElement json, Type type, string pointer, List<CadenceError> errors)
    {
        var of = Nullable.GetUnderlyingType(type) ?? type;
        if ((Unkept(json) ?? (of == typeof(JsonElement) && json.ValueKind == JsonValueKind.Array ? json.EnumerateArray().Select(Unkept).FirstOrDefault(h => h is not null) : null)) is { } hint)
        {
            errors.Add(new(pointer, "cannot be kept", hint));
            return null;
        }

        if (of == typeof(JsonElement))
            return JsonNode.Parse(json.GetRawText());
        if (EventCatalog.Json.GetTypeInfo(of) is not { Kind: not JsonTypeInfoKind.None } info)
            return Value(json, of, pointer, errors);

        if (info.Kind == JsonTypeInfoKind.Enumerable)
        {
            if (json.ValueKind == JsonValueKind.Array)
                return new JsonArray([.. json.EnumerateArray().Select((item, i) => Clean(item, info.ElementType!, $"{pointer}/{i}", errors) ?? Placeholder(info.ElementType!))]);
            errors.Add(new(pointer, "is no list", "[ … ]"));
            return null;
        }

        if (json.ValueKind == JsonValueKind.Object)
            return Object(json, info, pointer, errors);
        errors.Add(new(pointer, "is no object", $"{{ {string.Join(", ", info.Properties.Select(p => $"\"{p.Name}\""))} }}"));
        return null;
    }

    private static JsonObject Object(JsonElement json, JsonTypeInfo info, string pointer, List<CadenceError> errors)
    {
        var known = info.Properties.Where(p => p.AssociatedParameter is not null || p.Set is not null).ToDictionary(p => p.Name, StringComparer.Ordinal);
        var clean = new JsonObject();
        foreach (var property in json.EnumerateObject())
        {
            var place = $"{pointer}/{property.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (!known.TryGetValue(property.Name, out var field))
                errors.Add(new(place, "is not known here", $"one of {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}"));
            else if (property.Value.ValueKind != JsonValueKind.Null && Clean(property.Value, field.PropertyType, place, errors) is { } value)
                clean[property.Name] = value;
        }

        foreach (var (name, field) in known)
        {
            var isRequired = field.AssociatedParameter is { HasDefaultValue: false, IsNullable: false } && !(pointer.Length == 0 && name is "slug" or "version");
            if (isRequired && (!json.TryGetProperty(name, out var given) || given.ValueKind == JsonValueKind.Null))
                errors.Add(new($"{pointer}/{name}", "is missing", Form(field.PropertyType)));
        }

        return clean;
    }

    private static JsonNode? Value(JsonElement json, Type type, string pointer, List<CadenceError> errors)
    {
        try
        {
            json.Deserialize(type, EventCatalog.Json);
            return JsonNode.Parse(json.GetRawText());
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            errors.Add(new(pointer, "does not have the form that is expected", Form(type)));
            return null;
        }
    }

    // PostgreSQL keeps no U+0000 in JSON, and UTF-8 no half of a surrogate pair.
    private static string? Unkept(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => TextOf(json) is { Length: <= LongestText } text && !text.Contains('\0') ? null : $"a text of at most {LongestText} characters, without U+0000 and broken surrogates",
        JsonValueKind.Array when json.GetArrayLength() > MostEntries => $"at most {MostEntries} entries",
        _ => null,
    };

    private static string? TextOf(JsonElement json)
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    // A list keeps its places.
    private static JsonNode? Placeholder(Type type) => type == typeof(string) ? "" : new JsonObject();

    private static string Form(Type type)
    {
        var of = Nullable.GetUnderlyingType(type) ?? type;
        return of switch
        {
            { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(of).Select(JsonNamingPolicy.KebabCaseLower.ConvertName))}",
            _ when of == typeof(string) => "a text",
            _ when of == typeof(bool) => "true or false",
            _ when of == typeof(int) => "a whole number",
            _ when of == typeof(double) || of == typeof(decimal) => "a number",
            _ when of == typeof(TimeSpan) || of == typeof(Delay) => "an ISO 8601 duration such as PT24H or P14D",
            _ when of == typeof(TimeOnly) => "a time of day such as 09:30:00",
            _ when EventCatalog.Json.GetTypeInfo(of).Kind == JsonTypeInfoKind.Enumerable => "a list",
            _ => "an object",
        };
    }
}
