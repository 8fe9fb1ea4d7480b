using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Cx.Domain.Privacy;

namespace Cx.Application.Privacy.Sealing;

/// <summary>
/// Seals and opens the personal values of one customer. Sealing is deterministic: the nonce is a keyed hash of the text (the construction of SIV,
/// RFC 5297), so the same text of the same customer gives the same seal, and the decider can tell a changed e-mail address from a repeated one without
/// reading either. What that gives away: that two values of one customer are equal, and, as any cipher does, about how long they are. Nothing
/// across customers, whose keys differ. Not for two threads at once.
/// </summary>
public sealed class Sealer : IDisposable
{
    private const string Prefix = "s1.";
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int Overhead = NonceLength + TagLength;
    private const int OnStack = 512;

    private readonly byte[] nonceKey = new byte[32];
    private readonly AesGcm aes;

    public Sealer(CustomerKey key)
    {
        Span<byte> subkeys = stackalloc byte[64];
        HKDF.Expand(HashAlgorithmName.SHA256, key.Bytes, subkeys, "cx/personal/1"u8);
        subkeys[..32].CopyTo(nonceKey);
        aes = new(subkeys[32..], TagLength);
        CryptographicOperations.ZeroMemory(subkeys);
    }

    /// <summary>Seals a clear value; leaves a sealed one and null as they are. Has the form of the domain's <see cref="Domain.Privacy.Seal"/>.</summary>
    public Personal? Seal(Personal? value) => value is null or { IsSealed: true } ? value : Personal.FromSeal(Seal(value.Value));

    /// <exception cref="SealBrokenException">Not a seal of this customer, or altered.</exception>
    /// <exception cref="ArgumentException">The value was never sealed.</exception>
    public string Open(Personal value)
    {
        if (!value.IsSealed) throw new ArgumentException("Only a sealed value can be opened.", nameof(value));
        if (!value.Value.StartsWith(Prefix, StringComparison.Ordinal)) throw new SealBrokenException("A personal value");

        var encoded = value.Value.AsSpan(Prefix.Length);
        var rented = Rent(encoded.Length);
        Span<byte> buffer = rented ?? stackalloc byte[OnStack];
        try
        {
            var status = Base64Url.DecodeFromChars(encoded, buffer, out _, out var length);
            if (status != OperationStatus.Done || length < Overhead) throw new SealBrokenException("A personal value");
            var text = buffer[NonceLength..(length - TagLength)];
            aes.Decrypt(buffer[..NonceLength], text, buffer[(length - TagLength)..length], text);
            return Encoding.UTF8.GetString(text);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SealBrokenException("A personal value", e);
        }
        finally
        {
            Return(rented, buffer);
        }
    }

    public void Dispose()
    {
        aes.Dispose();
        CryptographicOperations.ZeroMemory(nonceKey);
    }

    private string Seal(string text)
    {
        var most = Overhead + (3 * text.Length);
        var rented = Rent(most);
        Span<byte> buffer = rented ?? stackalloc byte[OnStack];
        try
        {
            var length = Encoding.UTF8.GetBytes(text, buffer[NonceLength..]);
            var clear = buffer.Slice(NonceLength, length);
            Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
            HMACSHA256.HashData(nonceKey, clear, hash);
            hash[..NonceLength].CopyTo(buffer);
            aes.Encrypt(buffer[..NonceLength], clear, clear, buffer.Slice(NonceLength + length, TagLength));
            return string.Create(Prefix.Length + Base64Url.GetEncodedLength(length + Overhead), (ReadOnlySpan<byte>)buffer[..(length + Overhead)], static (chars, sealedBytes) =>
            {
                Prefix.CopyTo(chars);
                Base64Url.EncodeToChars(sealedBytes, chars[Prefix.Length..]);
            });
        }
        finally
        {
            Return(rented, buffer);
        }
    }

    private static byte[]? Rent(int length) => length <= OnStack ? null : ArrayPool<byte>.Shared.Rent(length);

    private static void Return(byte[]? rented, Span<byte> buffer)
    {
        CryptographicOperations.ZeroMemory(buffer);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }
}
