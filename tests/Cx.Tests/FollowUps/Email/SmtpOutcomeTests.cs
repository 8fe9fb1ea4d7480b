using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Tests.Support;
using static Cx.Tests.FollowUps.Email.Samples;

namespace Cx.Tests.FollowUps.Email;

/// <summary>Guarantee 1 rests on this: what can be tried again, what never, and what nobody can know.</summary>
public class SmtpOutcomeTests
{
    [Theory]
    [InlineData("EHLO", "421 busy", typeof(SendResult.Failed))]
    [InlineData("AUTH", "454 later", typeof(SendResult.Failed))]
    [InlineData("AUTH", "535 wrong password", typeof(SendResult.Failed))]      // ours to mend: no message is lost for it
    [InlineData("MAIL", "451 later", typeof(SendResult.Failed))]
    [InlineData("MAIL", "530 sign in first", typeof(SendResult.Failed))]
    [InlineData("MAIL", "550 not you", typeof(SendResult.Refused))]
    [InlineData("RCPT", "451 greylisted", typeof(SendResult.Failed))]
    [InlineData("RCPT", "550 unknown", typeof(SendResult.Refused))]
    [InlineData("RCPT", "garbage", typeof(SendResult.Failed))]
    [InlineData("DATA", "452 full", typeof(SendResult.Failed))]
    [InlineData("DATA", "554 no", typeof(SendResult.Refused))]
    [InlineData("DATA", "250 what body?", typeof(SendResult.Failed))]
    public async Task A_no_before_the_body_is_definite(string verb, string answer, Type expected)
    {
        await using var server = FaultyRelay.Start((verb, answer));

        Assert.IsType(expected, await Send(server));
        Assert.Equal(0, server.Count);
    }

    [Theory]
    [InlineData("554 go away")]
    [InlineData("421 too many")]
    [InlineData("HTTP/1.1 400 Bad Request")]
    public async Task An_unfriendly_greeting_is_tried_again(string greeting)
    {
        await using var server = FaultyRelay.Start(("CONNECT", greeting));

        Assert.IsType<SendResult.Failed>(await Send(server));
    }

    [Theory, InlineData("CONNECT"), InlineData("EHLO"), InlineData("AUTH"), InlineData("MAIL"), InlineData("RCPT"), InlineData("DATA")]
    public async Task A_connection_lost_before_the_body_is_tried_again(string verb)
    {
        await using var server = FaultyRelay.Start((verb, FaultyRelay.Drop));

        Assert.IsType<SendResult.Failed>(await Send(server));
    }

