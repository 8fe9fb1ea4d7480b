using System.Security.Cryptography;
using Cx.Domain;

namespace Cx.Application.Privacy.Sealing;

/// <summary>A key or a secret encrypted under a version of the wrapping key.</summary>
/// <param name="Version">The version of the wrapping key; a row below the current one is to be rewrapped.</param>
/// <param name="Bytes">Nonce, ciphertext and tag.</param>
public readonly record struct Wrapped(int Version, byte[] Bytes);

/// <summary>
/// AES-256-GCM under the wrapping key with a random 96-bit nonce, bound to its owner. NIST SP 800-38D allows 2^32 of these under one version of
/// the key.
/// </summary>
internal static class Wrapping
{
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int Overhead = NonceLength + TagLength;

    public static Wrapped Close(InstallationKeys keys, ReadOnlySpan<byte> label, ShopId shop, string owner, ReadOnlySpan<byte> secret)
    {
        var size = Context.MaxLength(label, shop.Value, owner);
        Span<byte> buffer = size <= Context.OnStack ? stackalloc byte[Context.OnStack] : new byte[size];
        var boundTo = Context.Write(buffer, label, shop.Value, owner);

        var version = keys.Wrapping.Current;
        var wrapped = new byte[secret.Length + Overhead];
        var nonce = wrapped.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        // An instance is not safe for two threads, and making one costs less than sharing it.
        using var aes = new AesGcm(keys.Wrapping.Bytes(version), TagLength);
        aes.Encrypt(nonce, secret, wrapped.AsSpan(NonceLength, secret.Length), wrapped.AsSpan(wrapped.Length - TagLength), boundTo);
        return new(version, wrapped);
    }

    public static byte[] Open(InstallationKeys keys, ReadOnlySpan<byte> label, ShopId shop, string owner, int version, ReadOnlySpan<byte> wrapped, string what)
    {
        if (wrapped.Length < Overhead) throw new SealBrokenException(what);
        var size = Context.MaxLength(label, shop.Value, owner);
        Span<byte> buffer = size <= Context.OnStack ? stackalloc byte[Context.OnStack] : new byte[size];
        var boundTo = Context.Write(buffer, label, shop.Value, owner);

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
