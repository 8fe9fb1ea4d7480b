using System.Globalization;
using Cx.Application.EventStore;
using Cx.Standalone.Postgres;
using Npgsql;

namespace Cx.Tests.Support;

/// <summary>
/// Empty databases for tests, on one PostgreSQL that the test run starts when it is first asked and stops when it ends; or on the server that
/// <c>Cx__Tests__Postgres</c> names, where they are dropped in the end.
/// </summary>
public static class Database
{
    private static readonly string? Given = Environment.GetEnvironmentVariable("Cx__Tests__Postgres") is { Length: > 0 } given ? given : null;
    private static readonly string Run = Guid.NewGuid().ToString("N")[..8];
    private static readonly Lazy<Task<PostgresServer>> Server = new(Start);
    private static readonly Lazy<Task<string>> Template = new(MakeTemplate);
    private static TestFolder? folder;
    private static int count;

    /// <summary>A new, empty database of the caller's own; gives its connection string.</summary>
    public static Task<string> Create() => Create("template1");

    /// <summary>A new database of the caller's own with the tables of this build; gives its connection string.</summary>
    public static async Task<string> Prepared() => await Create(await Template.Value);

    private static async Task<string> MakeTemplate()
    {
        var connection = await Create();
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { Pooling = false });
        await MartenSchema.Prepare(Stores.Marten(database), database, CancellationToken.None);
        return new NpgsqlConnectionStringBuilder(connection).Database!;
    }

    private static async Task<string> Create(string template)
    {
        var server = Given ?? (await Server.Value).ConnectionString;
        var name = string.Create(CultureInfo.InvariantCulture, $"cx_test_{Run}_{Interlocked.Increment(ref count)}");
        await Execute(server, $"CREATE DATABASE {name} TEMPLATE {template}");
        return new NpgsqlConnectionStringBuilder(server) { Database = name, IncludeErrorDetail = true, ConnectionIdleLifetime = 5, ConnectionPruningInterval = 1 }.ConnectionString;
    }

    /// <summary>Settings for a server of a test's own; the programs are found, or fetched, once in a run.</summary>
    public static async Task<PostgresSettings> Settings() => TestFolder.Settings with { Binaries = (await Server.Value).Binaries };

    /// <summary>The run has ended. One that is killed never gets here: the server's guard stops it then, and the next run removes its folder.</summary>
    internal static async Task Stop()
    {
        NpgsqlConnection.ClearAllPools();
        for (; Given is not null && count > 0; count--)
        {
            await Execute(Given, string.Create(CultureInfo.InvariantCulture, $"DROP DATABASE IF EXISTS cx_test_{Run}_{count} WITH (FORCE)"));
        }

        if (!Server.IsValueCreated)
            return;
        await (await Server.Value).DisposeAsync();
        folder!.Dispose();
    }

    private static async Task Execute(string server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static Task<PostgresServer> Start()
    {
        folder = TestFolder.Create();
        return PostgresServer.Start(folder.Data, TestFolder.Settings with { MaxConnections = 300 }, new Progress<string>(), CancellationToken.None);
    }
}
