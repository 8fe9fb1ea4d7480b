using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Tests.Support;
using static Cx.Tests.FollowUps.Email.Samples;

namespace Cx.Tests.FollowUps.Email;

/// <summary>One connection carries messages that follow each other, and what becomes of it changes nothing about a message.</summary>
public sealed class SmtpReuseTests : IDisposable
{
    private readonly HandClock clock = new(Now);
    private SmtpSender? sender;

    public void Dispose() => sender?.Dispose();

    [Fact]
    public async Task Messages_that_follow_each_other_share_a_connection_until_it_was_idle_for_ten_seconds()
    {
        await using var server = MailServer.Start();
        for (var i = 0; i < 3; i++)
        {
            Assert.IsType<SendResult.Accepted>(await Send(server.Port));
            clock.Advance(TimeSpan.FromSeconds(9));
        }

        Assert.Single(server.Commands, "EHLO");
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.IsType<SendResult.Accepted>(await Send(server.Port));

        Assert.Equal(2, server.Commands.Count(c => c == "EHLO"));
        Assert.Equal(4, server.Count);
    }

    [Fact]
    public async Task A_refused_message_leaves_the_connection_to_the_next()
    {
        await using var server = FaultyRelay.Start(("RCPT 1", "550 unknown"));

        Assert.IsType<SendResult.Refused>(await Send(server.Port));
        Assert.IsType<SendResult.Accepted>(await Send(server.Port));

        Assert.Equal(["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA"], server.Commands.Select(c => c.Split(' ')[0]));
    }

    [Theory, InlineData(FaultyRelay.Drop), InlineData(FaultyRelay.Hang), InlineData("500 what?"), InlineData("garbage")]
    public async Task A_farewell_that_fails_leaves_the_message_accepted(string fault)
    {
        await using var server = FaultyRelay.Start(("QUIT", fault));

        Assert.Equal(new SendResult.Accepted("250 2.0.0 queued as 4711"), await Send(server.Port));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.IsType<SendResult.Accepted>(await Send(server.Port));
        clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(2, server.Count);
    }

    [Theory, InlineData("MAIL 2", FaultyRelay.Drop), InlineData("MAIL 2", "421 too many messages"), InlineData("RCPT 2", FaultyRelay.Drop), InlineData("DATA 2", FaultyRelay.Drop)]
    public async Task A_connection_that_the_relay_gave_up_before_the_body_is_replaced(string step, string fault)
    {
        await using var server = FaultyRelay.Start((step, fault));

        Assert.IsType<SendResult.Accepted>(await Send(server.Port));
        Assert.IsType<SendResult.Accepted>(await Send(server.Port));

        Assert.Equal((2, 2), (server.Count, server.Commands.Count(c => c.StartsWith("EHLO", StringComparison.Ordinal))));
    }

    [Theory, InlineData("421 idle for too long"), InlineData("250 of nothing")]
    public async Task A_connection_that_speaks_unasked_is_not_used_again(string unasked)
    {
        await using var server = FaultyRelay.Start(("END 1", $"250 taken\n{unasked}"));

        Assert.Equal(new SendResult.Accepted("250 taken"), await Send(server.Port));
        Assert.IsType<SendResult.Accepted>(await Send(server.Port));

        Assert.Equal(2, server.Commands.Count(c => c.StartsWith("EHLO", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_connection_that_speaks_while_it_waits_is_noticed()
    {
        await using var server = FaultyRelay.Start();
        var options = Options(server.Port);
        using var connection = new RelayConnection(options, trust: null, dkim: null, new(options, clock));
        await connection.Open(needsUtf8: false, connection.Exchange.Begin(CancellationToken.None));
        Assert.True(connection.IsQuiet);

        await server.Say("421 idle for too long");

        Assert.True(SpinWait.SpinUntil(() => !connection.IsQuiet, TimeSpan.FromSeconds(10)));        // as soon as it arrived
    }

    [Fact]
    public async Task An_answer_lost_on_a_shared_connection_leaves_doubt_and_nothing_is_sent_again()
    {
        await using var server = FaultyRelay.Start(("END 2", FaultyRelay.Drop));

        Assert.IsType<SendResult.Accepted>(await Send(server.Port));
        Assert.IsType<SendResult.InDoubt>(await Send(server.Port));

        Assert.Equal((2, 1), (server.Count, server.Commands.Count(c => c.StartsWith("EHLO", StringComparison.Ordinal))));
    }

    private Task<SendResult> Send(int port) => (sender ??= new SmtpSender(Options(port), clock)).Send(Mail, "key", CancellationToken.None);
}
