using System.Security.Cryptography;
using Cx.Application.Configuration;
using Cx.Application.FollowUps.Email;
using Cx.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Cx.Tests.FollowUps.Email;

public class SmtpOptionsTests
{
    [Fact]
    public void Little_is_needed()
    {
        var options = Read();

        Assert.Equal(("mail.example", 587, SmtpSecurity.StartTls, "shop@b.example", 60), (options.Host, options.Port, options.Security, options.FromAddress, options.TimeoutSeconds));
        Assert.Equal(465, Read(("Security", "tls")).Port);
        Assert.Equal(25, Read(("Security", "NONE")).Port);
    }

    [Theory]
    [InlineData("Host", "")]
    [InlineData("Host", "mail example")]
    [InlineData("Port", "0")]
    [InlineData("Port", "abc")]
    [InlineData("Security", "ssl")]
    [InlineData("FromAddress", "")]
    [InlineData("FromAddress", "Shop <shop@b.example>")]
    [InlineData("FromName", "a\nb")]
    [InlineData("TimeoutSeconds", "0")]
    [InlineData("TimeoutSeconds", "-1")]
    public void A_wrong_value_stops_the_start_and_is_named(string key, string value) =>
        Assert.Contains($"Cx__Smtp__{key}:", Assert.Throws<InvalidSettingsException>(() => Read((key, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void Everything_wrong_is_told_at_once() =>
        Assert.Equal(3, Assert.Throws<InvalidSettingsException>(() => Read(("Host", ""), ("Port", "x"), ("FromAddress", ""))).Message.Split('\n').Length - 1);

    [Theory]
    [InlineData("mail.example", "none", false)]
    [InlineData("10.0.0.1", "none", false)]
    [InlineData("localhost.evil.example", "none", false)]
    [InlineData("127.0.0.1", "none", true)]
    [InlineData("::1", "none", true)]
    [InlineData("localhost", "none", true)]
    [InlineData("mail.example", "starttls", true)]
    [InlineData("mail.example", "tls", true)]
    public void A_password_leaves_the_machine_only_encrypted(string host, string security, bool allowed)
    {
        SmtpOptions Start() => Read(("Host", host), ("Security", security), ("User", "u"), ("Password", "p"));

        if (allowed) Assert.Equal("p", Start().Password);
        else Assert.Contains("Cx__Smtp__Security:", Assert.Throws<InvalidSettingsException>(Start).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("User", "Password"), InlineData("Password", "User")]
    public void User_and_password_come_together(string given, string missing) =>
        Assert.Contains($"Cx__Smtp__{missing}:", Assert.Throws<InvalidSettingsException>(() => Read((given, "x"))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_password_is_not_printed() => Assert.DoesNotContain("hush", Read(("User", "u"), ("Password", "hush")).ToString(), StringComparison.Ordinal);

    [Theory, InlineData("rsa"), InlineData("ed25519")]
    public void Dkim_takes_its_key_as_pem_or_from_a_file(string kind)
    {
        using var folder = TestFolder.Create();
        var pem = kind == "rsa" ? DkimKeys.Rsa : DkimKeys.Ed25519;
        var path = Path.Combine(folder.Data.Path, "dkim.pem");
        File.WriteAllText(path, pem);
        string[] ways = [pem, pem.ReplaceLineEndings("\\n"), path];

        var keys = ways.Select(way => DkimKey.Read(ReadDkim(("DkimPrivateKey", way)).DkimPrivateKey!));

        Assert.All(keys, key => Assert.Equal((kind, DkimKey.Read(pem).PublicKey), (key.KeyType, key.PublicKey)));
    }

    [Theory, InlineData("DkimDomain"), InlineData("DkimSelector"), InlineData("DkimPrivateKey")]
    public void Half_of_dkim_stops_the_start_and_names_what_is_missing(string missing) =>
        AssertNamed(missing, () => ReadDkim((missing, "")));

    [Theory]
    [InlineData("DkimDomain", "localhost")]
    [InlineData("DkimDomain", "bücher.example")]
    [InlineData("DkimDomain", "b.example; d=c.example")]
    [InlineData("DkimSelector", "a b")]
    [InlineData("DkimSelector", "a;b")]
    [InlineData("DkimPrivateKey", "/no/such/file.pem")]
    [InlineData("DkimPrivateKey", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----")]
    [InlineData("DkimPrivateKey", "-----BEGIN PRIVATE KEY-----")]
    [InlineData("DkimPrivateKey", "-----BEGIN PRIVATE KEY-----\n*secret*\n-----END PRIVATE KEY-----")]
    public void Wrong_dkim_stops_the_start(string key, string value) => AssertNamed(key, () => ReadDkim((key, value)));

    [Fact]
    public void A_key_of_another_kind_or_without_its_secret_part_stops_the_start()
    {
        using var rsa = RSA.Create(2048);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var encrypted = rsa.ExportEncryptedPkcs8PrivateKeyPem("pass", new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1));
        string[] wrong = [DkimKeys.PemOf(512), curve.ExportPkcs8PrivateKeyPem(), rsa.ExportSubjectPublicKeyInfoPem(), encrypted];

        Assert.All(wrong, pem => AssertNamed("DkimPrivateKey", () => ReadDkim(("DkimPrivateKey", pem))));
    }

    [Fact]
    public void The_key_is_not_printed()
    {
        var secret = DkimKeys.Rsa.Split('\n')[1];
        var options = ReadDkim();

        Assert.DoesNotContain(secret, options.ToString() + DkimKey.Read(options.DkimPrivateKey!), StringComparison.Ordinal);
    }

    // Named, and without a word of its value.
    private static void AssertNamed(string key, Func<SmtpOptions> read)
    {
        var message = Assert.Throws<InvalidSettingsException>(read).Message;

        Assert.Contains($"Cx__Smtp__{key}:", message, StringComparison.Ordinal);
        Assert.Equal(2, message.Split('\n').Length);
        Assert.DoesNotContain("PRIVATE", message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
        Assert.DoesNotContain("/no/such", message, StringComparison.Ordinal);
    }

    private static SmtpOptions ReadDkim(params (string Key, string Value)[] settings) =>
        Read([("DkimDomain", "b.example"), ("DkimSelector", "cx1"), ("DkimPrivateKey", DkimKeys.Rsa), .. settings]);

    private static SmtpOptions Read(params (string Key, string Value)[] settings)
    {
        var values = new Dictionary<string, string?> { ["Cx:Smtp:Host"] = "mail.example", ["Cx:Smtp:FromAddress"] = "shop@b.example" };
        foreach (var (key, value) in settings) values[$"Cx:Smtp:{key}"] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        using var valid = Settings.Validate(configuration, services => services.AddSettings<SmtpOptions>(configuration));
        return valid.GetRequiredService<IOptions<SmtpOptions>>().Value;
    }
}
