using System.Text;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Tests.Support;
using MimeKit;
using MimeKit.Cryptography;
using static Cx.Tests.FollowUps.Email.Samples;

namespace Cx.Tests.FollowUps.Email;

/// <summary>What a receiver makes of our signature, from the octets that a real server got.</summary>
public sealed class DkimTests
{
    private const string Domain = "bottega.example";
    private const string Selector = "cx1";

    public static TheoryData<string> Kinds { get; } = ["rsa", "ed25519"];

    private static readonly EmailMessage Difficult = Mail with
    {
        Subject = "Com’è andata? " + new string('x', 300),
        FromName = "Bottega “Zoë”, Città di Castello",
        Text = $"Perché?\n.hidden\n..\n{new string('y', 3_000)}\nends with blanks   \n\n\n",
        Html = $"<p>È {string.Join(' ', Enumerable.Repeat("lunghissimo", 400))}</p>\n.dot\n",
        Headers = new Dictionary<string, string>(Mail.Headers) { ["List-Unsubscribe"] = $"<https://cx.example/u/{new string('t', 400)}>" },
    };

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_receiver_verifies_what_arrived(string kind)
    {
        var mail = await Send(kind, Difficult);

        Assert.True(Verifies(mail, kind));
        var signature = string.Join(' ', mail.Headers["DKIM-Signature"].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"a={kind}-sha256; d={Domain}; s={Selector}; c=relaxed/relaxed; t={Now.ToUnixTimeSeconds()};", signature, StringComparison.Ordinal);
        Assert.Equal(Difficult.Text.ReplaceLineEndings("\r\n"), mail.Text);
    }

    /// <summary>RFC 8058 §4 for the two of unsubscribing.</summary>
    [Theory]
    [InlineData("From: ", "From: x")]
    [InlineData("To: ", "To: x")]
    [InlineData("Subject: ", "Subject: x")]
    [InlineData("Date: Sun", "Date: Mon")]
    [InlineData("Message-Id: <", "Message-Id: <x")]
    [InlineData("MIME-Version: 1", "MIME-Version: 2")]
    [InlineData("Content-Type: multipart/alternative", "Content-Type: multipart/mixed")]
    [InlineData("List-Unsubscribe: <https://cx", "List-Unsubscribe: <https://evil")]
    [InlineData("List-Unsubscribe-Post: List", "List-Unsubscribe-Post: Lost")]
    [InlineData("Hi Zo=C3=AB,", "Hi Zo=C3=AA,")]
    public async Task A_change_breaks_it(string written, string changed)
    {
        var mail = await Send("rsa", Mail);

        Assert.True(Verifies(mail, "rsa"));
        Assert.False(Verifies(mail, "rsa", raw => ReplaceOnce(raw, written, changed)));
    }

    [Theory]
    [InlineData("From: evil@evil.example")]
    [InlineData("Subject: You have won")]
    [InlineData("Reply-To: evil@evil.example")]
    [InlineData("Cc: evil@evil.example")]
    [InlineData("List-Unsubscribe: <https://evil.example>")]
    public async Task Nobody_adds_a_second_one(string header)
    {
        var mail = await Send("rsa", Mail with { Headers = new Dictionary<string, string>() });

        Assert.False(Verifies(mail, "rsa", raw => $"{header}\r\n{raw}"));
    }

    [Fact]
    public async Task What_a_relay_adds_and_folds_does_not_break_it()
    {
        var mail = await Send("rsa", Mail);

        Assert.True(Verifies(mail, "rsa", raw => "Received: from a by b; Sun, 01 Mar 2026 08:05:08 +0000\r\nX-Spam: no\r\n"
            + ReplaceOnce(raw, "Message-Id: <", "Message-Id:\r\n\t <")));
    }

    [Fact]
    public async Task An_address_in_unicode_is_signed_as_it_is_written()
    {
        var mail = await Send("rsa", Mail with { To = "zoë@münchen.example" });

        Assert.Equal("zoë@münchen.example", mail.Message.To.Mailboxes.Single().Address);
        Assert.True(Verifies(mail, "rsa"));
    }

    [Fact]
    public async Task A_message_is_signed_anew_on_the_next_connection()
    {
        await using var relay = FaultyRelay.Start(("DATA 2", "421 too many messages"));
        using var sender = new SmtpSender(Signed(relay.Port, "rsa"), new HandClock(Now));
        await sender.Send(Mail, "1", default);

        Assert.IsType<SendResult.Accepted>(await sender.Send(Mail, "2", default));
        Assert.Equal(2, relay.Count);
        Assert.True(Verifies(relay.LastMessage, "rsa"));
    }

    [Fact]
    public async Task Without_a_key_the_relay_signs()
    {
        await using var server = MailServer.Start();
        using var sender = new SmtpSender(Options(server.Port), new HandClock(Now));
        await sender.Send(Mail, "k", default);

        Assert.DoesNotContain("DKIM-Signature", server.Mails[0].Headers.Keys);
    }

    private static async Task<ReceivedMail> Send(string kind, EmailMessage email)
    {
        await using var server = MailServer.Start();
        using var sender = new SmtpSender(Signed(server.Port, kind), new HandClock(Now));
        Assert.IsType<SendResult.Accepted>(await sender.Send(email, "k", default));
        return server.Mails.Single();
    }

    private static SmtpOptions Signed(int port, string kind) => Options(port) with { DkimDomain = Domain, DkimSelector = Selector, DkimPrivateKey = KeyOf(kind) };

    private static string KeyOf(string kind) => kind == "rsa" ? DkimKeys.Rsa : DkimKeys.Ed25519;

    private static bool Verifies(ReceivedMail mail, string kind, Func<string, string>? change = null)
    {
        var raw = Encoding.Latin1.GetString(mail.Raw);
        return Verifies(change?.Invoke(raw) ?? raw, kind);
    }

    private static bool Verifies(string raw, string kind)
    {
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(raw));
        using var message = MimeMessage.Load(stream);
        var verifier = new DkimVerifier(new DkimKeys.Dns(Domain, Selector, KeyOf(kind)));
        return verifier.Verify(message, message.Headers.Single(h => h.Id == HeaderId.DkimSignature));
    }

    private static string ReplaceOnce(string raw, string written, string changed)
    {
        Assert.Equal(2, raw.Split(written).Length);
        return raw.Replace(written, changed, StringComparison.Ordinal);
    }
}
