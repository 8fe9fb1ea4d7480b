using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cx.Standalone;
using Cx.Standalone.Postgres;
using Cx.Tests.Support;
using Npgsql;

namespace Cx.Tests.Standalone;

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
        int port;
        await using (var server = await Start())
        {
            port = PortOf(server);
            await Run(server, "CREATE TABLE kept AS SELECT 42 AS answer");
        }
        await AssertNobodyListens(port);

        folder.Reopen();
        await using var again = await Start();
        Assert.Equal(42, await Ask(again, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task Unless_told_otherwise_every_commit_is_synced()
    {
        await using var server = await Start(durable: true);

        Assert.Equal("on", await Ask(server, "SHOW fsync"));
        Assert.Equal("on", await Ask(server, "SHOW synchronous_commit"));
    }

    [Fact]
    public async Task A_server_killed_while_we_live_is_back_on_the_same_address_with_its_data()
    {
        var back = new Awaited("PostgreSQL runs again");
        await using var server = await Start(durable: true, back);
        await Run(server, "CREATE TABLE kept AS SELECT 42 AS answer");
        using var killed = Process.GetProcessById(server.ProcessId);

        killed.Kill();
        await back.Reported.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(42, await Ask(server, "SELECT answer FROM kept"));
        Assert.NotEqual(killed.Id, server.ProcessId);
    }

    [Fact]
    public async Task A_server_that_cannot_be_started_again_is_tried_until_it_can()
    {
        var back = new Awaited("PostgreSQL runs again");
        await using var server = await Start(durable: true, back);
        var settings = Directory.GetFiles(folder.Data.Path, "postgresql.conf", SearchOption.AllDirectories).Single();
        var right = await File.ReadAllTextAsync(settings);
        using var killed = Process.GetProcessById(server.ProcessId);

        await File.WriteAllTextAsync(settings, right + "\nno_such_setting = 1\n");
        killed.Kill();
        await back.Failed.WaitAsync(TimeSpan.FromSeconds(60));
        await File.WriteAllTextAsync(settings, right);
        await back.Reported.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal("1", await Ask(server, "SELECT '1'"));
    }

    [Fact]
    public async Task A_server_that_a_crashed_process_left_behind_is_replaced()
    {
        int port;
        await using (var crashed = await Start(durable: true))
        {
            port = PortOf(crashed);
            await Run(crashed, "CREATE TABLE kept AS SELECT 42 AS answer");
        }
        var orphan = await StartWithoutUs(port);

        await using var server = await Start();

        Assert.NotEqual(orphan, server.ProcessId);
        await AssertNobodyListens(port);
        Assert.Equal(42, await Ask(server, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task A_server_ends_with_the_process_that_held_it_however_that_dies()
    {
        string connection;
        await using (var server = await Start())
            connection = server.ConnectionString;
        var pid = await StartWithoutUs(new NpgsqlConnectionStringBuilder(connection).Port);
        await using var source = NpgsqlDataSource.Create(connection);
        await using var session = await source.OpenConnectionAsync();
        await using var busy = new NpgsqlCommand("SELECT pg_sleep(600)", session) { CommandTimeout = 60 };
        var answer = busy.ExecuteNonQueryAsync();
        using var guard = OrphanGuard.Watch(pid);

        guard.StandardInput.Close(); // all that is left of a process that was killed

        var end = await Assert.ThrowsAsync<PostgresException>(() => answer);
        Assert.Equal(PostgresErrorCodes.AdminShutdown, end.SqlState);
        await using var next = await Start(); // which waits until the old one is gone
    }

    [Fact]
    public async Task A_stale_pid_file_that_names_a_living_stranger_neither_stops_the_start_nor_harms_the_stranger()
    {
        await using (await Start())
        {
        }
        var sleep = new ProcessStartInfo("sleep", "600");
        if (PostgresHome.Open(folder.Data).User is { } sameUser) // PostgreSQL itself tells other users' processes apart
            sleep.UserName = sameUser;
        using var stranger = Process.Start(sleep)!;
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
        var refusal = Assert.Throws<DataFolderInUseException>(() => DataFolder.Open(folder.Data.Path));

        Assert.Equal(Environment.ProcessId, refusal.Owner);
        Assert.Contains(folder.Data.Path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_PostgreSQL_is_refused_with_the_ways_out()
    {
        var settings = TestFolder.Settings with { Binaries = folder.Data.Path };

        var refusal = await Assert.ThrowsAsync<PostgresNotFoundException>(
            () => PostgresServer.Start(folder.Data, settings, new Progress<string>(), CancellationToken.None));

        Assert.Contains("Install PostgreSQL", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("npm", refusal.Message, StringComparison.Ordinal);
    }

    private string Data => Path.Combine(folder.Data.Path, "postgres", "cluster", "data");

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    private async Task<PostgresServer> Start(bool durable = false, IProgress<string>? progress = null)
    {
        var settings = await Database.Settings() with { Durable = durable };
        return await PostgresServer.Start(folder.Data, settings, progress ?? new Progress<string>(), CancellationToken.None);
    }

    // What a process that was killed together with its guard leaves: a server nobody watches.
    private async Task<int> StartWithoutUs(int port)
    {
        var home = PostgresHome.Open(folder.Data);
        var binaries = await PostgresBinaries.Find(home, PostgresCluster.MajorIn(home), (await Database.Settings()).Binaries, new Progress<string>(), CancellationToken.None);
        var cluster = new PostgresCluster(home.Cluster);
        await home.Tool(binaries.PgCtl).Launch(
            ["start", "--silent", "--wait", "-D", cluster.Data, "-l", cluster.Log, "-o", new PostgresSettings().ServerOptions(port)], CancellationToken.None);
        return int.Parse(File.ReadLines(PidFile).First(), CultureInfo.InvariantCulture);
    }

    private static int PortOf(PostgresServer server) => new NpgsqlConnectionStringBuilder(server.ConnectionString).Port;

    private static async Task AssertNobodyListens(int port)
    {
        using var client = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(IPAddress.Loopback, port));
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

    private sealed class Awaited(string message) : IProgress<string>
    {
        private readonly TaskCompletionSource reported = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reported => reported.Task;

        /// <summary>The first attempt to start it again has failed.</summary>
        public Task Failed => failed.Task;

        public void Report(string value)
        {
            if (value == message)
                reported.TrySetResult();
            if (value.StartsWith("PostgreSQL could not be started again and is tried in", StringComparison.Ordinal))
                failed.TrySetResult();
        }
    }
}
