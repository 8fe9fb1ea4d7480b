using System.Security.Cryptography;
using System.Text;
using Cx.Application.Privacy;
using Cx.Domain;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Privacy;

public sealed class PayloadSealTests
{
    private static readonly ShopId Shop = new("demo");
    private static readonly byte[] Order = Encoding.UTF8.GetBytes(
        $$"""{"email":"ada@example.com","items":[{{string.Join(',', Enumerable.Range(0, 300).Select(i => $$"""{"sku":"A-{{i}}","quantity":1}"""))}}]}""");

    private readonly InstallationKeys keys = InstallationKeys.Generate();

    [Fact]
    public void The_exact_bytes_come_back() =>
        Prop.ForAll<byte[], byte>((bytes, times) =>
        {
            var payload = Enumerable.Repeat(bytes, times).SelectMany(b => b).ToArray();
            return Open("a", PayloadSeal.Seal(keys, Shop, "a", payload)).AsSpan().SequenceEqual(payload);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_048_576)]
    public void An_incompressible_payload_costs_a_header_and_a_tag_at_most(int length)
    {
        var payload = RandomNumberGenerator.GetBytes(length);
        var sealedPayload = PayloadSeal.Seal(keys, Shop, "a", payload);

        Assert.Equal(payload, Open("a", sealedPayload));
        Assert.Equal(length + 21, sealedPayload.Data.Length);
    }

    [Fact]
    public void An_order_is_smaller_sealed_and_its_text_is_nowhere_in_it()
    {
        var sealedPayload = PayloadSeal.Seal(keys, Shop, "a", Order);
        var shortOne = PayloadSeal.Seal(keys, Shop, "b", "ada@example.com"u8);

        Assert.True(sealedPayload.Data.Length < Order.Length / 3);
        Assert.Equal(-1, sealedPayload.Data.AsSpan().IndexOf("ada"u8));
        Assert.Equal(-1, shortOne.Data.AsSpan().IndexOf("ada"u8));
    }

    [Fact]
    public void The_same_payload_is_never_sealed_the_same_way_twice() =>
        Assert.NotEqual(PayloadSeal.Seal(keys, Shop, "a", Order).Data, PayloadSeal.Seal(keys, Shop, "a", Order).Data);

    [Fact]
    public void A_row_moved_to_another_place_does_not_open()
    {
        var sealedPayload = PayloadSeal.Seal(keys, Shop, "a", Order);
        var other = PayloadSeal.Seal(keys, Shop, "b", Order);

        Assert.Throws<SealBrokenException>(() => Open("b", sealedPayload));
        Assert.Throws<SealBrokenException>(() => PayloadSeal.Open(keys, new("other"), "a", sealedPayload));
        Assert.Throws<SealBrokenException>(() => Open("a", sealedPayload with { Data = other.Data }));
        Assert.Throws<UnknownKeyVersionException>(() => Open("a", sealedPayload with { KeyVersion = 2 }));
    }

    [Fact]
    public void No_byte_can_be_changed_or_cut()
    {
        var sealedPayload = PayloadSeal.Seal(keys, Shop, "a", Order);

        for (var i = 0; i < sealedPayload.Data.Length; i++)
        {
            var altered = sealedPayload.Data.ToArray();
            altered[i] ^= 1;
            Assert.Throws<SealBrokenException>(() => Open("a", sealedPayload with { Data = altered }));
            Assert.Throws<SealBrokenException>(() => Open("a", sealedPayload with { Data = sealedPayload.Data[..i] }));
        }
    }

    [Fact]
    public void After_a_rotation_it_is_rewrapped_without_being_sealed_again()
    {
        var rotated = Rotation.After(keys);
        var old = PayloadSeal.Seal(keys, Shop, "a", Order);

        var rewrapped = PayloadSeal.Rewrap(rotated, Shop, "a", new(old.KeyVersion, old.WrappedKey));

        Assert.Equal(Order, PayloadSeal.Open(rotated, Shop, "a", old));
        Assert.Equal(2, rewrapped.Version);
        Assert.Equal(Order, PayloadSeal.Open(Rotation.WithoutFirst(rotated), Shop, "a", old with { KeyVersion = rewrapped.Version, WrappedKey = rewrapped.Bytes }));
    }

    private byte[] Open(string archive, SealedPayload payload) => PayloadSeal.Open(keys, Shop, archive, payload);
}
