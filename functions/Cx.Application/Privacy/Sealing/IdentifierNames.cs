using System.Text.Json;
using System.Text.Json.Serialization;
using Cx.Domain.Customers;

namespace Cx.Application.Privacy.Sealing;

/// <summary>The names of the kinds of identifier as they are hashed and stored: never to change, whatever the enumeration's become.</summary>
public static class IdentifierNames
{
    public static string Of(IdentifierKind kind) => kind switch
    {
        IdentifierKind.Order => "order",
        IdentifierKind.ShopCustomerId => "shop-customer",
        IdentifierKind.Email => "email",
        IdentifierKind.Phone => "phone",
        IdentifierKind.Visitor => "visitor",
        IdentifierKind.Handle => "handle",
        IdentifierKind.Conversation => "conversation",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of identifier."),
    };

    /// <summary>Nothing when no kind has that name.</summary>
    public static IdentifierKind? Parse(string? name) => Enum.GetValues<IdentifierKind>().Cast<IdentifierKind?>().FirstOrDefault(kind => Of(kind!.Value) == name);
}

internal sealed class IdentifierKindConverter : JsonConverter<IdentifierKind>
{
    public override IdentifierKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IdentifierNames.Parse(reader.GetString()) ?? throw new JsonException("Not a kind of identifier.");

    public override void Write(Utf8JsonWriter writer, IdentifierKind value, JsonSerializerOptions options) => writer.WriteStringValue(IdentifierNames.Of(value));
}
