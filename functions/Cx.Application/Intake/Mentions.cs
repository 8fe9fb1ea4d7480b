using System.Buffers;
using System.Text;
using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Domain.Customers;

namespace Cx.Application.Intake;

/// <summary>
/// Whom a payload mentions that could not be translated, as far as that can be seen without knowing its shape: rather somebody too many than too few,
/// because it is only used to erase it with them.
/// </summary>
internal static class Mentions
{
    private const int Most = 200;

    // RFC 5321 §4.5.3.1: the longest local part and domain, in octets.
    private const int MaxLocal = 64, MaxDomain = 255;

    private static readonly SearchValues<char> Delimiters = SearchValues.Create(" \t\r\n\"'<>(),;:\\[]{}@");

    public static IReadOnlyList<RawIdentifier> In(ReadOnlyMemory<byte> body)
    {
        var text = Encoding.UTF8.GetString(body.Span);
        var start = text.AsSpan().IndexOfAny('{', '[');
        return [.. Addresses(text).Concat(start < 0 ? [] : InJson(text[start..])).Distinct().Take(Most)];
    }

    // Around each @, as far as an address can reach: what a body holds does not make the search longer.
    private static IEnumerable<RawIdentifier> Addresses(string text)
    {
        for (var at = text.IndexOf('@', StringComparison.Ordinal); at >= 0; at = text.IndexOf('@', at + 1))
        {
            var before = text.AsSpan(Math.Max(0, at - MaxLocal)..at);
            var after = text.AsSpan((at + 1)..Math.Min(text.Length, at + 1 + MaxDomain));
            var local = before[(before.LastIndexOfAny(Delimiters) + 1)..];
            var domain = after.IndexOfAny(Delimiters) is var end and >= 0 ? after[..end] : after;
            if (local.Length > 0 && domain.Length > 0)
            {
                yield return new(IdentifierKind.Email, $"{local}@{domain.TrimEnd('.')}");
            }
        }
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
}
