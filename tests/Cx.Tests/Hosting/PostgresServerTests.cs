using System.Diagnostics;
using System.Globalization;
using Cx.Functions.Hosting.Standalone;
using Cx.Functions.Hosting.Standalone.Postgres;
using Cx.Tests.Support;
using Npgsql;

namespace Cx.Tests.Hosting;

public sealed class PostgresServerTests : IDisposable
{
    private readonly TestFolder folder = TestFolder.Create();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_answers_in_UTF8_and_UTC_on_the_loopback_address_only()
    {
        await using var server = await Start();

        Assert.Equal("UTF8", await Ask(server, "SHOW server_encoding"));
        Assert.Equal("UTC", await Ask(server, "SHOW timezone"));
        Assert.Equal("127.0.0.1", await Ask(server, "SHOW listen_addresses"));
        Assert.Equal("", await Ask(server, "SHOW unix_socket_directories"));
    }

    [Fact]
    public async Task Nobody_gets_in_without_the_password()
    {
        await using var server = await Start();
        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess" }.ConnectionString;

        await using var source = NpgsqlDataSource.Create(wrong);
        var refusal = await Assert.ThrowsAsync<PostgresException>(async () => await source.OpenConnectionAsync());

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    [Fact]
    public async Task A_restart_keeps_the_data_and_leaves_no_server_in_between()
    {
        Process first;
        await using (var server = await Start())
        {
            first = Process.GetProcessById(server.ProcessId);
            await Run(server, "CREATE TABLE kept AS SELECT 42 AS answer");
        }
        Assert.True(first.HasExited);

        folder.Reopen();
        await using var again = await Start();
        Assert.Equal(42, await Ask(again, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task Unless_told_otherwise_every_commit_is_synced()
    {
        await using var server = await PostgresServer.Start(folder.Data, TestFolder.Settings with { Durable = true }, new Progress<string>(), CancellationToken.None);

        Assert.Equal("on", await Ask(server, "SHOW fsync"));
        Assert.Equal("on", await Ask(server, "SHOW synchronous_commit"));
    }

    [Fact]
    public async Task A_server_killed_while_we_live_is_back_on_the_same_address_with_its_data()
    {
        await using var server = await Start();
        await Run(server, "CREATE TABLE kept AS SELECT 42 AS answer");
        using var killed = Process.GetProcessById(server.ProcessId);

        killed.Kill();

        Assert.Equal(42, await AskUntilAnswered(server, "SELECT answer FROM kept"));
        Assert.NotEqual(killed.Id, server.ProcessId);
    }

    [Fact]
    public async Task A_server_that_a_crashed_process_left_behind_is_replaced()
    {
        int orphan;
        await using (var crashed = await Start())
            await Run(crashed, "CREATE TABLE kept AS SELECT 42 AS answer");
        orphan = await StartWithoutUs();

        await using var server = await Start();

        Assert.NotEqual(orphan, server.ProcessId);
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(orphan));
        Assert.Equal(42, await Ask(server, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task A_stale_pid_file_that_names_a_living_stranger_neither_stops_the_start_nor_harms_the_stranger()
    {
        await using (await Start())
        {
        }
        using var stranger = Process.Start("sleep", "600");
        try
        {
            await File.WriteAllLinesAsync(PidFile, [stranger.Id.ToString(CultureInfo.InvariantCulture), Data, "1000000000", "5432"]);

            await using var server = await Start();

            Assert.False(stranger.HasExited);
            Assert.Equal(1, await Ask(server, "SELECT 1"));
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Fact]
    public async Task An_interrupted_first_start_is_begun_again()
    {
        var draft = Path.Combine(folder.Data.Path, "postgres", "cluster.draft", "data");
        Directory.CreateDirectory(draft);
        await File.WriteAllTextAsync(Path.Combine(draft, "half"), "");

        await using var server = await Start();

        Assert.Equal(1, await Ask(server, "SELECT 1"));
        Assert.False(Directory.Exists(draft));
    }

    [Fact]
    public void A_second_start_on_the_same_data_folder_is_told_who_holds_it()
    {
        var refusal = Assert.Throws<DataFolderInUse>(() => DataFolder.Open(folder.Data.Path));

        Assert.Equal(Environment.ProcessId, refusal.Owner);
        Assert.Contains(folder.Data.Path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_PostgreSQL_is_refused_with_the_ways_out()
    {
        var settings = TestFolder.Settings with { Binaries = folder.Data.Path };

        var refusal = await Assert.ThrowsAsync<PostgresNotFound>(() => PostgresServer.Start(folder.Data, settings, new Progress<string>(), CancellationToken.None));

        Assert.Contains("Install PostgreSQL", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("npm", refusal.Message, StringComparison.Ordinal);
    }

    private string Data => Path.Combine(folder.Data.Path, "postgres", "cluster", "data");

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    private Task<PostgresServer> Start() => PostgresServer.Start(folder.Data, TestFolder.Settings, new Progress<string>(), CancellationToken.None);

    // What a process that was killed together with its guard leaves: a server nobody watches.
    private async Task<int> StartWithoutUs()
    {
        var home = PostgresHome.Open(folder.Data);
        var binaries = await PostgresBinaries.Find(home, null, TestFolder.Settings.Binaries, new Progress<string>(), CancellationToken.None);
        await home.Tool(binaries.PgCtl).Launch(
            ["start", "--silent", "--wait", "-D", Data, "-l", Path.Combine(folder.Data.Path, "postgres", "cluster", "server.log"), "-o", "-c listen_addresses= -c unix_socket_directories="], CancellationToken.None);
        return int.Parse(File.ReadLines(PidFile).First(), CultureInfo.InvariantCulture);
    }

    private static async Task Run(PostgresServer server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> Ask(PostgresServer server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<object?> AskUntilAnswered(PostgresServer server, string sql)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                return await Ask(server, sql);
            }
            catch (NpgsqlException) when (!patience.IsCancellationRequested)
            {
                await Task.Yield(); // refused until the server is back
            }
        }
    }
}
