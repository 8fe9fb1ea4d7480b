using System.Net;
using System.Net.Sockets;

namespace Cx.Bench;

/// <summary>One keep-alive connection that sends prepared requests and reads the status: as little of the client as can be.</summary>
internal sealed class HttpConnection : IDisposable
{
    private static readonly byte[] LengthHeader = "Content-Length: "u8.ToArray();

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] buffer = new byte[16 * 1024];

    public HttpConnection(int port) => socket.Connect(IPAddress.Loopback, port);

    /// <exception cref="InvalidOperationException">The answer is not 200.</exception>
    public async Task SendAndCheck(ReadOnlyMemory<byte> request)
    {
        if (await Send(request) is not 200 and var status)
            throw new InvalidOperationException($"The host answered {status}.");
    }

    private async Task<int> Send(ReadOnlyMemory<byte> request)
    {
        while (request.Length > 0)
        {
            request = request[await socket.SendAsync(request)..];
        }

        var received = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(received));
            if (read == 0)
            {
                throw new IOException("The server closed the connection.");
            }

            received += read;
            if (Complete(buffer.AsSpan(0, received)))
            {
                return ((buffer[9] - '0') * 100) + ((buffer[10] - '0') * 10) + (buffer[11] - '0');
            }
        }
    }

    public void Dispose() => socket.Dispose();

    private static bool Complete(ReadOnlySpan<byte> response)
    {
        var end = response.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var head = response[..end];
        var at = head.IndexOf(LengthHeader);
        if (at < 0)
        {
            return response.EndsWith("0\r\n\r\n"u8);
        }

        var digits = head[(at + LengthHeader.Length)..];
        var length = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                break;
            }

            length = (length * 10) + (digit - '0');
        }

        return response.Length >= end + 4 + length;
    }
}
