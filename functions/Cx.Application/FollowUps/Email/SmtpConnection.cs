using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Cx.Application.FollowUps.Email;

/// <summary>Bytes to and from the relay: lines, replies and TLS. Knows nothing of what is said.</summary>
internal sealed class SmtpConnection(TcpClient tcp) : IDisposable
{
    private const int LongestReplyLine = 4096;              // RFC 5321 allows 512; some relays write more
    private const int MostReplyLines = 100;

    private readonly byte[] received = new byte[4096];
    private Stream stream = tcp.GetStream();
    private int start, end;

    public IPEndPoint Local => (IPEndPoint)tcp.Client.LocalEndPoint!;

    public static async Task<SmtpConnection> Open(string host, int port, CancellationToken ct)
    {
        var tcp = new TcpClient { NoDelay = true };
        try
        {
            await tcp.ConnectAsync(host, port, ct);
            return new(tcp);
        }
        catch
        {
            tcp.Dispose();
            throw;
        }
    }

    public async Task Encrypt(string host, X509ChainPolicy? trust, CancellationToken ct)
    {
        // Whatever came before the handshake was not protected and may not be taken for a reply after it (CVE-2011-0411 and its kin).
        InTurn();
        var tls = new SslStream(stream);
        stream = tls;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, CertificateChainPolicy = trust?.Clone() }, ct);
    }

    public async Task<SmtpReply> Ask(string command, CancellationToken ct)
    {
        InTurn();
        // The last line of defence: whatever a caller composed, one command stays one command.
        if (command.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0) throw new ArgumentException("A command is one line.", nameof(command));
        await Write(Encoding.UTF8.GetBytes(command + "\r\n"), ct);
        return await Read(ct);
    }

    /// <summary>An answer that came before its question would be taken for the answer to the next one.</summary>
    public void InTurn()
    {
        if (start != end) throw new SmtpBrokenException("The relay spoke out of turn.");
    }

    public async Task Write(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        await stream.WriteAsync(bytes, ct);
        await stream.FlushAsync(ct);
    }

    public async Task<SmtpReply> Read(CancellationToken ct)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await ReadLine(ct);
            if (line.Length < 3 || line.AsSpan(0, 3).ContainsAnyExceptInRange('0', '9') || (line.Length > 3 && line[3] is not (' ' or '-'))) throw new SmtpBrokenException("The relay's answer is not SMTP.");
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] == ' ') return new(int.Parse(line.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture), lines);
            if (lines.Count == MostReplyLines) throw new SmtpBrokenException("The relay's answer has no end.");
        }
    }

    public void Dispose()
    {
        stream.Dispose();
        tcp.Dispose();
    }

    private async Task<string> ReadLine(CancellationToken ct)
    {
        var line = new List<byte>(80);
        while (true)
        {
            while (start < end)
            {
                var b = received[start++];
                if (b == '\n') return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
                if (line.Count == LongestReplyLine) throw new SmtpBrokenException("The relay's answer has no end.");
                line.Add(b);
            }

            start = 0;
            end = await stream.ReadAsync(received, ct);
            if (end == 0) throw new SmtpBrokenException("The relay closed the connection.");
        }
    }
}
