using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Cx.Application.FollowUps.Email;

/// <summary>The message is larger than the relay takes.</summary>
internal sealed class MessageTooLargeException(long octets, long limit) : Exception($"The message has {octets} octets; the relay takes {limit}.");

/// <summary>A connection to the mail relay that carries one message after another. MailKit speaks SMTP; <see cref="SmtpExchange"/> watches.</summary>
internal sealed class RelayConnection : SmtpClient
{
    private readonly SmtpOptions options;
    private readonly X509ChainPolicy? trust;
    private readonly DkimSigning? dkim;
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <param name="options">The relay.</param>
    /// <param name="trust">How its certificate is checked; null for the system's trust.</param>
    /// <param name="dkim">Signs each message; null leaves it to the relay.</param>
    /// <param name="exchange">Watches what is said.</param>
    public RelayConnection(SmtpOptions options, X509ChainPolicy? trust, DkimSigning? dkim, SmtpExchange exchange)
        : base(exchange)
    {
        (this.options, this.trust, this.dkim, Exchange) = (options, trust, dkim, exchange);
        Timeout = System.Threading.Timeout.Infinite;            // the exchange bounds every step, by our clock
        CheckCertificateRevocation = false;
    }

    public SmtpExchange Exchange { get; }

    /// <summary>Nothing arrived since the last message: neither a farewell nor an answer to no question.</summary>
    public bool IsQuiet => IsConnected && !socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Connects, encrypts and signs in.</summary>
    public async Task Open(bool needsUtf8, CancellationToken ct)
    {
        await socket.ConnectAsync(options.Host, options.Port, ct);
        // No name of ours would resolve from outside; the literal is what RFC 5321 §4.1.3 asks for then.
        var local = ((IPEndPoint)socket.LocalEndPoint!).Address;
        LocalDomain = local.IsIPv4MappedToIPv6 ? local.MapToIPv4().ToString() : local.ToString().Split('%')[0];
        await ConnectAsync(new BodyStream(socket, Exchange), options.Host, options.Port, options.Security switch
        {
            SmtpSecurity.None => SecureSocketOptions.None,
            SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
            _ => SecureSocketOptions.StartTls,
        }, ct);
        // One command at a time, else an answer out of turn is not recognised. With SMTPUTF8 on, MailKit writes a domain in Unicode, which fewer
        // servers take.
        Capabilities &= ~(needsUtf8 ? SmtpCapabilities.Pipelining : SmtpCapabilities.Pipelining | SmtpCapabilities.UTF8);
        if (options.User is not { } user) return;
        // MailKit would try every mechanism offered, and with each a wrong password counts as one more attempt.
        AuthenticationMechanisms.IntersectWith(AuthenticationMechanisms.Contains("PLAIN") ? ["PLAIN"] : ["LOGIN"]);
        await AuthenticateAsync(new NetworkCredential(user, options.Password), ct);
    }

    protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(
        string host, RemoteCertificateValidationCallback remoteCertificateValidationCallback)
    {
        var tls = base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback);
        tls.CertificateChainPolicy = trust?.Clone();
        return tls;
    }

    // MailKit does not prepare a message that is signed: its signature of an attempt on a connection that the relay had given up goes first.
    protected override void Prepare(FormatOptions options, MimeMessage message, EncodingConstraint constraint, int maxLineLength)
    {
        message.Headers.RemoveAll(HeaderId.DkimSignature);
        base.Prepare(options, message, constraint, maxLineLength);
        dkim?.Sign(options, message);
    }

    protected override async Task<long> GetSizeAsync(FormatOptions format, MimeMessage message, CancellationToken cancellationToken)
    {
        var octets = await base.GetSizeAsync(format, message, cancellationToken);
        return MaxSize == 0 || octets <= MaxSize ? octets : throw new MessageTooLargeException(octets, MaxSize);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) socket.Dispose();
    }

    /// <summary>
    /// The relay may say no in the middle of the body and close. MailKit would give up on the write that fails and never read that answer; if
    /// there is none, reading fails as well.
    /// </summary>
    private sealed class BodyStream(Socket socket, SmtpExchange exchange) : NetworkStream(socket, ownsSocket: true)
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await base.WriteAsync(buffer, cancellationToken);
            }
            catch (IOException) when (exchange.BodyBegun)
            {
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
