using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Webhook;
using Cx.Tests.Support;
using static Cx.Tests.FollowUps.Email.Samples;

namespace Cx.Tests.FollowUps.Email;

public class SenderTraitsTests
{
    [Fact]
    public void Only_smtp_cannot_deduplicate()
    {
        using var webhook = new WebhookSender(new() { Url = new("https://a.example/"), Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }, new HandClock(Now));
        using var smtp = new SmtpSender(new() { Host = "mail.example", Port = 587, FromAddress = "a@b.example" }, new HandClock(Now));
        ISender[] senders = [smtp, webhook, new LocalSender()];

        Assert.Equal([("smtp", false), ("webhook", true), ("local", true)], senders.Select(s => (s.Name, s.Deduplicates)));
    }

    [Fact]
    public async Task The_local_sender_takes_what_the_real_ones_would_take()
    {
        Assert.IsType<SendResult.Accepted>(await new LocalSender().Send(Mail, "key", CancellationToken.None));
        Assert.IsType<SendResult.Refused>(await new LocalSender().Send(Mail with { Subject = "a\nb" }, "key", CancellationToken.None));
    }

    [Fact]
    public void A_logged_email_shows_nothing_personal() => Assert.Equal("Email 01JD0ABC", $"{Mail}");
}
