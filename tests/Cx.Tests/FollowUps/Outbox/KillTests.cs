using System.Security.Cryptography;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Tests.Support;

namespace Cx.Tests.FollowUps.Outbox;

/// <summary>Guarantee 1 under kill -9: a real process dies in the midst of sending, and another finds what it left.</summary>
public sealed class KillTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero);

    private readonly string masterKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly HandClock clock = new(Noon);
    private readonly MailServer smtp = MailServer.Start();
    private Site survivor = null!;
    private CustomerId ada;

    [Fact]
    public async Task Killed_before_the_claim_the_message_is_sent_by_another_once()
    {
        await Kill("smtp", Death.BeforeClaim);
        Assert.Equal(MessageStatus.Queued, (await survivor.OnlyMessage(ada)).Status);

        await survivor.Turn();
        Assert.Equal(0, smtp.Count);            // still leased by the process that died
        await survivor.LapseLeases();
        await survivor.Turn();

        await EndsAs(MessageStatus.Accepted, attempts: 1, mails: 1);
    }

    [Fact]
    public async Task Killed_after_the_claim_the_message_is_in_doubt_and_not_sent()
    {
        await Kill("smtp", Death.AfterClaim);
        await EndsAs(MessageStatus.InDoubt, attempts: 1, mails: 0);
    }

    [Fact]
    public async Task Killed_after_DATA_the_message_is_in_doubt_and_not_sent()
    {
        await using var relay = FaultyRelay.Start(("DATA", FaultyRelay.Hang));
        await Kill("smtp", Death.Elsewhere, relay.Port, relay.Hanging);
        await EndsAs(MessageStatus.InDoubt, attempts: 1, mails: 0);
    }

    [Fact]
    public async Task Killed_after_the_body_the_message_is_in_doubt_and_not_sent_again()
    {
        smtp.HangAt = HangAt.Body;
        await Kill("smtp", Death.Elsewhere);
        smtp.HangAt = HangAt.Nothing;
        await EndsAs(MessageStatus.InDoubt, attempts: 1, mails: 1);
    }

    [Fact]
    public async Task Killed_after_the_answer_the_message_is_in_doubt_and_not_sent_again()
    {
        await Kill("smtp", Death.AfterAnswer);
        await EndsAs(MessageStatus.InDoubt, attempts: 1, mails: 1);
    }

    [Theory, InlineData(Death.AfterClaim), InlineData(Death.AfterAnswer)]
    public async Task Where_the_receiver_deduplicates_the_attempt_is_made_again_at_once(Death death)
    {
        await Kill("local", death);
        await using var other = survivor.Another(new LocalSender());
        await other.Turn();

        Assert.Equal((MessageStatus.Accepted, 2), ((await other.OnlyMessage(ada)).Status, (await other.OnlyMessage(ada)).Attempts));
    }

    [Fact]
    public async Task An_attempt_that_nobody_can_repeat_any_more_is_in_doubt()
    {
        await Kill("local", Death.AfterClaim);
        await EndsAs(MessageStatus.InDoubt, attempts: 1, mails: 0);
    }

    [Fact]
    public async Task What_a_living_process_is_sending_is_left_alone()
    {
        smtp.HangAt = HangAt.Body;
        using var other = DoomedProcess.Start(survivor, masterKey, "smtp", smtp.Port, Death.Elsewhere);
        await smtp.Hanging;

        await survivor.Turn();

        Assert.Equal(MessageStatus.Sending, (await survivor.OnlyMessage(ada)).Status);
        other.Kill();
        await other.WaitForExitAsync();
    }

    public async Task InitializeAsync()
    {
        survivor = Site.On(await Database.Prepared(), InstallationKeys.FromMasterKey(masterKey), clock, Smtp(smtp));
        await survivor.OpenShop();
        ada = await survivor.Buyer("ada");
        await survivor.Waker.WakeDue(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await survivor.DisposeAsync();
        await smtp.DisposeAsync();
    }

    internal static SmtpSender Smtp(MailServer server) => new(Email.Samples.Options(server.Port), TimeProvider.System);

    private Task Kill(string sender, Death at) => Kill(sender, at, smtp.Port, smtp.Hanging);

    private async Task Kill(string sender, Death at, int port, Task hanging)
    {
        using var process = DoomedProcess.Start(survivor, masterKey, sender, port, at);
        if (at == Death.Elsewhere)
        {
            await hanging;
            process.Kill();
        }

        await process.WaitForExitAsync();
        Assert.Equal(137, process.ExitCode);
        await survivor.OwnerGone();
    }

    // However often it is looked at afterwards, and a week later too.
    private async Task EndsAs(MessageStatus status, int attempts, int mails)
    {
        for (var i = 0; i < 2; i++)
        {
            await survivor.LapseLeases();
            await survivor.Turn();
            var message = await survivor.OnlyMessage(ada);
            Assert.Equal((status, attempts, mails), (message.Status, message.Attempts, smtp.Count));
            clock.Advance(TimeSpan.FromDays(7));
        }
    }
}
