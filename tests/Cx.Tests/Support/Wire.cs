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
        listener?.Stop();
        listener = null;
        foreach (var client in open.Keys)
        {
            client.Close();
        }
    }

    public void Mend()
    {
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

    private async Task Carry(TcpClient near)
    {
        using var far = new TcpClient();
        open[near] = true;
        open[far] = true;
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, beyond.Port);
            await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream()), far.GetStream().CopyToAsync(near.GetStream()));
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
