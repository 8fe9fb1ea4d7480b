using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Privacy;

namespace Cx.Tests.Privacy;

public sealed class CustomerKeyTests
{
    private static readonly ShopId Shop = new("demo");
    private static readonly CustomerId Ada = new("ada");

    private readonly InstallationKeys keys = InstallationKeys.Generate();

    [Fact]
    public void An_unwrapped_key_opens_what_was_sealed_before()
    {
        using var key = CustomerKey.Create();
        var seal = Seal(key);
        var (version, wrapped) = key.Wrap(keys, Shop, Ada);

        using var again = CustomerKey.Unwrap(keys, version, wrapped, Shop, Ada);

        Assert.Equal(1, version);
        Assert.Equal("ada@example.com", Open(again, seal));
    }

    [Theory]
    [InlineData("demo", "bob")]
    [InlineData("other", "ada")]
    [InlineData("demoa", "da")]
    public void A_row_moved_to_another_customer_does_not_open(string shop, string customer)
    {
        using var key = CustomerKey.Create();
        var (version, wrapped) = key.Wrap(keys, Shop, Ada);

        Assert.Throws<SealBrokenException>(() => CustomerKey.Unwrap(keys, version, wrapped, new(shop), new(customer)));
    }

    [Fact]
    public void No_byte_of_the_row_can_be_changed_or_cut()
    {
        using var key = CustomerKey.Create();
        var (version, wrapped) = key.Wrap(keys, Shop, Ada);

        for (var i = 0; i < wrapped.Length; i++)
        {
            var altered = wrapped.ToArray();
            altered[i] ^= 1;
            Assert.Throws<SealBrokenException>(() => CustomerKey.Unwrap(keys, version, altered, Shop, Ada));
            Assert.Throws<SealBrokenException>(() => CustomerKey.Unwrap(keys, version, wrapped.AsSpan(0, i), Shop, Ada));
        }
    }

    [Fact]
    public void Another_installation_and_an_unknown_version_do_not_open_it()
    {
        using var key = CustomerKey.Create();
        var (version, wrapped) = key.Wrap(keys, Shop, Ada);

        Assert.Throws<SealBrokenException>(() => CustomerKey.Unwrap(InstallationKeys.Generate(), version, wrapped, Shop, Ada));
        Assert.Throws<UnknownKeyVersionException>(() => CustomerKey.Unwrap(keys, version + 1, wrapped, Shop, Ada));
    }

    [Fact]
    public void After_a_rotation_old_rows_open_and_rewrapped_ones_no_longer_need_the_old_key()
    {
        var rotated = Rotation.After(keys);
        using var key = CustomerKey.Create();
        var seal = Seal(key);
        var (oldVersion, oldBytes) = key.Wrap(keys, Shop, Ada);

        using var old = CustomerKey.Unwrap(rotated, oldVersion, oldBytes, Shop, Ada);
        var (version, bytes) = CustomerKey.Rewrap(rotated, new(oldVersion, oldBytes), Shop, Ada);
        using var rewrapped = CustomerKey.Unwrap(Rotation.WithoutFirst(rotated), version, bytes, Shop, Ada);

        Assert.Equal(2, version);
        Assert.Equal("ada@example.com", Open(old, seal));
        Assert.Equal("ada@example.com", Open(rewrapped, seal));
    }

    private static Personal Seal(CustomerKey key)
    {
        using var sealer = new Sealer(key);
        return sealer.Seal(Personal.Clear("ada@example.com"))!;
    }

    private static string Open(CustomerKey key, Personal seal)
    {
        using var sealer = new Sealer(key);
        return sealer.Open(seal);
    }
}
