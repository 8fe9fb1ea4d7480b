using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cx.Domain;

/// <summary>A typed identifier over a string; compared ordinally, written to JSON as the plain string.</summary>
public interface IId<TSelf> : IComparable<TSelf> where TSelf : struct, IId<TSelf>
{
    string Value { get; }

    static abstract TSelf From(string value);
}

/// <summary>The tenant: one web shop. Lower-case letters, digits and hyphens, 1-63 characters.</summary>
[JsonConverter(typeof(IdConverter<ShopId>))]
public readonly record struct ShopId(string Value) : IId<ShopId>
{
    public static ShopId From(string value) => new(value);

    /// <summary>Whether a text can be a shop's id: 1-63 lower-case letters, digits and inner hyphens.</summary>
    public static bool IsValid(string value) =>
        value.Length is > 0 and <= 63 && value[0] != '-' && value[^1] != '-'
        && value.All(c => c is '-' || char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));

    public int CompareTo(ShopId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>A customer of a shop; holds nothing personal.</summary>
[JsonConverter(typeof(IdConverter<CustomerId>))]
public readonly record struct CustomerId(string Value) : IId<CustomerId>
{
    public static CustomerId From(string value) => new(value);

    public int CompareTo(CustomerId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>The shop's own reference of an order, as the source gives it.</summary>
[JsonConverter(typeof(IdConverter<OrderId>))]
public readonly record struct OrderId(string Value) : IId<OrderId>
{
    public static OrderId From(string value) => new(value);

    public int CompareTo(OrderId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>The shop's own id of a product.</summary>
[JsonConverter(typeof(IdConverter<ProductId>))]
public readonly record struct ProductId(string Value) : IId<ProductId>
{
    public static ProductId From(string value) => new(value);

    public int CompareTo(ProductId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>A conversation, in which the shop may owe an answer.</summary>
[JsonConverter(typeof(IdConverter<ConversationId>))]
public readonly record struct ConversationId(string Value) : IId<ConversationId>
{
    public static ConversationId From(string value) => new(value);

    public int CompareTo(ConversationId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>A complaint, by the reporter's id.</summary>
[JsonConverter(typeof(IdConverter<ComplaintId>))]
public readonly record struct ComplaintId(string Value) : IId<ComplaintId>
{
    public static ComplaintId From(string value) => new(value);

    public int CompareTo(ComplaintId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>One cadence version running for one customer because of one trigger.</summary>
[JsonConverter(typeof(IdConverter<FollowUpId>))]
public readonly record struct FollowUpId(string Value) : IId<FollowUpId>
{
    public static FollowUpId From(string value) => new(value);

    public int CompareTo(FollowUpId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>One message of one step; the same decision always gives the same id.</summary>
[JsonConverter(typeof(IdConverter<MessageId>))]
public readonly record struct MessageId(string Value) : IId<MessageId>
{
    public static MessageId From(string value) => new(value);

    public int CompareTo(MessageId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>Writes an id as its string, also where it is the key of a map.</summary>
public sealed class IdConverter<T> : JsonConverter<T> where T : struct, IId<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.From(reader.GetString() ?? throw new JsonException($"{typeof(T).Name} cannot be null."));

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);

    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.From(reader.GetString()!);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.Value);
}
