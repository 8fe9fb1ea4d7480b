using System.Security.Cryptography.X509Certificates;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Tests.Support;
using static Cx.Tests.FollowUps.Email.Samples;

namespace Cx.Tests.FollowUps.Email;

public sealed class SmtpTlsTests : IDisposable
{
    // Certificates are checked against the machine's clock, not against ours.
    private readonly X509Certificate2 certificate = TestCertificate.Make(TimeProvider.System.GetUtcNow());

    public void Dispose() => certificate.Dispose();

    [Theory, InlineData(SmtpSecurity.StartTls), InlineData(SmtpSecurity.Tls)]
    public async Task The_message_and_the_password_go_encrypted(SmtpSecurity security)
    {
        await using var server = Start(security);

        var result = await Send(server.Port, security, TestCertificate.Trust(certificate));

        Assert.IsType<SendResult.Accepted>(result);
        Assert.True(server.Mails[0].Encrypted);
        Assert.Equal("u:p", server.Mails[0].User);
        Assert.Equal(security == SmtpSecurity.StartTls ? ["EHLO", "STARTTLS", "EHLO", "AUTH"] : ["EHLO", "AUTH"], server.Commands.Select(c => c.Split(' ')[0]).TakeWhile(c => c != "MAIL"));
    }

    [Theory, InlineData(SmtpSecurity.StartTls), InlineData(SmtpSecurity.Tls)]
    public async Task A_certificate_nobody_vouches_for_gets_nothing(SmtpSecurity security)
    {
        await using var server = Start(security);

        Assert.Contains("TLS", Assert.IsType<SendResult.Failed>(await Send(server.Port, security, trust: null)).Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("AUTH", StringComparison.Ordinal) || c.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_certificate_for_another_name_gets_nothing()
    {
        using var other = TestCertificate.Make(TimeProvider.System.GetUtcNow(), "mail.other.example");
        await using var server = MailServer.Start(other);

        Assert.IsType<SendResult.Failed>(await Send(server.Port, SmtpSecurity.StartTls, TestCertificate.Trust(other)));
        Assert.Empty(server.Mails);
    }

    [Fact]
    public async Task Without_STARTTLS_nothing_is_said_in_the_clear()
    {
        await using var server = MailServer.Start();

        Assert.Equal(new SendResult.Failed("The relay does not offer STARTTLS."), await Send(server.Port, SmtpSecurity.StartTls, TestCertificate.Trust(certificate)));
        Assert.Equal(["EHLO"], server.Commands.Select(c => c.Split(' ')[0]).Where(c => c != "QUIT"));
    }

    [Fact]
    public async Task Words_slipped_in_before_the_handshake_are_not_believed()
    {
        await using var server = FaultyRelay.Start(("EHLO", "250-mail.test\n250 STARTTLS"), ("STARTTLS", "220 go\n250 AUTH PLAIN"));

        Assert.Equal(new SendResult.Failed("The relay spoke out of turn."), await Send(server.Port, SmtpSecurity.StartTls, TestCertificate.Trust(certificate)));
    }

    [Fact]
    public async Task What_was_offered_before_the_handshake_counts_no_more()
    {
        await using var server = MailServer.Start(certificate);
        server.OffersSignIn = encrypted => encrypted ? null : "AUTH PLAIN LOGIN";

        Assert.Contains("neither AUTH", Assert.IsType<SendResult.Failed>(await Send(server.Port, SmtpSecurity.StartTls, TestCertificate.Trust(certificate))).Reason, StringComparison.Ordinal);
    }

    private MailServer Start(SmtpSecurity security) => MailServer.Start(certificate, implicitTls: security == SmtpSecurity.Tls);

    private static async Task<SendResult> Send(int port, SmtpSecurity security, X509ChainPolicy? trust)
    {
        using var sender = new SmtpSender(Options(port, security) with { User = "u", Password = "p" }, new HandClock(Now), trust);
        return await sender.Send(Mail, "key", CancellationToken.None);
    }
}
