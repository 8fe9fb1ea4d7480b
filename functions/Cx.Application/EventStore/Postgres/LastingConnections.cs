using Npgsql;

namespace Cx.Application.EventStore.Postgres;

/// <summary>Connections outside the pool, for whoever keeps one for long: they listen, notify or hold an advisory lock.</summary>
public sealed class LastingConnections(DatabaseAddress address) : IAsyncDisposable
{
    // A connection that only listens would not notice otherwise that its server is gone.
    private const int KeepAliveSeconds = 30;

    private readonly NpgsqlDataSource source = address.Unpooled(s => (s.KeepAlive, s.WriteBufferSize) = (KeepAliveSeconds, 32 * 1024));

    public ValueTask<NpgsqlConnection> Open(CancellationToken ct) => source.OpenConnectionAsync(ct);

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
