using System.Text;
using Cx.Application.Privacy;
using Cx.Domain;

namespace Cx.Tests.Privacy;

public sealed class SecretSealTests
{
    private static readonly ShopId Shop = new("demo");

    private readonly InstallationKeys keys = InstallationKeys.Generate();

    [Theory]
    [InlineData("")]
    [InlineData("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    [InlineData("perché no")]
    public void A_secret_opens_again_and_cannot_be_read_before(string secret)
    {
        var row = SecretSeal.Seal(keys, Shop, "shopify", secret);

        Assert.Equal(secret, SecretSeal.Open(keys, Shop, "shopify", row));
        if (secret.Length > 0) Assert.Equal(-1, row.Bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)));
    }

    [Fact]
    public void It_opens_only_for_its_own_source_shop_and_installation()
    {
        var row = SecretSeal.Seal(keys, Shop, "shopify", "secret");

        Assert.Throws<SealBrokenException>(() => SecretSeal.Open(keys, Shop, "woocommerce", row));
        Assert.Throws<SealBrokenException>(() => SecretSeal.Open(keys, new("other"), "shopify", row));
        Assert.Throws<SealBrokenException>(() => SecretSeal.Open(InstallationKeys.Generate(), Shop, "shopify", row));
        Assert.Throws<UnknownKeyVersionException>(() => SecretSeal.Open(keys, Shop, "shopify", row with { Version = 2 }));
        Assert.Equal("secret", SecretSeal.Open(Rotation.After(keys), Shop, "shopify", row));
    }

    [Fact]
    public void A_row_of_another_purpose_is_no_secret()
    {
        using var key = CustomerKey.Create();

        Assert.Throws<SealBrokenException>(() => SecretSeal.Open(keys, Shop, "shopify", key.Wrap(keys, Shop, new("shopify"))));
    }
}
