using Cx.Application.Privacy;

namespace Cx.Tests.Privacy;

public sealed class InstallationKeysTests
{
    private static readonly string First = Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly string Second = Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray());

    [Fact]
    public void A_bare_master_key_is_version_1_and_always_gives_the_same_three_different_keys()
    {
        var keys = InstallationKeys.FromMasterKey(First);

        Assert.Equal([1], keys.Wrapping.Versions);
        Assert.Equal(keys.Fingerprints, InstallationKeys.FromMasterKey(" 1:" + First + " ").Fingerprints);
        Assert.Equal(["links/1", "lookup/1", "wrapping/1"], keys.Fingerprints.Keys.Order());
        Assert.Equal(4, new[] { keys.Wrapping, keys.Lookup, keys.Links }.Select(k => Convert.ToBase64String(k.Bytes(1))).Append(First).Distinct().Count());
    }

    [Fact]
    public void The_derivation_never_changes()
    {
        // RFC 5869 over 32 bytes of 0x01 with no salt and the info "cx/wrapping", computed with an independent implementation.
        var keys = InstallationKeys.FromMasterKey(First);

        Assert.Equal(KnownKeys.Wrapping, Convert.ToHexStringLower(keys.Wrapping.Bytes(1)));
        Assert.Equal(KnownKeys.Lookup, Convert.ToHexStringLower(keys.Lookup.Bytes(1)));
        Assert.Equal(KnownKeys.Links, Convert.ToHexStringLower(keys.Links.Bytes(1)));
    }

    [Fact]
    public void While_rotating_the_highest_version_is_current_in_whatever_order_they_are_given()
    {
        var keys = InstallationKeys.FromMasterKey($"1:{First}, 2:{Second}");

        Assert.Equal([2, 1], keys.Lookup.Versions);
        Assert.Equal(2, keys.Lookup.Current);
        Assert.True(keys.Lookup.Bytes(1).SequenceEqual(InstallationKeys.FromMasterKey(First).Lookup.Bytes(1)));
        Assert.Equal(3, Assert.Throws<UnknownKeyVersionException>(() => keys.Lookup.Bytes(3).Length).Version);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("  ")]
    [InlineData("correct horse battery staple")]
    [InlineData("AAAA")]
    [InlineData("0:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")]
    [InlineData("x:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")]
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,1:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=")]
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")]
    public void A_master_key_of_another_form_is_refused_by_the_name_of_its_setting_and_not_shown(string? setting)
    {
        var refused = Assert.Throws<UnusableKeysException>(() => InstallationKeys.FromMasterKey(setting));

        Assert.Contains("Cx__MasterKey", refused.Message, StringComparison.Ordinal);
        if (!string.IsNullOrWhiteSpace(setting)) Assert.DoesNotContain(setting, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_database_learns_every_fingerprint_and_a_rotation_adds_the_new_version()
    {
        var before = InstallationKeys.FromMasterKey(First);
        var after = InstallationKeys.FromMasterKey($"2:{Second},1:{First}");

        Assert.Equal(before.Fingerprints, before.Check(new Dictionary<string, string>()));
        Assert.Empty(before.Check(before.Fingerprints));
        Assert.Equal(["links/2", "lookup/2", "wrapping/2"], after.Check(before.Fingerprints).Keys.Order());
    }

    [Fact]
    public void A_database_of_another_key_or_of_a_missing_version_is_refused_by_name()
    {
        var mine = InstallationKeys.FromMasterKey(First);

        var other = Assert.Throws<KeyMismatchException>(() => mine.Check(InstallationKeys.FromMasterKey(Second).Fingerprints));
        var missing = Assert.Throws<KeyMismatchException>(() => mine.Check(InstallationKeys.FromMasterKey($"2:{Second},1:{First}").Fingerprints));

        Assert.Contains("wrapping/1", other.Message, StringComparison.Ordinal);
        Assert.Contains("wrapping/2", missing.Message, StringComparison.Ordinal);
        Assert.Contains("Cx__MasterKey", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generated_keys_differ_and_nothing_printable_shows_one()
    {
        var keys = InstallationKeys.Generate();
        var shown = keys + " " + string.Join(' ', keys.Fingerprints);

        Assert.NotEqual(keys.Fingerprints, InstallationKeys.Generate().Fingerprints);
        Assert.Equal(3, keys.Fingerprints.Values.Distinct().Count());
        Assert.DoesNotContain(Convert.ToHexStringLower(keys.Wrapping.Bytes(1)[..8]), shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(keys.Wrapping.Bytes(1)[..6]), shown, StringComparison.Ordinal);
    }
}