    [Theory, InlineData("CONNECT"), InlineData("EHLO"), InlineData("AUTH"), InlineData("MAIL"), InlineData("RCPT"), InlineData("DATA")]
    public async Task Silence_before_the_body_ends_in_time_and_is_tried_again(string verb)
    {
        await using var server = FaultyRelay.Start((verb, FaultyRelay.Hang));
        var clock = new HandClock(Now);
        var sending = Send(server, clock);
        await server.Hanging;

        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(sending.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(new SendResult.Failed("The relay did not answer in time."), await sending);
    }

    [Fact]
    public async Task Nobody_listening_is_tried_again()
    {
        using var sender = new SmtpSender(Options(MailServer.FreePort()), new HandClock(Now));
        Assert.Contains("ConnectionRefused", Assert.IsType<SendResult.Failed>(await sender.Send(Mail, "key", CancellationToken.None)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("250 ok", typeof(SendResult.Accepted))]
    [InlineData("451 later", typeof(SendResult.Failed))]
    [InlineData("421 closing", typeof(SendResult.Failed))]
    [InlineData("554 spam", typeof(SendResult.Refused))]
    [InlineData("354 more?", typeof(SendResult.InDoubt))]
    [InlineData("garbage", typeof(SendResult.InDoubt))]
    public async Task The_answer_to_the_body_decides(string answer, Type expected)
    {
        await using var server = FaultyRelay.Start(("END", answer));

        Assert.IsType(expected, await Send(server));
        Assert.Equal(1, server.Count);
    }

    [Theory]
    [InlineData("251 forwarded", typeof(SendResult.Accepted))]
    [InlineData("451 later", typeof(SendResult.Failed))]
    [InlineData("554 spam", typeof(SendResult.Refused))]
    public async Task A_reset_that_fails_changes_no_answer(string answer, Type expected)
    {
        foreach (var fault in new[] { FaultyRelay.Drop, "garbage", "500 no" })
        {
            await using var server = FaultyRelay.Start(("END", answer), ("RSET", fault));

            Assert.IsType(expected, await Send(server));
        }
    }

    [Fact]
    public async Task A_reset_that_hangs_is_not_waited_for_long()
    {
        await using var server = FaultyRelay.Start(("END", "554 spam"), ("RSET", FaultyRelay.Hang));
        var clock = new HandClock(Now);
        var sending = Send(server, clock);
        await server.Hanging;

        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(new SendResult.Refused("message: 554 spam"), await sending);
    }

    [Theory, InlineData("END"), InlineData("BODY")]
    public async Task A_connection_lost_after_the_body_began_leaves_doubt(string step)
    {
        await using var server = FaultyRelay.Start((step, FaultyRelay.Drop));

        Assert.IsType<SendResult.InDoubt>(await Send(server));
    }

    [Fact]
    public async Task A_no_in_the_middle_of_the_body_is_definite()
    {
        await using var server = FaultyRelay.Start(("BODY", "552 too big"));

        Assert.Equal(new SendResult.Refused("message: 552 too big"), await Send(server, email: Mail with { Html = new string('x', 5_000_000) }));
    }

    [Fact]
    public async Task Silence_after_the_body_gets_ten_times_the_patience_and_leaves_doubt()
    {
        await using var server = FaultyRelay.Start(("END", FaultyRelay.Hang));
        var clock = new HandClock(Now);
        var sending = Send(server, clock);
        await server.Hanging;

        clock.Advance(TimeSpan.FromSeconds(299));
        Assert.False(sending.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(new SendResult.InDoubt("The relay did not answer in time."), await sending);
        Assert.Equal(1, server.Count);
    }

    [Fact]
    public async Task Stopping_before_the_body_is_tried_again()
    {
        await using var server = FaultyRelay.Start(("RCPT", FaultyRelay.Hang));
        using var stop = new CancellationTokenSource();
        var sending = Send(server, ct: stop.Token);
        await server.Hanging;

        await stop.CancelAsync();

        Assert.IsType<SendResult.Failed>(await sending);
    }

    [Fact]
    public async Task Stopping_after_the_body_waits_a_little_and_leaves_doubt()
    {
        await using var server = FaultyRelay.Start(("END", FaultyRelay.Hang));
        using var stop = new CancellationTokenSource();
        var clock = new HandClock(Now);
        var sending = Send(server, clock, ct: stop.Token);
        await server.Hanging;

        await stop.CancelAsync();
        clock.Advance(TimeSpan.FromSeconds(4));
        Assert.False(sending.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.IsType<SendResult.InDoubt>(await sending);
    }

    [Fact]
    public async Task Stopping_after_the_body_still_takes_the_answer()
    {
        await using var server = FaultyRelay.Start(("END", FaultyRelay.Hang));
        using var stop = new CancellationTokenSource();
        var sending = Send(server, ct: stop.Token);
        await server.Hanging;

        await stop.CancelAsync();
        await server.Say("250 late");

        Assert.Equal(new SendResult.Accepted("250 late"), await sending);
    }

    [Fact]
    public async Task A_relay_that_answers_ahead_of_the_body_gets_no_body()
    {
        // Else its early "250" would be taken for the answer to a message it has not seen.
        await using var server = FaultyRelay.Start(("DATA", "354 go\n250 early"));

        Assert.Equal(new SendResult.Failed("The relay spoke out of turn."), await Send(server));
        Assert.Equal(0, server.Count);
    }

    [Fact]
    public async Task What_the_relay_says_about_an_address_is_not_repeated()
    {
        await using var server = FaultyRelay.Start(("RCPT", "550-5.1.1 <Zoe@Customer.example>: no such user ZOE;\n550 see other.o'neil@customer.example\u0007"));

        Assert.Equal(new SendResult.Refused("RCPT TO: 550 5.1.1 <address>: no such user <name>; see <address>", OfAddress: true), await Send(server));
    }

    [Theory]
    [InlineData("RCPT", "550 no such user", true)]
    [InlineData("RCPT", "550 5.1.1 no such user", true)]
    [InlineData("RCPT", "553 5.1.3 bad syntax", true)]
    [InlineData("RCPT", "550 5.1.10 null MX", true)]
    [InlineData("RCPT", "550 5.2.1 mailbox disabled", true)]
    [InlineData("RCPT", "554 not here", true)]
    [InlineData("RCPT", "552 5.2.2 mailbox full", false)]
    [InlineData("RCPT", "552 over quota", false)]
    [InlineData("RCPT", "554 5.7.1 relay access denied", false)]
    [InlineData("RCPT", "550 relay not permitted", false)]
    [InlineData("RCPT", "550 5.7.1 blocked for spam", false)]
    [InlineData("RCPT", "550 5.4.1 no route", false)]
    [InlineData("MAIL", "550 5.1.8 your address", false)]
    [InlineData("END", "550 5.1.1 after the body", false)]
    public async Task A_refusal_is_of_the_address_where_it_is_about_that_and_not_about_us(string verb, string answer, bool ofAddress)
    {
        await using var server = FaultyRelay.Start((verb, answer));

        Assert.Equal(ofAddress, Assert.IsType<SendResult.Refused>(await Send(server)).OfAddress);
    }

    private static async Task<SendResult> Send(FaultyRelay server, HandClock? clock = null, EmailMessage? email = null, CancellationToken ct = default)
    {
        using var sender = new SmtpSender(Options(server.Port) with { User = "u", Password = "p" }, clock ?? new HandClock(Now));
        return await sender.Send(email ?? Mail, "key", ct);
    }
}
