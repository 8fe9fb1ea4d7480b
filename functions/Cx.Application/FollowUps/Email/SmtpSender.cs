using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Cx.Application.FollowUps.Outbox;

namespace Cx.Application.FollowUps.Email;

/// <summary>
/// Sends through a mail relay, one connection for each message. <c>System.Net.Mail.SmtpClient</c> cannot serve here: its exceptions do not
/// tell whether the body had left when something broke, and that is what decides between trying again and never touching the message again.
/// </summary>
/// <param name="options">Validated when the host started.</param>
/// <param name="time">Dates the messages and runs the time-outs.</param>
/// <param name="trust">How the relay's certificate is checked; null for the system's trust. It is always checked.</param>
public sealed class SmtpSender(SmtpOptions options, TimeProvider time, X509ChainPolicy? trust = null) : ISender
{
    // How long a cancelled attempt still waits for the answer to a body that is on its way: cheaper than a message in doubt.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly byte[] Quit = "QUIT\r\n"u8.ToArray();

    public string Name => "smtp";

    public bool Deduplicates => false;

    /// <inheritdoc/>
    /// <remarks>SMTP carries no idempotency key: the Message-ID is the only mark a person has to find a doubtful message at the relay.</remarks>
    public async Task<SendResult> Send(EmailMessage email, string idempotencyKey, CancellationToken ct)
    {
        if (EmailRules.Problem(email) is { } problem) return new SendResult.Refused(problem);
        if (!MailAddressLine.TryParse(email.FromAddress, out var from) || !MailAddressLine.TryParse(email.To, out var to)) return new SendResult.Refused("An address is not valid.");
        var body = SmtpBody.Stuff(MimeMessage.Write(email, time.GetUtcNow()));

        SmtpConnection? connection = null;
        try
        {
            try
            {
                connection = await Connect(ct);
                var session = new SmtpSession(options, connection, time, ct);
                var answer = await session.Prepare(trust) ?? await session.Envelope(from, to, body.Length - SmtpBody.End.Length);
                if (answer is not null)
                {
                    await Leave(connection);
                    return answer;
                }

                connection.InTurn();
                ct.ThrowIfCancellationRequested();
            }
            catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException)
            {
                return new SendResult.Failed(Why(e, ct));
            }

            return await HandOver(connection, body, to, ct);
        }
        finally
        {
            connection?.Dispose();
        }
    }

    private async Task<SmtpConnection> Connect(CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(options.CommandTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        return await SmtpConnection.Open(options.Host, options.Port, either.Token);
    }

    // From here the message may be out whatever we see, so nothing but an answer of the relay's ends the doubt.
    private async Task<SendResult> HandOver(SmtpConnection connection, byte[] body, MailAddressLine to, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(options.BodyTimeout, time);
        await using var stopping = ct.UnsafeRegister(static p => ((CancellationTokenSource)p!).CancelAfter(Grace), patience);
        try
        {
            try
            {
                await connection.Write(body, patience.Token);
            }
            catch (IOException)
            {
                // The relay may have said no in the middle of the body and closed. If it said nothing, reading fails as well.
            }

            var reply = await connection.Read(patience.Token);
            var shown = reply.Shown(to.ToString());
            if (reply.Positive) await Leave(connection);
            return reply switch
            {
                { Positive: true } => new SendResult.Accepted(shown),
                { Permanent: true } => new SendResult.Refused($"message: {shown}"),
                { Temporary: true } => new SendResult.Failed($"message: {shown}"),
                _ => new SendResult.InDoubt($"message: {shown}"),
            };
        }
        catch (Exception e)
        {
            return new SendResult.InDoubt(Why(e, ct));
        }
    }

    // Politeness only, and its answer is not awaited: every moment between the relay's answer and our record of it is a moment in which a crash makes doubt.
    private async Task Leave(SmtpConnection connection)
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);
            await connection.Write(Quit, patience.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The outcome is known already.
        }
    }

    private static string Why(Exception e, CancellationToken ct) => e switch
    {
        OperationCanceledException when ct.IsCancellationRequested => "Stopped while talking to the relay.",
        OperationCanceledException => "The relay did not answer in time.",
        SmtpBrokenException broken => broken.Message,
        AuthenticationException => "The relay's TLS certificate or handshake was not accepted.",
        { InnerException: SocketException inner } => $"The connection to the relay broke ({inner.SocketErrorCode}).",
        SocketException socket => $"The relay could not be reached ({socket.SocketErrorCode}).",
        _ => "The connection to the relay broke.",
    };
}
