using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Cx.Tests.Support;

/// <summary>The wire between a host and its database, which can be cut and mended.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder beyond;
    private readonly ConcurrentDictionary<TcpClient, bool> open = new();
    private readonly ConcurrentBag<Task> running = [];
    private readonly int port;
    private TcpListener? listener;
    private volatile bool silent;
    private volatile bool isCut;

    public Wire(string connection)
    {
        beyond = new(connection);
        Mend();
        port = ((IPEndPoint)listener!.LocalEndpoint).Port;
    }

    /// <summary>The database by way of the wire.</summary>
    public string Connection => new NpgsqlConnectionStringBuilder(beyond.ConnectionString) { Host = "127.0.0.1", Port = port }.ConnectionString;

    public void Cut()
    {
        isCut = true;
        listener?.Stop();
        listener = null;
        foreach (var client in open.Keys)
        {
            client.Close();
        }
    }

    /// <summary>Nothing that is sent arrives, and no connection is refused.</summary>
    public void Silence() => silent = true;

    public void Mend()
    {
        (silent, isCut) = (false, false);
        listener = new(IPAddress.Loopback, port);
        listener.Start();
        running.Add(Accept(listener));
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await Task.WhenAll(running);
    }

    private async Task Accept(TcpListener from)
    {
        try
        {
            while (true)
            {
                running.Add(Carry(await from.AcceptTcpClientAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private async Task Copy(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer) is > 0 and var read)
        {
            if (!silent)
            {
                await to.WriteAsync(buffer.AsMemory(0, read));
            }
        }
    }

    private async Task Carry(TcpClient near)
    {
        using var far = new TcpClient();
        open[near] = true;
        open[far] = true;
        try
        {
            // What was accepted while the wire was cut is not among those that were closed.
            if (isCut)
            {
                return;
            }

            await far.ConnectAsync(IPAddress.Loopback, beyond.Port);
            await Task.WhenAny(Copy(near.GetStream(), far.GetStream()), Copy(far.GetStream(), near.GetStream()));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
        finally
        {
            open.TryRemove(near, out _);
            open.TryRemove(far, out _);
            near.Dispose();
        }
    }
}
