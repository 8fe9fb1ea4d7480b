using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;

namespace Cx.Application.Privacy;

/// <summary>A hash under one version of the lookup key.</summary>
/// <param name="Hash">16 bytes.</param>
public readonly record struct KeyedHash(int Version, byte[] Hash);

/// <summary>What a customer is known by, as the database sees it.</summary>
/// <param name="Hashes">
/// One for each version of the lookup key, the current one first, then those of earlier spellings: claim under the first, look up under all.
/// </param>
public sealed record Identifier(IdentifierKind Kind, IReadOnlyList<KeyedHash> Hashes);

/// <summary>
/// Makes what the database looks rows up by, without keeping what it stands for. Hashes are HMAC-SHA256 cut to 128 bits: without the key
/// nobody can search for a collision, and a billion rows meet by chance with a probability of 10^-21, at half the index of 256 bits.
/// </summary>
public static class Lookup
{
    /// <summary>The length of a keyed hash, in bytes.</summary>
    public const int Length = 16;

    /// <param name="normalised">The value in the one form in which it is compared.</param>
    /// <param name="earlier">Forms in which the same value was stored before.</param>
    /// <exception cref="ArgumentException">An empty value, which would make one customer of all who lack it.</exception>
    public static Identifier Of(InstallationKeys keys, ShopId shop, IdentifierKind kind, string normalised, params IReadOnlyList<string> earlier)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(normalised);
        return new(kind, [.. earlier.Prepend(normalised).SelectMany(form => Hashes(keys, "identifier"u8, IdentifierNames.Of(kind), shop.Value, form))]);
    }

    /// <summary>
    /// What makes a delivery the same as another, one hash for each version of the lookup key, the current one first. The key itself is not
    /// kept, so these cannot be rehashed: old versions of the lookup key stay for as long as duplicates are to be known.
    /// </summary>
    public static IReadOnlyList<KeyedHash> DeliveryKey(InstallationKeys keys, ShopId shop, string source, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Hashes(keys, "delivery"u8, shop.Value, source, key);
    }

    /// <summary>
    /// The id of something without its own, made of the key under which the caller may repeat its request: a hash, since a person may have typed the
    /// key. Under the oldest version of the lookup key, so that a rotation does not change it.
    /// </summary>
    /// <param name="kind">By which way it came.</param>
    /// <param name="within">Whose keys are different from others' of the same text: a shop's, a customer's.</param>
    public static string IdOf(InstallationKeys keys, string kind, string within, string key) =>
        Convert.ToHexStringLower(Hashes(keys, "id"u8, kind, within, key)[^1].Hash);

    /// <summary>
    /// What is stored for an id that a caller gave. Under the oldest version of the lookup key too: it names the same after a rotation, and no version is
    /// ever taken away from a database that was written under it (<see cref="Fingerprints"/>).
    /// </summary>
    public static HashId GivenId(InstallationKeys keys, ShopId shop) => given => GivenIds.Prefix + IdOf(keys, "given", shop.Value, given);

    /// <summary>SHA-256, without a key: only for secrets we made ourselves from 128 random bits or more, which nobody can guess.</summary>
    public static byte[] ApiKey(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private static KeyedHash[] Hashes(
        InstallationKeys keys, ReadOnlySpan<byte> label, ReadOnlySpan<char> first, ReadOnlySpan<char> second, ReadOnlySpan<char> third)
    {
        var size = SealContext.MaxLength(label, first, second, third);
        Span<byte> buffer = size <= SealContext.OnStack ? stackalloc byte[SealContext.OnStack] : new byte[size];
        var text = SealContext.Write(buffer, label, first, second, third);

        Span<byte> full = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var versions = keys.Lookup.Versions;
        var hashes = new KeyedHash[versions.Count];
        for (var i = 0; i < hashes.Length; i++)
        {
            HMACSHA256.HashData(keys.Lookup.Bytes(versions[i]), text, full);
            hashes[i] = new(versions[i], full[..Length].ToArray());
        }

        return hashes;
    }
}

/// <summary>
/// The names of the kinds of identifier as they are hashed and stored: never to change, whatever the enumeration's become.
/// </summary>
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
    public static IdentifierKind? Parse(string? name) =>
        Enum.GetValues<IdentifierKind>().Cast<IdentifierKind?>().FirstOrDefault(kind => Of(kind!.Value) == name);
}

internal sealed class IdentifierKindConverter : JsonConverter<IdentifierKind>
{
    public override IdentifierKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IdentifierNames.Parse(reader.GetString()) ?? throw new JsonException("Not a kind of identifier.");

    public override void Write(Utf8JsonWriter writer, IdentifierKind value, JsonSerializerOptions options) =>
        writer.WriteStringValue(IdentifierNames.Of(value));
}
