using System.Globalization;
using Cx.Functions.Hosting.Standalone;
using Cx.Functions.Hosting.Standalone.Postgres;
using Npgsql;

namespace Cx.Tests.Support;

/// <summary>Empty databases for tests, on one PostgreSQL that the test run starts when it is first asked and stops when it ends.</summary>
public static class Database
{
    private static readonly Lazy<Task<PostgresServer>> Server = new(Start);
    private static TestFolder? folder;
    private static int count;

    /// <summary>A new, empty database of the caller's own; gives its connection string.</summary>
    public static async Task<string> Create()
    {
        var server = await Server.Value;
        var name = string.Create(CultureInfo.InvariantCulture, $"cx_test_{Interlocked.Increment(ref count)}");
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var create = source.CreateCommand($"CREATE DATABASE {name}");
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server.ConnectionTo(name)) { IncludeErrorDetail = true, ConnectionIdleLifetime = 5, ConnectionPruningInterval = 1 }.ConnectionString;
    }

    /// <summary>Settings for a server of a test's own; the programs are found, or fetched, once in a run.</summary>
    public static async Task<PostgresSettings> Settings() => TestFolder.Settings with { Binaries = (await Server.Value).Binaries };

    /// <summary>The run has ended. One that is killed never gets here: the server's guard stops it then, and the next run removes its folder.</summary>
    internal static async Task Stop()
    {
        if (!Server.IsValueCreated)
            return;
        NpgsqlConnection.ClearAllPools();
        await (await Server.Value).DisposeAsync();
        folder!.Dispose();
    }

    private static Task<PostgresServer> Start()
    {
        folder = TestFolder.Create();
        return PostgresServer.Start(folder.Data, TestFolder.Settings with { MaxConnections = 300 }, new Progress<string>(), CancellationToken.None);
    }
}
