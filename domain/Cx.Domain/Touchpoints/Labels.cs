using System.Collections;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cx.Domain.Privacy;

namespace Cx.Domain.Touchpoints;

/// <summary>
/// A set of the words that a shop puts on something: tags, collections. Words are compared without regard to case and to the space around them, as shop
/// platforms do. Two sets of the same words are equal.
/// </summary>
[JsonConverter(typeof(LabelsConverter))]
public sealed class Labels : IReadOnlyCollection<string>, IEquatable<Labels>
{
    /// <summary>The most words that are kept of one set: as many as Shopify allows.</summary>
    public const int MaxCount = 250;

    /// <summary>What parts one word from the next where they are written as one text.</summary>
    public const char Separator = ',';

    private readonly ImmutableArray<string> words;

    private Labels(IEnumerable<string> words) => this.words = [.. words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MaxCount)];

    /// <summary>It is known that there are none.</summary>
    public static Labels None { get; } = new([]);

    public int Count => words.Length;

    public static Labels Of(IEnumerable<string> words) => new(words.Select(Normalised).Where(w => w.Length > 0));

    /// <summary>The words of one text, each as its keyed hash: a person may have typed them.</summary>
    public static Labels Hashed(string text, HashId hash) => new(text.Split(Separator).Select(Normalised).Where(w => w.Length > 0).Select(w => Hashed(hash, w)));

    /// <summary>Whether a word in the clear is among those in the clear.</summary>
    public bool Has(string word) => words.BinarySearch(Normalised(word), StringComparer.Ordinal) >= 0;

    /// <summary>Whether a word in the clear is among those that are kept as hashes.</summary>
    public bool Has(string word, HashId hash) => words.BinarySearch(Hashed(hash, Normalised(word)), StringComparer.Ordinal) >= 0;

    public bool Equals(Labels? other) => other is not null && words.AsSpan().SequenceEqual(other.words.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Labels);

    public override int GetHashCode() => words.Aggregate(0, HashCode.Combine);

    public IEnumerator<string> GetEnumerator() => words.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => string.Join(Separator, words);

    // An id of the same text has another hash: a tag tells nothing about an id.
    private static string Hashed(HashId hash, string word) => hash("tag/" + word);

    private static string Normalised(string word) => word.Normalize().Trim().ToLowerInvariant();

    private sealed class LabelsConverter : JsonConverter<Labels>
    {
        public override Labels Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<string[]>(ref reader, options)!);

        public override void Write(Utf8JsonWriter writer, Labels value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (var word in value.words)
            {
                writer.WriteStringValue(word);
            }

            writer.WriteEndArray();
        }
    }
}

/// <summary>What a shop says of an order besides its content.</summary>
/// <param name="SalesChannel">
/// Where it was made, in the source's own words and in lower case: <c>web</c>, <c>pos</c>, <c>checkout</c>, <c>subscription_contract</c>, the number of an app.
/// None: not said.
/// </param>
/// <param name="IsRenewal">Whether it renews a subscription; none: not said.</param>
/// <param name="Tags">Keyed hashes, since a person may have typed the words; none: not said.</param>
/// <param name="TagText">The same words as they were written, parted by commas.</param>
public sealed record OrderTraits(string? SalesChannel, bool? IsRenewal, Labels? Tags, Personal? TagText)
{
    /// <summary>Whether it says nothing.</summary>
    [JsonIgnore]
    public bool IsEmpty => this is { SalesChannel: null, IsRenewal: null, Tags: null, TagText: null };

    /// <summary>The same with the words of a text in the clear as hashes.</summary>
    public OrderTraits Hashed(HashId hash) => TagText is { IsSealed: false } text ? this with { Tags = Labels.Hashed(text.Value, hash) } : this;

    public OrderTraits Sealed(Seal seal) => TagText is null ? this : this with { TagText = seal(TagText) };

    /// <summary>Which of two statements of one instant is the greater.</summary>
    internal int CompareContent(OrderTraits other)
    {
        var order = string.CompareOrdinal(SalesChannel, other.SalesChannel);
        order = order != 0 ? order : Nullable.Compare(IsRenewal, other.IsRenewal);
        order = order != 0 ? order : string.CompareOrdinal(Tags?.ToString(), other.Tags?.ToString());
        return order != 0 ? order : string.CompareOrdinal(TagText?.Value, other.TagText?.Value);
    }
}
