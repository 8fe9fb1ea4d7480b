using System.Security.Cryptography;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Readiness;
using Cx.Tests.Support;

namespace Cx.Tests.FollowUps.Readiness;

/// <summary>What DNS says of the domain that mail is sent from, asked of a name server over UDP.</summary>
public sealed class SendingReadinessTests : IAsyncDisposable
{
    private const string Domain = "shop.bottega-prova.it";

    private static readonly string Key = KeyOf(2048);

    private readonly DnsServer dns = new();

    public ValueTask DisposeAsync() => dns.DisposeAsync();

    [Fact]
    public async Task All_that_is_asked_for_is_there()
    {
        dns.Tell(Domain, "google-site-verification=x", "v=spf1 include:relay.prova.it ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all");
        dns.Tell("relay.prova.it", "v=spf1 a:out.relay.prova.it -all");
        dns.Tell($"cx._domainkey.{Domain}", $"v=DKIM1; k=rsa; p={Key}");
        dns.Tell($"_dmarc.{Domain}", "v=DMARC1; p=quarantine; rua=mailto:dmarc@bottega-prova.it");

        var checks = await Checks();

        Assert.Equal(["sender", "spf", "dkim", "dmarc"], checks.Select(c => c.Check));
        Assert.All(checks, c => Assert.Equal((ReadinessOutcome.Pass, null), (c.Outcome, c.Remedy)));
        Assert.Contains("takes 2 of 10 look-ups", Of(checks, "spf").Text, StringComparison.Ordinal);
        Assert.Equal($"v=DKIM1; k=rsa; p={Key}", Of(checks, "dkim").Record);       // of more than 255 octets, so in several strings
    }

