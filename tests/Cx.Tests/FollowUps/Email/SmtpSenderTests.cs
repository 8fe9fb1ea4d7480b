using System.Globalization;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Tests.Support;
using static Cx.Tests.FollowUps.Email.Samples;

namespace Cx.Tests.FollowUps.Email;

public class SmtpSenderTests
{
    [Fact]
    public async Task A_message_arrives_as_it_was_written()
    {
        await using var server = MailServer.Start();

        var result = await Send(server, Mail);

        Assert.Equal(new SendResult.Accepted("250 2.0.0 queued as 4711"), result);
        var mail = Assert.Single(server.Mails);
        Assert.Equal("shop@bottega.example", mail.From);
        Assert.Equal(["zoe@customer.example"], mail.To);
        Assert.Equal("Com’è andata?", mail.Subject);
        Assert.Equal("Hi Zoë,\r\n.hidden\r\n..\r\nbye ", mail.Text);
        Assert.Equal("<p>Hi Zoë</p>", mail.Html);
        Assert.Equal("<01JD0ABC@bottega.example>", mail.MessageId);
        Assert.Equal("<https://cx.example/u/token>", mail.Headers["List-Unsubscribe"]);
        Assert.Equal("List-Unsubscribe=One-Click", mail.Headers["List-Unsubscribe-Post"]);
    }

    [Fact]
    public async Task Dots_at_line_starts_survive_the_transport()
    {
        await using var server = MailServer.Start();
        var text = string.Join('\n', Enumerable.Range(0, 40).Select(i => new string('.', i)));

        await Send(server, Mail with { Text = text });

        Assert.Equal(text.ReplaceLineEndings("\r\n"), server.Mails[0].Text);
    }

    [Fact]
    public async Task An_old_relay_is_greeted_with_HELO()
    {
        await using var server = FaultyRelay.Start(("EHLO", "502 what?"));

        Assert.IsType<SendResult.Accepted>(await Send(server, Mail));
        Assert.Equal(["EHLO [127.0.0.1]", "HELO [127.0.0.1]", "MAIL FROM:<shop@bottega.example>"], server.Commands.Take(3));
    }

    [Fact]
    public async Task Answers_of_many_lines_are_read_to_their_end()
    {
        await using var server = FaultyRelay.Start(("CONNECT", "220-hello\n220-\n220 ready"), ("MAIL", "250-a\n250-554 b\n250 c"), ("END", "250-one\n250 two"));

        Assert.Equal(new SendResult.Accepted("250 one two"), await Send(server, Mail));
    }

    [Fact]
    public async Task The_size_is_told_and_a_message_over_the_limit_is_refused_unsent()
    {
        await using var server = MailServer.Start();
        await Send(server, Mail);
        Assert.Equal(server.Mails[0].Octets, long.Parse(server.Mails[0].Parameters["SIZE"], CultureInfo.InvariantCulture));

        await using var small = FaultyRelay.Start(("EHLO", "250-mail.test\n250 SIZE 100"));
        Assert.IsType<SendResult.Refused>(await Send(small, Mail));
        Assert.DoesNotContain(small.Commands, c => c.StartsWith("MAIL", StringComparison.Ordinal));
        await using var unlimited = FaultyRelay.Start(("EHLO", "250-mail.test\n250 SIZE 0"));           // RFC 1870: no fixed limit
        Assert.IsType<SendResult.Accepted>(await Send(unlimited, Mail));
    }

    [Fact]
    public async Task An_address_in_unicode_needs_a_relay_that_takes_it()
    {
        await using var server = MailServer.Start();
        var email = Mail with { To = "zoë@münchen.example", ToName = null };

        Assert.IsType<SendResult.Accepted>(await Send(server, email));
        Assert.Equal(email.To, server.Mails[0].Headers["To"]);
        Assert.Contains("SMTPUTF8", server.Mails[0].Parameters.Keys);

        var inAscii = email with { To = "zoe@münchen.example" };                                         // a domain alone goes as ASCII
        Assert.IsType<SendResult.Accepted>(await Send(server, inAscii));
        Assert.Equal(["zoe@xn--mnchen-3ya.example"], server.Mails[1].To);
        Assert.DoesNotContain("SMTPUTF8", server.Mails[1].Parameters.Keys);

        await using var literal = FaultyRelay.Start();
        Assert.IsType<SendResult.Accepted>(await Send(literal, email));
        Assert.Contains("RCPT TO:<zoë@münchen.example>", literal.Commands);

        await using var old = FaultyRelay.Start(("EHLO", "250-mail.test\n250 8BITMIME"));
        Assert.Contains("SMTPUTF8", Assert.IsType<SendResult.Refused>(await Send(old, email)).Reason, StringComparison.Ordinal);
        Assert.IsType<SendResult.Accepted>(await Send(old, inAscii));
    }

    [Theory]
    [InlineData("AUTH PLAIN LOGIN", "AUTH PLAIN AHXDqXIAcMOkc3M=")]
    [InlineData("AUTH LOGIN", "AUTH LOGIN")]
    public async Task It_signs_in(string offer, string command)
    {
        await using var server = MailServer.Start();
        server.OffersSignIn = _ => offer;

        Assert.IsType<SendResult.Accepted>(await Send(server.Port, Mail, o => o with { User = "uér", Password = "päss" }));
        Assert.Equal("uér:päss", server.Mails[0].User);
        Assert.Contains(command, server.Commands);
    }

    [Fact]
    public async Task Wrong_values_never_reach_the_relay()
    {
        await using var server = MailServer.Start();
        EmailMessage[] wrong =
        [
            Mail with { To = "a@b.example>\r\nRCPT TO:<c@d.example" },
            Mail with { To = "a@b.example\nBcc: c@d.example" },
            Mail with { To = "a@b.example, c@d.example" },
            Mail with { To = "a b@c.example" },
            Mail with { To = "\"a\"@c.example" },
            Mail with { To = "nobody" },
            Mail with { FromAddress = "a@b.example\r\n" },
            Mail with { FromName = "Shop\r\nBcc: c@d.example" },
            Mail with { ToName = "Zoe\nBcc: c@d.example" },
            Mail with { Subject = "Hi\r\n\r\n<script>" },
            Mail with { Subject = "Hi\u2028there" },
            Mail with { MessageId = "a>\r\nX: y" },
            Mail with { Headers = new Dictionary<string, string> { ["X-A"] = "b\r\nBcc: c@d.example" } },
            Mail with { Headers = new Dictionary<string, string> { ["X-A: b\r\nBcc"] = "c@d.example" } },
            Mail with { Headers = new Dictionary<string, string> { ["bcc"] = "c@d.example" } },
            Mail with { Headers = new Dictionary<string, string> { ["Content-Type"] = "text/plain" } },
            Mail with { Headers = new Dictionary<string, string> { ["X-A"] = "1", ["x-a"] = "2" } },
            Mail with { Headers = new Dictionary<string, string> { ["X-A"] = new string('x', 1000) } },
        ];

        foreach (var email in wrong) Assert.IsType<SendResult.Refused>(await Send(server, email));
        Assert.Empty(server.Commands);
    }

    private static Task<SendResult> Send(MailServer server, EmailMessage email) => Send(server.Port, email);

    private static Task<SendResult> Send(FaultyRelay server, EmailMessage email) => Send(server.Port, email);

    private static async Task<SendResult> Send(int port, EmailMessage email, Func<SmtpOptions, SmtpOptions>? change = null)
    {
        using var sender = new SmtpSender((change ?? (o => o))(Options(port)), new HandClock(Now));
        return await sender.Send(email, "key", CancellationToken.None);
    }
}
