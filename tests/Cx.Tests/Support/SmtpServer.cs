using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Cx.Tests.Support;

/// <summary>A real SMTP server on loopback that records every message it read to its end, whatever it then answered.</summary>
public sealed class SmtpServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<ReceivedMail> mails = new();
    private readonly ConcurrentQueue<string> commands = new();
    private readonly Channel<ReceivedMail> arrivals = Channel.CreateUnbounded<ReceivedMail>();
    private readonly ConcurrentBag<Task> sessions = [];
    private readonly TaskCompletionSource hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task accepting;
    private volatile SmtpScript script;

    private SmtpServer(SmtpScript script)
    {
        this.script = script;
        listener.Start();
        accepting = Accept();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Counts for every connection from now on.</summary>
    public SmtpScript Script
    {
        get => script;
        set => script = value;
    }

    public IReadOnlyList<ReceivedMail> Mails => [.. mails];

    public int Count => mails.Count;

    /// <summary>Every command line, in order, over all connections.</summary>
    public IReadOnlyList<string> Commands => [.. commands];

    /// <summary>Completes when the server has begun to hang as its script says.</summary>
    public Task Hanging => hanging.Task;

    public static SmtpServer Start(SmtpScript? script = null) => new(script ?? new SmtpScript());

    /// <summary>The next message not yet taken this way.</summary>
    public async Task<ReceivedMail> Next(CancellationToken ct) => await arrivals.Reader.ReadAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        await Task.WhenAll(sessions);
        listener.Dispose();
        stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true) sessions.Add(Serve(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
        }
    }

    private async Task Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var session = new Session(this, script, client.GetStream(), stop.Token);
                await session.Run();
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
            }
        }
    }

    private void Record(ReceivedMail mail)
    {
        mails.Enqueue(mail);
        arrivals.Writer.TryWrite(mail);
    }

    private sealed class Session(SmtpServer server, SmtpScript script, Stream stream, CancellationToken ct) : IDisposable
    {
        private readonly List<string> to = [];
        private string from = "";
        private string? user;
        private bool encrypted;
        private StreamReader reader = new(stream, Encoding.Latin1);

        public async Task Run()
        {
            if (script.ImplicitTls) await Encrypt();
            if (script.DropAt == "CONNECT") return;
            if (script.HangAt == "CONNECT") await Hang();
            await Say(script.Greeting);
            while (await reader.ReadLineAsync(ct) is { } latin)
            {
                var line = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(latin));
                server.commands.Enqueue(line);
                var verb = line.Split(' ', ':')[0].ToUpperInvariant();
                if (script.DropAt == verb) return;
                if (script.HangAt == verb) await Hang();
                if (script.Answers.TryGetValue(verb, out var answer) && !answer.StartsWith("354", StringComparison.Ordinal)) await Say(answer);
                else if (!await Obey(verb, line, answer)) return;
            }
        }

        public void Dispose() => reader.Dispose();

        private async Task<bool> Obey(string verb, string line, string? answer)
        {
            switch (verb)
            {
                case "EHLO":
                    IEnumerable<string> offers = encrypted ? script.OffersEncrypted ?? script.Offers : script.Certificate is null ? script.Offers : [.. script.Offers, "STARTTLS"];
                    await Say(string.Join('\n', offers.Select(o => "250-" + o).Prepend("250-mail.test").Append("250 HELP")));
                    break;
                case "STARTTLS":
                    await Say("220 go ahead");
                    await Encrypt();
                    break;
                case "AUTH":
                    await SignIn(line);
                    break;
                case "MAIL":
                    from = Path(line);
                    await Say("250 ok");
                    break;
                case "RCPT":
                    to.Add(Path(line));
                    await Say("250 ok");
                    break;
                case "DATA":
                    await Say(answer ?? "354 end with <CRLF>.<CRLF>");
                    return await Body();
                case "QUIT":
                    await Say("221 bye");
                    return false;
                default:
                    await Say("250 ok");
                    break;
            }

            return true;
        }

        private async Task<bool> Body()
        {
            var raw = new StringBuilder();
            while (true)
            {
                var line = await reader.ReadLineAsync(ct);
                if (script.End == BodyEnd.CutShort) await Say(script.AfterBody);
                if (line is null || script.End is BodyEnd.CutShort or BodyEnd.CloseInside) return false;        // no end, no message
                if (line == ".") break;
                raw.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
            }

            server.Record(ReceivedMail.Parse(from, [.. to], raw.ToString(), encrypted, user));
            to.Clear();
            if (script.End == BodyEnd.Hang) await Hang();
            if (script.End == BodyEnd.Close) return false;
            await Say(script.AfterBody);
            return true;
        }

        private async Task SignIn(string line)
        {
            var words = line.Split(' ');
            if (words[1].Equals("PLAIN", StringComparison.OrdinalIgnoreCase))
            {
                user = Decode(words[2]).TrimStart('\0').Replace('\0', ':');
            }
            else
            {
                await Say("334 VXNlcm5hbWU6");
                var name = Decode(await reader.ReadLineAsync(ct));
                await Say("334 UGFzc3dvcmQ6");
                user = $"{name}:{Decode(await reader.ReadLineAsync(ct))}";
            }

            await Say("235 welcome");
        }

        private async Task Encrypt()
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = script.Certificate }, ct);
            stream = tls;
            reader = new(stream, Encoding.Latin1);
            encrypted = true;
        }

        private async Task Hang()
        {
            server.hanging.TrySetResult();
            await new TaskCompletionSource().Task.WaitAsync(ct);
        }

        private async Task Say(string lines) => await stream.WriteAsync(Encoding.UTF8.GetBytes(lines.ReplaceLineEndings("\r\n") + "\r\n"), ct);

        private static string Path(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];

        private static string Decode(string? base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64 ?? ""));
    }
}
