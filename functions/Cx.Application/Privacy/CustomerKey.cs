using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Cx.Domain;
using Cx.Domain.Privacy;

namespace Cx.Application.Privacy;

/// <summary>
/// The random key of one customer. All that is personal about the customer is sealed under it, so destroying its row makes every sealed
/// value of that customer unreadable wherever it was copied. Wrapped for one shop and customer: moved to another row, it does not open.
/// </summary>
public sealed class CustomerKey : IDisposable
{
    private const int Length = 32;

    private readonly byte[] key;

    private CustomerKey(byte[] key) => this.key = key;

    internal ReadOnlySpan<byte> Bytes => key;

    private static ReadOnlySpan<byte> Label => "customer-key"u8;

    public static CustomerKey Create() => new(RandomNumberGenerator.GetBytes(Length));

    /// <exception cref="SealBrokenException">The row was altered or belongs to another customer, or the wrapping key is another
    /// one.</exception>
    /// <exception cref="UnknownKeyVersionException">The wrapping key of that version was not given.</exception>
    public static CustomerKey Unwrap(InstallationKeys keys, int version, ReadOnlySpan<byte> wrapped, ShopId shop, CustomerId customer)
    {
        var key = Wrapping.Open(keys, Label, shop, customer.Value, version, wrapped, "A customer's key");
        return key.Length == Length ? new(key) : throw new SealBrokenException("A customer's key");
    }

    /// <summary>The same key under the current version of the wrapping key; for <see cref="Rewrapping"/>.</summary>
    /// <exception cref="SealBrokenException">As <see cref="Unwrap"/>.</exception>
    public static Wrapped Rewrap(InstallationKeys keys, Wrapped old, ShopId shop, CustomerId customer)
    {
        using var key = Unwrap(keys, old.Version, old.Bytes, shop, customer);
        return key.Wrap(keys, shop, customer);
    }

    public Wrapped Wrap(InstallationKeys keys, ShopId shop, CustomerId customer) => Wrapping.Close(keys, Label, shop, customer.Value, key);

    public void Dispose() => CryptographicOperations.ZeroMemory(key);
}

/// <summary>
/// Seals and opens the personal values of one customer. Sealing is deterministic: the nonce is a keyed hash of the text (the construction
/// of SIV, RFC 5297), so the same text of the same customer gives the same seal, and the decider can tell a changed e-mail address from a
/// repeated one without reading either. What that gives away: that two values of one customer are equal, and, as any cipher does, about how
/// long they are. Nothing across customers, whose keys differ. Not for two threads at once.
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

    /// <summary>
    /// Seals a clear value; leaves a sealed one and null as they are. Has the form of the domain's <see cref="Domain.Privacy.Seal"/>.
    /// </summary>
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

/// <summary>
/// Opens the personal values of one customer, for a reader who may see them. A value of a linked customer opens under that one's own key.
/// </summary>
public sealed class Unsealer : IDisposable
{
    private readonly KeyRing? ring;
    private readonly bool isLinked;

    /// <param name="keys">The customer's own first; none once it is erased.</param>
    /// <param name="isLinked">Whether it is or was linked: a value may then be under the key of somebody who was erased.</param>
    internal Unsealer(IReadOnlyList<CustomerKey> keys, bool isLinked)
    {
        ring = keys.Count == 0 ? null : new(keys[0], [.. keys.Skip(1)]);
        this.isLinked = isLinked;
    }

    /// <summary>The clear text; none when there is no value, or when its key was destroyed.</summary>
    public string? Text(Personal? value)
    {
        // Of an event that was stored before its values were sealed.
        if (value is { IsSealed: false })
        {
            return value.Value;
        }

        try
        {
            return value is null ? null : ring?.Open(value);
        }
        catch (SealBrokenException) when (isLinked)
        {
            return null;
        }
    }

    /// <summary>
    /// The same as a clear value. Has the form of the domain's <see cref="Seal"/>, so that an event opens its own values with it.
    /// </summary>
    public Personal? Open(Personal? value) => Personal.Clear(Text(value));

    public void Dispose() => ring?.Dispose();
}
