using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using Cx.Domain;

namespace Cx.Functions.Store.Sealing;

/// <summary>An archived payload, compressed and then sealed under a key of its own; without the row nothing of it can be read.</summary>
/// <param name="KeyVersion">The version of the wrapping key.</param>
/// <param name="WrappedKey">The payload's own key.</param>
/// <param name="Data">The format, the tag and the ciphertext.</param>
public readonly record struct SealedPayload(int KeyVersion, byte[] WrappedKey, byte[] Data);

/// <summary>Compresses and seals what a source posted, bound to its shop and its id in the archive.</summary>
public static class PayloadSeal
{
    private const byte Plain = 0;
    private const byte Brotli = 1;
    private const int Quality = 1;
    private const int Window = 18;
    private const int KeyLength = 32;
    private const int TagLength = 16;
    private const int Header = 1 + TagLength + sizeof(int);

    private static ReadOnlySpan<byte> Label => "payload-key"u8;

    public static SealedPayload Seal(InstallationKeys keys, ShopId shop, string archive, ReadOnlySpan<byte> payload) => throw new NotImplementedException();

    public static byte[] Open(InstallationKeys keys, ShopId shop, string archive, SealedPayload payload) => throw new NotImplementedException();
}
