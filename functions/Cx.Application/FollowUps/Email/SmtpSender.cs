using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Cx.Application.FollowUps.Outbox;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Cx.Application.FollowUps.Email;

/// <summary>Sends through a mail relay. Connections are reused while messages follow each other.</summary>
/// <param name="options">Validated when the host started.</param>
/// <param name="time">Dates the messages and runs the time-outs.</param>
/// <param name="trust">How the relay's certificate is checked; null for the system's trust. It is always checked.</param>
public sealed partial class SmtpSender(SmtpOptions options, TimeProvider time, X509ChainPolicy? trust = null) : ISender, IDisposable
{
    private const int LongestReason = 300;

    private sealed record Outgoing(MimeMessage Mime, bool NeedsUtf8, string RecipientName);

    private readonly IdleRelayConnections idle = new(time);
    private readonly DkimSigning? dkim = options is { DkimDomain: { } domain, DkimSelector: { } selector, DkimPrivateKey: { } key }
        ? new(domain, selector, DkimKey.Read(key), time)
        : null;

    public string Name => "smtp";

    public bool Deduplicates => false;

    /// <inheritdoc/>
    /// <remarks>SMTP carries no idempotency key: the Message-ID is the only mark a person has to find a doubtful message at the relay.</remarks>
    public async Task<SendResult> Send(EmailMessage email, string idempotencyKey, CancellationToken ct)
    {
        if (EmailRules.Problem(email) is { } problem) return new SendResult.Refused(problem);
        var to = MailAddressLine.Parse(email.To);
        using var mime = MimeWriter.Write(email, time.GetUtcNow());
        var outgoing = new Outgoing(mime, NeedsUtf8: to.NeedsUtf8 || MailAddressLine.Parse(email.FromAddress).NeedsUtf8, to.Local);

        var waiting = outgoing.NeedsUtf8 ? null : idle.Take();        // connections wait with SMTPUTF8 switched off
        return (waiting is null ? null : await Attempt(waiting, outgoing, ct))
            ?? await Attempt(new RelayConnection(options, trust, dkim, new(options, time)), outgoing, ct)
            ?? throw new InvalidOperationException("A new connection always ends with a result.");
    }

    public void Dispose() => idle.Dispose();

    // Null: the relay had given the waiting connection up, and the message did not get on its way.
    private async Task<SendResult?> Attempt(RelayConnection connection, Outgoing outgoing, CancellationToken ct)
    {
        var isNew = !connection.IsConnected;
        var isReady = !isNew;
        try
        {
            var token = connection.Exchange.Begin(ct);
            if (isNew) await connection.Open(outgoing.NeedsUtf8, token);
            isReady = true;
            if (outgoing.NeedsUtf8 && (~connection.Capabilities & (SmtpCapabilities.UTF8 | SmtpCapabilities.EightBitMime)) != 0)
            {
                return new SendResult.Refused("The address needs SMTPUTF8, which the relay does not offer.");
            }

            var format = FormatOptions.Default.Clone();
            format.International = outgoing.NeedsUtf8;
            var answer = await connection.SendAsync(format, outgoing.Mime, token, connection.Exchange);
            return new SendResult.Accepted(Shown(SmtpStatusCode.Ok, answer, outgoing.RecipientName));
        }
        catch (Exception e) when (!isNew && !connection.Exchange.BodyBegun && !ct.IsCancellationRequested && HasGivenUp(e))
        {
            return null;
        }
        catch (Exception e) when (connection.Exchange.BodyBegun || IsOfConversation(e))
        {
            return isReady ? Outcome(e, connection, outgoing.RecipientName, ct) : new SendResult.Failed(NotReady(e, connection, ct));
        }
        finally
        {
            connection.Exchange.End();
            if (connection.IsConnected && isReady && !outgoing.NeedsUtf8 && !connection.Exchange.SpokeOutOfTurn) idle.Return(connection);
            else connection.Dispose();
        }
    }

    private static bool HasGivenUp(Exception e) => e
        is IOException or SocketException or SmtpProtocolException or SmtpCommandException { StatusCode: SmtpStatusCode.ServiceNotAvailable };

    private static bool IsOfConversation(Exception e) => e
        is IOException or SocketException or OperationCanceledException or ProtocolException or CommandException or MessageTooLargeException
        or AuthenticationException or ServiceNotAuthenticatedException or SslHandshakeException or NotSupportedException;

    // What is about us and our settings (a greeting of 554, a wrong password) refuses no message for good: somebody may mend it within the hour.
    private string NotReady(Exception e, RelayConnection connection, CancellationToken ct) => e switch
    {
        SmtpCommandException x => $"greeting: {Shown(x.StatusCode, x.Message, SignInName)}",
        AuthenticationException { InnerException: SmtpCommandException x } => $"AUTH: {Shown(x.StatusCode, x.Message, SignInName)}",
        AuthenticationException => "The relay did not accept the sign-in.",
        NotSupportedException => connection.IsConnected ? "The relay offers neither AUTH PLAIN nor AUTH LOGIN." : "The relay does not offer STARTTLS.",
        _ => Why(e, connection.Exchange, ct),
    };

