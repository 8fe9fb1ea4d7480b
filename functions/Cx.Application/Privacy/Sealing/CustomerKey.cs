using System.Security.Cryptography;
using Cx.Domain;

namespace Cx.Application.Privacy.Sealing;

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

    /// <exception cref="SealBrokenException">The row was altered or belongs to another customer, or the wrapping key is another one.</exception>
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