    [Fact]
    public async Task Nothing_is_there()
    {
        dns.Tell(Domain);

        var checks = await Checks();

        Assert.All(["spf", "dkim", "dmarc"], name => Assert.Equal(ReadinessOutcome.Fail, Of(checks, name).Outcome));
        Assert.All(["spf", "dkim", "dmarc"], name => Assert.StartsWith("Publish a TXT record at ", Of(checks, name).Remedy, StringComparison.Ordinal));
        Assert.Contains(Key, Of(checks, "dkim").Remedy, StringComparison.Ordinal);
        Assert.Equal([$"_dmarc.{Domain}", "_dmarc.bottega-prova.it"], dns.Asked.Where(n => n.StartsWith("_dmarc", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_domain_that_does_not_exist_is_named() =>
        Assert.Equal((ReadinessOutcome.Fail, $"The domain {Domain} does not exist in DNS."), Told(await Checks(), "spf"));

    [Theory]
    [InlineData("v=spf1 +all", ReadinessOutcome.Fail, "admits everybody")]
    [InlineData("v=spf1 all", ReadinessOutcome.Fail, "admits everybody")]
    [InlineData("v=spf1 ?all", ReadinessOutcome.Warn, "says nothing about senders")]
    [InlineData("v=spf1 a mx", ReadinessOutcome.Warn, "says nothing about senders")]
    [InlineData("v=spf1 a mx/24 exists:%{i}.prova.it exp=why.prova.it -ALL", ReadinessOutcome.Pass, "takes 3 of 10")]
    [InlineData("v=spf1 redirect=relay.prova.it", ReadinessOutcome.Pass, "takes 2 of 10")]
    [InlineData("v=spf1 inclde:relay.prova.it -all", ReadinessOutcome.Fail, "'inclde:relay.prova.it' in the record of shop.bottega-prova.it")]
    [InlineData("v=spf1 ip4:300.0.0.1 -all", ReadinessOutcome.Fail, "permerror")]
    [InlineData("v=spf1 ip4:192.0.2.0/33 -all", ReadinessOutcome.Fail, "permerror")]
    [InlineData("v=spf1 include: -all", ReadinessOutcome.Fail, "permerror")]
    [InlineData("v=spf1 include:nobody.prova.it -all", ReadinessOutcome.Fail, "it names nobody.prova.it, which has no SPF record")]
    [InlineData("v=spf1 include:two.prova.it -all", ReadinessOutcome.Fail, "two.prova.it, which has several SPF records")]
    [InlineData("v=spf1 include:loop.prova.it -all", ReadinessOutcome.Fail, "more than 10 look-ups")]
    [InlineData("v=spf1 include:broken.prova.it -all", ReadinessOutcome.Fail, "'ip5:1' in the record of broken.prova.it")]
    [InlineData("v=spf1 include:silent.prova.it -all", ReadinessOutcome.Warn, "silent.prova.it, which could not be looked up")]
    [InlineData("v=spf10 -all", ReadinessOutcome.Fail, "says nothing about who may send")]
    public async Task Spf_is_judged_as_receivers_do(string record, ReadinessOutcome outcome, string text)
    {
        dns.Tell(Domain, record);
        dns.Tell("relay.prova.it", "v=spf1 a -all");
        dns.Tell("two.prova.it", "v=spf1 -all", "v=spf1 ~all");
        dns.Tell("loop.prova.it", "v=spf1 include:loop.prova.it -all");
        dns.Tell("broken.prova.it", "v=spf1 ip5:1 -all");
        dns.Fail("silent.prova.it");

        var spf = Of(await Checks(), "spf");

        Assert.Equal(outcome, spf.Outcome);
        Assert.Contains(text, spf.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_spf_records_are_none()
    {
        dns.Tell(Domain, "v=spf1 -all", "v=spf1 include:relay.prova.it -all");
        var spf = Of(await Checks(), "spf");
        Assert.Equal((ReadinessOutcome.Fail, "v=spf1 -all / v=spf1 include:relay.prova.it -all"), (spf.Outcome, spf.Record));
        Assert.Contains("2 SPF records", spf.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v=DMARC1; p=reject", null, ReadinessOutcome.Pass, "reject what is forged.")]
    [InlineData("v=DMARC1;p=none; rua=mailto:d@prova.it", null, ReadinessOutcome.Warn, "The policy is none:")]
    [InlineData(null, "v=DMARC1; p=reject; sp=none", ReadinessOutcome.Warn, "The policy is none, by the record of the organisation's domain")]
    [InlineData(null, "v=DMARC1; p=quarantine", ReadinessOutcome.Pass, "by the record of the organisation's domain")]
    [InlineData("v=DMARC1; p=none; sp=reject", "v=DMARC1; p=reject", ReadinessOutcome.Warn, "The policy is none:")]
    [InlineData("v=DMARC1; p=rejct", null, ReadinessOutcome.Fail, "no policy")]
    [InlineData("v=DMARC1; p=none; p=reject", null, ReadinessOutcome.Fail, "cannot be read")]
    public async Task Dmarc_is_that_of_the_domain_else_of_the_organisation(string? own, string? organisation, ReadinessOutcome outcome, string text)
    {
        if (own is not null)
            dns.Tell($"_dmarc.{Domain}", own, "something else");
        if (organisation is not null)
            dns.Tell("_dmarc.bottega-prova.it", organisation);

        var dmarc = Of(await Checks(), "dmarc");

        Assert.Equal(outcome, dmarc.Outcome);
        Assert.Contains(text, dmarc.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_dmarc_records_are_none()
    {
        dns.Tell($"_dmarc.{Domain}", "v=DMARC1; p=none", "v=DMARC1; p=reject");
        Assert.Contains("2 DMARC records", Told(await Checks(), "dmarc").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_not_ours_withdrawn_weak_or_of_another_domain_is_told()
    {
        Assert.Equal(ReadinessOutcome.Fail, await Dkim($"v=DKIM1; p={KeyOf(2048)}"));
        Assert.Equal(ReadinessOutcome.Fail, await Dkim($"v=DKIM1; k=ed25519; p={Key}"));
        Assert.Equal(ReadinessOutcome.Fail, await Dkim("v=DKIM1; p="));
        Assert.Equal(ReadinessOutcome.Fail, await Dkim("hello"));
        Assert.Equal(ReadinessOutcome.Fail, await Dkim($"v=DKIM1; p={Key}", $"v=DKIM1; p={Key}"));
        Assert.Equal(ReadinessOutcome.Pass, await Dkim($"p={Key[..200]} {Key[200..]}"));
        var weak = KeyOf(1024);
        dns.Tell($"cx._domainkey.{Domain}", $"v=DKIM1; p={weak}");
        Assert.Equal(ReadinessOutcome.Warn, Of(await Checks(new(Domain, "cx", "rsa", weak)), "dkim").Outcome);
        dns.Tell("cx._domainkey.altra-prova.it", $"v=DKIM1; p={Key}");
        Assert.Contains("for DMARC the signature does not count", Of(await Checks(new("altra-prova.it", "cx", "rsa", Key)), "dkim").Text, StringComparison.Ordinal);
        dns.Tell("cx._domainkey.bottega-prova.it", $"v=DKIM1; p={Key}");
        Assert.Equal(ReadinessOutcome.Pass, Of(await Checks(new("bottega-prova.it", "cx", "rsa", Key)), "dkim").Outcome);

        async Task<ReadinessOutcome> Dkim(params string[] records)
        {
            dns.Tell($"cx._domainkey.{Domain}", records);
            return Of(await Checks(), "dkim").Outcome;
        }
    }

    [Fact]
    public async Task Who_does_not_sign_here_is_told_to_ask_the_relay() =>
        Assert.Equal((ReadinessOutcome.Warn, null), (await Checks(signing: null, isSigned: false)) is var checks ? (Of(checks, "dkim").Outcome, Of(checks, "dkim").Name) : default);

    [Fact]
    public async Task A_name_server_that_keeps_silent_is_a_warning_and_no_refusal()
    {
        dns.Ignore(Domain);
        dns.Ignore($"cx._domainkey.{Domain}");
        dns.Fail($"_dmarc.{Domain}");

        var checks = await Checks();

        Assert.All(["spf", "dkim", "dmarc"], name => Assert.Equal(ReadinessOutcome.Warn, Of(checks, name).Outcome));
        Assert.Contains("did not answer in time", Of(checks, "spf").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("noreply@localhost", "localhost")]
    [InlineData("noreply@cx.example", "cx.example")]
    [InlineData("nobody", "no domain")]
    public async Task A_domain_that_nobody_can_look_up_is_not_looked_up(string from, string told)
    {
        var checks = await Checks(from: from, sender: SenderKind.Local);

        Assert.Equal([("sender", ReadinessOutcome.Warn), ("from", ReadinessOutcome.Fail)], checks.Select(c => (c.Check, c.Outcome)));
        Assert.Contains($"is at {told},", checks[1].Text, StringComparison.Ordinal);
        Assert.Empty(dns.Asked);
    }

    [Fact]
    public async Task A_domain_of_other_letters_is_asked_for_in_ascii()
    {
        await Checks(from: "ciao@città-prova.it");
        Assert.Contains("xn--citt-prova-k4a.it", dns.Asked);
    }

    private Task<IReadOnlyList<ReadinessCheck>> Checks(PublishedKey? signing = null, bool isSigned = true, string from = $"ciao@{Domain}", SenderKind sender = SenderKind.Smtp) =>
        new SendingReadiness(
            new DnsLookup(new() { Servers = dns.Address.ToString() }), new MessageOptions { FromAddress = from, Sender = sender, PublicUrl = new("https://cx.prova.it") },
            isSigned ? signing ?? new(Domain, "cx", "rsa", Key) : null).Check(default);

    private static ReadinessCheck Of(IReadOnlyList<ReadinessCheck> checks, string name) => checks.Single(c => c.Check == name);

    private static (ReadinessOutcome Outcome, string Text) Told(IReadOnlyList<ReadinessCheck> checks, string name) => (Of(checks, name).Outcome, Of(checks, name).Text);

    private static string KeyOf(int bits)
    {
        using var rsa = RSA.Create(bits);
        return Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo());
    }
}