    // Before the body nothing was handed over. After it began, nothing but an answer of the relay's ends the doubt.
    private SendResult Outcome(Exception e, RelayConnection connection, string recipient, CancellationToken ct) => e switch
    {
        ServiceNotAuthenticatedException => new SendResult.Failed($"AUTH: {Shown(SmtpStatusCode.AuthenticationRequired, e.Message, SignInName)}"),
        MessageTooLargeException => new SendResult.Refused(e.Message),
        SmtpCommandException x => Answer(x.ErrorCode, (int)x.StatusCode, x.Message, Shown(x.StatusCode, x.Message, recipient)),
        _ when connection.Exchange.BodyBegun => new SendResult.InDoubt(Why(e, connection.Exchange, ct)),
        _ => new SendResult.Failed(Why(e, connection.Exchange, ct)),
    };

    private static SendResult Answer(SmtpErrorCode error, int code, string reply, string shown) => (error == SmtpErrorCode.MessageNotAccepted, code) switch
    {
        (true, >= 200 and < 300) => new SendResult.Accepted(shown),             // MailKit takes 250 alone for success
        (_, >= 500 and < 600) => new SendResult.Refused($"{Step(error)}: {shown}", error == SmtpErrorCode.RecipientNotAccepted && IsAboutAddress(code, reply)),
        (true, not (>= 400 and < 500)) => new SendResult.InDoubt($"{Step(error)}: {shown}"),
        _ => new SendResult.Failed($"{Step(error)}: {shown}"),
    };

    /// <summary>
    /// Whether a refused recipient is refused for its address. By RFC 3463 the subjects 3 to 7 are about a system, a route, the protocol, the content or a
    /// policy, and X.2.2 and X.2.3 are about a full mailbox and a large message: all may be different for the next one. The same holds for a full mailbox (552)
    /// and a relay that does not serve us, without such a code.
    /// </summary>
    private static bool IsAboutAddress(int code, string reply) => EnhancedCode().Match(reply) is { Success: true } enhanced
        ? enhanced.Groups["subject"].Value is "0" or "1" or "2" && enhanced.Value.Trim() is not ("5.2.2" or "5.2.3")
        : code != 552 && !reply.Contains("relay", StringComparison.OrdinalIgnoreCase);

    private static string Step(SmtpErrorCode code) => code switch
    {
        SmtpErrorCode.SenderNotAccepted => "MAIL FROM",
        SmtpErrorCode.RecipientNotAccepted => "RCPT TO",
        SmtpErrorCode.MessageNotAccepted => "message",
        _ => "DATA",
    };

    // Never the exception's own message: it may repeat what the relay said, addresses included.
    private static string Why(Exception e, SmtpExchange exchange, CancellationToken ct) => e switch
    {
        _ when ct.IsCancellationRequested => "Stopped while talking to the relay.",
        _ when exchange.TimedOut => "The relay did not answer in time.",
        _ when exchange.SpokeOutOfTurn => "The relay spoke out of turn.",
        SmtpProtocolException => "The relay closed the connection, or its answer is not SMTP.",
        SslHandshakeException => "The relay's TLS certificate or handshake was not accepted.",
        SocketException socket => $"The relay could not be reached ({socket.SocketErrorCode}).",
        { InnerException: SocketException inner } => $"The connection to the relay broke ({inner.SocketErrorCode}).",
        _ => "The connection to the relay broke.",
    };

    private string SignInName => options.User ?? options.FromAddress;

    /// <summary>
    /// The reply in one line, fit to be stored in the clear. Relays like to repeat whom it is about, as an address or by its local part: both are
    /// left out.
    /// </summary>
    private static string Shown(SmtpStatusCode code, string reply, string about)
    {
        var text = Address().Replace($"{(int)code} {reply.ReplaceLineEndings(" ")}", "<address>");
        text = Regex.Replace(text, $@"(?<!\w){Regex.Escape(about.Split('@')[0])}(?!\w)", "<name>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
        text = string.Concat(text.Where(c => !char.IsControl(c)));
        return text.Length <= LongestReason ? text.Trim() : text[..LongestReason];
    }

    [GeneratedRegex(@"^\s*5\.(?<subject>[0-9]{1,3})\.[0-9]{1,3}(?![0-9.])", RegexOptions.CultureInvariant)]
    private static partial Regex EnhancedCode();

    [GeneratedRegex(@"<?[^\s<>""():;,]+@[^\s<>""'():;,]+>?", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
