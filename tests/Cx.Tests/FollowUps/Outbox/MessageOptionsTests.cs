using Cx.Application.Configuration;
using Cx.Application.FollowUps;
using Cx.Application.FollowUps.Outbox;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Cx.Tests.FollowUps.Outbox;

public class MessageOptionsTests
{
    private static readonly Uri Own = new("http://127.0.0.1:7071");

    [Fact]
    public void Without_settings_messages_are_only_shown() =>
        Assert.Equal((SenderKind.Local, Own, "noreply@localhost", null), Read());

    [Fact]
    public void Settings_of_a_relay_choose_it() => Assert.Equal(
        (SenderKind.Smtp, new("https://cx.example/"), "shop@bottega.example", "Bottega"),
        Read(("Cx:Smtp:Host", "relay.example"), ("Cx:Smtp:FromAddress", "shop@bottega.example"), ("Cx:Smtp:FromName", "Bottega"), ("Cx:PublicUrl", "https://cx.example/")));

    [Theory]
    [InlineData("Cx__PublicUrl", "Cx:Smtp:Host", "relay.example")]
    [InlineData("Cx__PublicUrl", "Cx:Sender", "webhook")]
    [InlineData("Cx__PublicUrl", "Cx:PublicUrl", "http://cx.example")]
    [InlineData("Cx__Sender", "Cx:Sender", "pigeon")]
    public void What_is_missing_is_named(string key, string name, string value) =>
        Assert.Contains(key, Assert.Throws<InvalidSettingsException>(() => Read((name, value))).Message, StringComparison.Ordinal);

    [Theory, InlineData("smtp", "Cx__Smtp__Host"), InlineData("webhook", "Cx__Webhook__Secret")]
    public void The_senders_own_settings_are_checked_at_start(string sender, string key) => Assert.Contains(
        key, Assert.Throws<InvalidSettingsException>(() => Read(("Cx:Sender", sender), ("Cx:PublicUrl", "https://cx.example"))).Message, StringComparison.Ordinal);

    private static (SenderKind Sender, Uri LinkBase, string FromAddress, string? FromName) Read(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build();
        using var valid = Settings.Validate(configuration, services => services.AddFollowUpSettings(configuration, Own));
        var options = valid.GetRequiredService<IOptions<MessageOptions>>().Value;
        return (options.Sender, options.LinkBase, options.FromAddress, options.FromName);
    }
}
