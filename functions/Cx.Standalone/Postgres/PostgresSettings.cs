namespace Cx.Standalone.Postgres;

/// <summary>How the embedded PostgreSQL is found and run. The defaults suit a small machine and make every commit durable.</summary>
public sealed record PostgresSettings
{
    /// <summary>`Cx__PostgresBin`: the folder that holds initdb, pg_ctl and postgres; `npm` takes the npm package; empty searches for either.</summary>
    public string? Binaries { get; init; }

    /// <summary>False turns fsync off: for tests only, because data may be lost.</summary>
    public bool Durable { get; init; } = true;

    public int MaxConnections { get; init; } = 100;

    internal string ServerOptions(int port) => string.Join(' ', Options(port).Select(option => $"-c {option}"));

    private IEnumerable<string> Options(int port) =>
    [
        "listen_addresses=127.0.0.1",
        $"port={port}",
        "unix_socket_directories=",
        $"max_connections={MaxConnections}",
        "shared_buffers=256MB",
        "max_wal_size=2GB",
        "checkpoint_timeout=15min",
        "jit=off",
        "autovacuum_naptime=10s", // statements that were planned while tables are empty are planned anew soon after the first rows
        "timezone=UTC",
        "log_timezone=UTC",
        "log_error_verbosity=terse", // details quote row values, and logs hold no personal data
        .. Durable ? Array.Empty<string>() : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
    ];
}
