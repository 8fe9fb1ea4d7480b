using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cx.Tests.Support;

/// <summary>A name server on loopback that a test plays: TXT records by name, over UDP.</summary>
internal sealed class DnsServer : IAsyncDisposable
{
    private const int NoSuchName = 3;
    private const int ServerFailure = 2;

    private readonly UdpClient socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly ConcurrentDictionary<string, (int Code, string[] Records)?> answers = new(StringComparer.OrdinalIgnoreCase);
    private readonly Task serving;

    public DnsServer() => serving = Serve();

    public IPEndPoint Address => (IPEndPoint)socket.Client.LocalEndPoint!;

    /// <summary>The names that were asked for, in that order.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>Each text is one record, stored in strings of 255 octets. What is not told is no such name.</summary>
    public void Tell(string name, params string[] records) => answers[name] = (0, records);

    public void Fail(string name) => answers[name] = (ServerFailure, []);

    public void Ignore(string name) => answers[name] = null;

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        await serving;
    }

    private async Task Serve()
    {
        while (true)
        {
            UdpReceiveResult query;
            try
            {
                query = await socket.ReceiveAsync();
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException)
            {
                return;
            }

            var (name, end) = Question(query.Buffer);
            Asked.Enqueue(name);
            if ((answers.TryGetValue(name, out var told) ? told : (NoSuchName, [])) is var (code, records))
                await socket.SendAsync(Answer(query.Buffer.AsSpan(0, end), code, records), query.RemoteEndPoint);
        }
    }

    private static (string Name, int End) Question(byte[] query)
    {
        var labels = new List<string>();
        var at = 12;
        for (; query[at] > 0; at += query[at] + 1)
            labels.Add(Encoding.ASCII.GetString(query, at + 1, query[at]));
        return (string.Join('.', labels), at + 5);
    }

    // RFC 1035 §4.1: the question is repeated, and each record points at its name.
    private static byte[] Answer(ReadOnlySpan<byte> query, int code, string[] records)
    {
        var answer = new List<byte>(query.ToArray());
        var header = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(answer);
        header[2] |= 0x80;
        header[3] = (byte)(0x80 | code);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)records.Length);
        header[8..12].Clear();
        foreach (var strings in records.Select(r => Encoding.ASCII.GetBytes(r).Chunk(255).ToList()))
        {
            answer.AddRange([0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
            var length = strings.Sum(s => s.Length + 1);
            answer.AddRange([(byte)(length >> 8), (byte)length]);
            foreach (var text in strings)
                answer.AddRange([(byte)text.Length, .. text]);
        }

        return [.. answer];
    }
}
