using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cx.Domain;

namespace Cx.Application.Privacy;

/// <summary>A key or a secret encrypted under a version of the wrapping key.</summary>
/// <param name="Version">The version of the wrapping key; a row below the current one is to be rewrapped.</param>
/// <param name="Bytes">Nonce, ciphertext and tag.</param>
public readonly record struct Wrapped(int Version, byte[] Bytes);

/// <summary>
/// AES-256-GCM under the wrapping key with a random 96-bit nonce, bound to its owner. NIST SP 800-38D allows 2^32 of these under one
/// version of the key.
/// </summary>
internal static class Wrapping
{
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int Overhead = NonceLength + TagLength;

    public static Wrapped Close(InstallationKeys keys, ReadOnlySpan<byte> label, ShopId shop, string owner, ReadOnlySpan<byte> secret)
    {
        var size = SealContext.MaxLength(label, shop.Value, owner);
        Span<byte> buffer = size <= SealContext.OnStack ? stackalloc byte[SealContext.OnStack] : new byte[size];
        var boundTo = SealContext.Write(buffer, label, shop.Value, owner);

        var version = keys.Wrapping.Current;
        var wrapped = new byte[secret.Length + Overhead];
        var nonce = wrapped.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        // An instance is not safe for two threads, and making one costs less than sharing it.
        using var aes = new AesGcm(keys.Wrapping.Bytes(version), TagLength);
        aes.Encrypt(nonce, secret, wrapped.AsSpan(NonceLength, secret.Length), wrapped.AsSpan(wrapped.Length - TagLength), boundTo);
        return new(version, wrapped);
    }

    public static byte[] Open(
        InstallationKeys keys, ReadOnlySpan<byte> label, ShopId shop, string owner, int version, ReadOnlySpan<byte> wrapped, string what)
    {
        if (wrapped.Length < Overhead) throw new SealBrokenException(what);
        var size = SealContext.MaxLength(label, shop.Value, owner);
        Span<byte> buffer = size <= SealContext.OnStack ? stackalloc byte[SealContext.OnStack] : new byte[size];
        var boundTo = SealContext.Write(buffer, label, shop.Value, owner);

        var secret = new byte[wrapped.Length - Overhead];
        using var aes = new AesGcm(keys.Wrapping.Bytes(version), TagLength);
        try
        {
            aes.Decrypt(wrapped[..NonceLength], wrapped[NonceLength..^TagLength], wrapped[^TagLength..], secret, boundTo);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SealBrokenException(what, e);
        }

        return secret;
    }
}

/// <summary>
/// What a seal or a hash is bound to, as bytes: a label and up to three parts, each preceded by its length, so that no two contexts
/// write the same.
/// </summary>
internal static class SealContext
{
    /// <summary>What callers put on the stack; a longer context goes to the heap.</summary>
    public const int OnStack = 512;

    private const int Prefix = sizeof(int);

    /// <summary>The most bytes that <see cref="Write"/> can need.</summary>
    public static int MaxLength(
        ReadOnlySpan<byte> label, ReadOnlySpan<char> first, ReadOnlySpan<char> second, ReadOnlySpan<char> third = default) =>
        (4 * Prefix) + label.Length + (3 * (first.Length + second.Length + third.Length));

    public static ReadOnlySpan<byte> Write(
        Span<byte> buffer, ReadOnlySpan<byte> label, ReadOnlySpan<char> first, ReadOnlySpan<char> second, ReadOnlySpan<char> third = default)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer, label.Length);
        label.CopyTo(buffer[Prefix..]);
        var length = Prefix + label.Length;
        length += Part(buffer[length..], first);
        length += Part(buffer[length..], second);
        length += Part(buffer[length..], third);
        return buffer[..length];
    }

    private static int Part(Span<byte> buffer, ReadOnlySpan<char> part)
    {
        var length = Encoding.UTF8.GetBytes(part, buffer[Prefix..]);
        BinaryPrimitives.WriteInt32LittleEndian(buffer, length);
        return Prefix + length;
    }
}

/// <summary>Keeps the webhook secret of a shop's source encrypted, bound to that shop and source.</summary>
public static class SecretSeal
{
    private static ReadOnlySpan<byte> Label => "source-secret"u8;

    public static Wrapped Seal(InstallationKeys keys, ShopId shop, string source, string secret)
    {
        var clear = Encoding.UTF8.GetBytes(secret);
        try
        {
            return Wrapping.Close(keys, Label, shop, source, clear);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    /// <summary>The same secret under the current version of the wrapping key; for <see cref="Rewrapping"/>.</summary>
    /// <exception cref="SealBrokenException">As <see cref="Open"/>.</exception>
    public static Wrapped Rewrap(InstallationKeys keys, ShopId shop, string source, Wrapped old) =>
        Seal(keys, shop, source, Open(keys, shop, source, old));

    /// <exception cref="SealBrokenException">The row was altered or belongs to another source, or the wrapping key is another
    /// one.</exception>
    /// <exception cref="UnknownKeyVersionException">The wrapping key of that version was not given.</exception>
    public static string Open(InstallationKeys keys, ShopId shop, string source, Wrapped sealedSecret)
    {
        var clear = Wrapping.Open(keys, Label, shop, source, sealedSecret.Version, sealedSecret.Bytes, "A source's secret");
        try
        {
            return Encoding.UTF8.GetString(clear);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }
}
