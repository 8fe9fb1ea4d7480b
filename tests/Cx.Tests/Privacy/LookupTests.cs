using System.Security.Cryptography;
using System.Text;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;

namespace Cx.Tests.Privacy;

public sealed class LookupTests
{
    private static readonly ShopId Shop = new("demo");

    private readonly InstallationKeys keys = InstallationKeys.Generate();

    [Fact]
    public void The_same_value_gives_the_same_hash_and_only_in_its_own_shop_kind_and_installation()
    {
        Assert.Equal(Hash(keys, "demo", IdentifierKind.Email, "ada@example.com"), Hash(keys, "demo", IdentifierKind.Email, "ada@example.com"));

        string[] all =
        [
            Hash(keys, "demo", IdentifierKind.Email, "ada@example.com"),
            Hash(keys, "demo", IdentifierKind.Email, "bob@example.com"),
            Hash(keys, "other", IdentifierKind.Email, "ada@example.com"),
            Hash(keys, "demoa", IdentifierKind.Email, "da@example.com"),
            Hash(InstallationKeys.Generate(), "demo", IdentifierKind.Email, "ada@example.com"),
            .. Enum.GetValues<IdentifierKind>().Where(k => k != IdentifierKind.Email).Select(k => Hash(keys, "demo", k, "ada@example.com")),
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Fact]
    public void The_hash_never_changes()
    {
        var known = InstallationKeys.FromMasterKey(Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray()));

        // HMAC-SHA256 over the parts, each after its length as 4 bytes, computed with an independent implementation.
        Assert.Equal(KnownKeys.EmailHash, Hash(known, "demo", IdentifierKind.Email, "ada@example.com"));
        Assert.Equal(KnownKeys.DeliveryHash, Hex(Lookup.DeliveryKey(known, Shop, "shopify", "evt-1")[0]));
    }

    [Fact]
    public void During_a_rotation_there_is_a_hash_for_each_version_and_the_old_one_still_matches()
    {
        var before = Lookup.Of(keys, Shop, IdentifierKind.Phone, "+39055123456");
        var after = Lookup.Of(Rotation.After(keys), Shop, IdentifierKind.Phone, "+39055123456");

        Assert.Equal([2, 1], after.Hashes.Select(h => h.Version));
        Assert.Equal(before.Hashes[0].Hash, after.Hashes[1].Hash);
        Assert.NotEqual(after.Hashes[0].Hash, after.Hashes[1].Hash);
        Assert.Equal(IdentifierKind.Phone, after.Kind);
    }

    [Fact]
    public void A_delivery_key_counts_within_its_source_and_long_ones_count_to_the_end()
    {
        var longKey = new string('k', 5_000);
        string[] all =
        [
            Hex(Lookup.DeliveryKey(keys, Shop, "shopify", "1")[0]),
            Hex(Lookup.DeliveryKey(keys, Shop, "shopif", "y1")[0]),
            Hex(Lookup.DeliveryKey(keys, Shop, "woocommerce", "1")[0]),
            Hex(Lookup.DeliveryKey(keys, new("other"), "shopify", "1")[0]),
            Hex(Lookup.DeliveryKey(keys, Shop, "shopify", longKey + "a")[0]),
            Hex(Lookup.DeliveryKey(keys, Shop, "shopify", longKey + "b")[0]),
        ];

        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.All(all, hash => Assert.Equal(2 * Lookup.Length, hash.Length));
    }

    [Fact]
    public void An_id_that_was_given_has_the_same_hash_after_a_rotation_and_another_in_another_shop()
    {
        var stored = Lookup.GivenId(keys, Shop)("RMA 7");

        Assert.True(GivenIds.IsHash(stored));
        Assert.Equal(stored, Lookup.GivenId(Rotation.After(keys), Shop)("RMA 7"));
        string[] others = [Lookup.GivenId(keys, Shop)("RMA 8"), Lookup.GivenId(keys, new("other"))("RMA 7"), Lookup.GivenId(InstallationKeys.Generate(), Shop)("RMA 7")];
        Assert.DoesNotContain(stored, others);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void Nothing_is_not_an_identifier(string value) =>
        Assert.Throws<ArgumentException>(() => Lookup.Of(keys, Shop, IdentifierKind.Email, value));

    [Fact]
    public void Every_kind_has_a_name_that_reads_back()
    {
        Assert.All(Enum.GetValues<IdentifierKind>(), kind => Assert.Equal(kind, IdentifierNames.Parse(IdentifierNames.Of(kind))));
        Assert.Null(IdentifierNames.Parse("shoe-size"));
        Assert.Null(IdentifierNames.Parse(null));
    }

    [Fact]
    public void An_api_key_is_kept_as_its_digest() =>
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes("cx_secret")), Lookup.ApiKey("cx_secret"));

    private static string Hash(InstallationKeys keys, string shop, IdentifierKind kind, string value) => Hex(Lookup.Of(keys, new(shop), kind, value).Hashes[0]);

    private static string Hex(KeyedHash hash) => Convert.ToHexStringLower(hash.Hash);
}
