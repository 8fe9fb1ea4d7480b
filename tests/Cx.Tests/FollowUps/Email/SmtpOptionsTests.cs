using Cx.Application.Configuration;
using Cx.Application.FollowUps.Email;
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

    private static SmtpOptions Read(params (string Key, string Value)[] settings)
    {
        var values = new Dictionary<string, string?> { ["Cx:Smtp:Host"] = "mail.example", ["Cx:Smtp:FromAddress"] = "shop@b.example" };
        foreach (var (key, value) in settings) values[$"Cx:Smtp:{key}"] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        using var valid = Settings.Validate(configuration, services => services.AddSettings<SmtpOptions>(configuration));
        return valid.GetRequiredService<IOptions<SmtpOptions>>().Value;
    }
}
