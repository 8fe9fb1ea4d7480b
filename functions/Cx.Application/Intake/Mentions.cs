using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cx.Application.EventStore;
using Cx.Domain.Customers;

namespace Cx.Application.Intake;

/// <summary>
/// Whom a payload mentions that could not be translated, as far as that can be seen without knowing its shape: rather somebody too many than too few,
/// because it is only used to erase it with them.
/// </summary>
internal static partial class Mentions
{
    private const int Most = 200;

    public static IReadOnlyList<RawIdentifier> In(ReadOnlyMemory<byte> body)
    {
        var text = Encoding.UTF8.GetString(body.Span);
        var start = text.AsSpan().IndexOfAny('{', '[');
        return [.. Addresses().Matches(text).Select(m => new RawIdentifier(IdentifierKind.Email, m.Value)).Concat(start < 0 ? [] : InJson(text[start..])).Distinct().Take(Most)];
    }

    private static List<RawIdentifier> InJson(string json)
    {
        var found = new List<RawIdentifier>();
        try
        {
            using var document = JsonDocument.Parse(json);
            Collect(document.RootElement, "", found);
        }
        catch (JsonException)
        {
            // What is no JSON is searched for addresses alone.
        }

        return found;
    }

    private static void Collect(JsonElement element, string name, List<RawIdentifier> found)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    Collect(property.Value, property.Name is "id" ? IdOf(element, name) : property.Name, found);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Collect(item, name, found);
                }

                break;
            case JsonValueKind.String or JsonValueKind.Number when KindOf(name) is { } kind && element.ToString() is { Length: > 0 } value:
                found.Add(new(kind, value));
                break;
        }
    }

    // The id of an object is that of what the object is: an order is known by its lines.
    private static string IdOf(JsonElement element, string name) => element.TryGetProperty("line_items", out _) ? "order_id" : name is "customer" ? "customer_id" : "id";

    private static IdentifierKind? KindOf(string name) => name.ToLowerInvariant() switch
    {
        "order_id" or "orderid" or "orders_to_redact" or "orders_requested" => IdentifierKind.Order,
        "customer_id" or "customerid" or "shopcustomerid" => IdentifierKind.ShopCustomerId,
        "visitorid" => IdentifierKind.Visitor,
        "handle" => IdentifierKind.Handle,
        var other when other.Contains("phone", StringComparison.Ordinal) => IdentifierKind.Phone,
        _ => null,
    };

    [GeneratedRegex("""[^\s"'<>(),;:\\\[\]]+@[^\s"'<>(),;:\\\[\]]+""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Addresses();
}
