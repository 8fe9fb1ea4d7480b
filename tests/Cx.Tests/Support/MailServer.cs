using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using MimeKit;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;
using ServiceProvider = SmtpServer.ComponentModel.ServiceProvider;

namespace Cx.Tests.Support;

/// <summary>A message as a server got it.</summary>
/// <param name="Raw">Its octets, without what the transport adds.</param>
/// <param name="Parameters">Those of MAIL FROM, such as SIZE.</param>
/// <param name="User">Who signed in, as <c>user:password</c>.</param>
public sealed record ReceivedMail(string From, IReadOnlyList<string> To, MimeMessage Message, byte[] Raw, IReadOnlyDictionary<string, string> Parameters, bool Encrypted,
    string? User)
{
    public long Octets => Raw.Length;

    public string Subject => Message.Subject!;

    public string Text => Decode(Message, "plain");

    public string Html => Decode(Message, "html");

    public string MessageId => $"<{Message.MessageId}>";

    /// <summary>Decoded; a header that is there twice throws.</summary>
    public IReadOnlyDictionary<string, string> Headers => Message.Headers.ToDictionary(h => h.Field, h => h.Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>One part with its line ends as they came, which <see cref="TextPart.Text"/> would change.</summary>
    public static string Decode(MimeMessage message, string subtype)
    {
        using var octets = new MemoryStream();
        message.BodyParts.OfType<TextPart>().Single(p => p.ContentType.IsMimeType("text", subtype)).Content!.DecodeTo(octets);
        return Encoding.UTF8.GetString(octets.ToArray());
    }
}

/// <summary>What a mail server hangs at, until it is disposed.</summary>
public enum HangAt
{
    Nothing,
    Mail,

    /// <summary>The message is recorded, and not answered.</summary>
    Body,
}

/// <summary>The SmtpServer package on loopback, which keeps every message that it read to its end. What goes wrong in it can be changed at any time.</summary>
public sealed class MailServer : IAsyncDisposable, IMessageStore, IMailboxFilter, IUserAuthenticator
{
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<ReceivedMail> mails = new();
    private readonly ConcurrentQueue<string> commands = new();
    private readonly Channel<ReceivedMail> arrivals = Channel.CreateUnbounded<ReceivedMail>();
    private readonly TaskCompletionSource hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task running = Task.CompletedTask;

    public int Port { get; private set; }

    public HangAt HangAt { get; set; }

    /// <summary>The answer to RCPT instead of 250.</summary>
    public SmtpResponse? NoToRecipient { get; set; }

    /// <summary>Closes the connection instead of answering the message, which is recorded.</summary>
    public bool CloseAfterBody { get; set; }

    /// <summary>The sign-in that EHLO offers, given whether the connection is encrypted; null for none.</summary>
    public Func<bool, string?> OffersSignIn { get; set; } = _ => "AUTH PLAIN LOGIN";

    public IReadOnlyList<ReceivedMail> Mails => [.. mails];

    public int Count => mails.Count;

    /// <summary>The name of every command, in order, over all connections; AUTH with its parameters.</summary>
    public IReadOnlyList<string> Commands => [.. commands];

    /// <summary>Completes when the server has begun to hang.</summary>
    public Task Hanging => hanging.Task;

    /// <param name="certificate">Offers STARTTLS, or speaks TLS at once.</param>
    public static MailServer Start(X509Certificate2? certificate = null, bool implicitTls = false)
    {
        var server = new MailServer();
        do
        {
            server.Port = FreePort();
            server.running = server.Listen(certificate, implicitTls);
        }
        while (server.running is { IsFaulted: true, Exception.InnerException: SocketException });      // the port was taken meanwhile
        return server;
    }

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The next message not yet taken this way.</summary>
    public async Task<ReceivedMail> Next(CancellationToken ct) => await arrivals.Reader.ReadAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }

    async Task<SmtpResponse> IMessageStore.SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        using var raw = new MemoryStream([.. buffer.ToArray(), .. "\r\n"u8]);      // the server takes the last line end for the transport's
        var mail = new ReceivedMail(
            Address(transaction.From), [.. transaction.To.Select(Address)], await MimeMessage.LoadAsync(raw, cancellationToken), raw.ToArray(), transaction.Parameters, context.Pipe.IsSecure,
            context.Properties.TryGetValue("user", out var user) ? (string)user : null);
        mails.Enqueue(mail);
        arrivals.Writer.TryWrite(mail);
        if (HangAt == HangAt.Body) await Hang(cancellationToken);
        if (CloseAfterBody) context.Pipe.Dispose();
        return new(SmtpReplyCode.Ok, "2.0.0 queued as 4711");
    }

    async Task<bool> IMailboxFilter.CanAcceptFromAsync(ISessionContext context, IMailbox from, int size, CancellationToken cancellationToken)
    {
        if (HangAt == HangAt.Mail) await Hang(cancellationToken);
        return true;
    }

    Task<bool> IMailboxFilter.CanDeliverToAsync(ISessionContext context, IMailbox to, IMailbox from, CancellationToken cancellationToken) =>
        NoToRecipient is { } no ? throw new SmtpResponseException(no) : Task.FromResult(true);

    Task<bool> IUserAuthenticator.AuthenticateAsync(ISessionContext context, string user, string password, CancellationToken cancellationToken)
    {
        context.Properties["user"] = $"{user}:{password}";
        return Task.FromResult(true);
    }

    private static string Address(IMailbox mailbox) => $"{mailbox.User}@{mailbox.Host}";

    private async Task Hang(CancellationToken ct)
    {
        hanging.TrySetResult();
        await new TaskCompletionSource().Task.WaitAsync(ct);
    }

    private Task Listen(X509Certificate2? certificate, bool implicitTls)
    {
        var options = new SmtpServerOptionsBuilder().ServerName("mail.test").MaxMessageSize(10_485_760).Endpoint(endpoint =>
        {
            endpoint.Endpoint(new(IPAddress.Loopback, Port)).AllowUnsecureAuthentication();
            endpoint.SessionTimeout(TimeSpan.FromHours(1)).SupportedSslProtocols(SslProtocols.None);
            if (certificate is not null) endpoint.Certificate(certificate).IsSecure(implicitTls);
        }).Build();
        var services = new ServiceProvider();
        services.Add((IMessageStore)this);
        services.Add((IMailboxFilter)this);
        services.Add((IUserAuthenticator)this);
        services.Add(new CommandFactory(this));
        var server = new SmtpServer.SmtpServer(options, services);
        server.SessionCreated += (_, session) => session.Context.CommandExecuting += (_, e) => commands.Enqueue(
            e.Command is AuthCommand auth ? $"AUTH {auth.Method.ToString().ToUpperInvariant()} {auth.Parameter}".Trim() : e.Command.Name);
        return server.StartAsync(stop.Token);
    }

    private sealed class CommandFactory(MailServer server) : SmtpCommandFactory
    {
        public override SmtpCommand CreateEhlo(string domainOrAddress) => new Ehlo(server, domainOrAddress);
    }

    private sealed class Ehlo(MailServer server, string domainOrAddress) : EhloCommand(domainOrAddress)
    {
        protected override IEnumerable<string> GetExtensions(ISessionContext context) =>
            base.GetExtensions(context).Where(e => !e.StartsWith("AUTH", StringComparison.Ordinal))
                .Concat(server.OffersSignIn(context.Pipe.IsSecure) is { } offer ? [offer] : []);
    }
}
