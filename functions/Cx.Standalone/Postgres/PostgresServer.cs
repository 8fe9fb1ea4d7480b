using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Cx.Standalone.Postgres;

/// <summary>The embedded PostgreSQL: created once in the data folder, reachable on 127.0.0.1 only, running until this object is disposed.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Database = "cx";
    private const int Attempts = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly PostgresHome home;
    private readonly PostgresBinaries binaries;
    private readonly PostgresCluster cluster;
    private readonly PostgresSettings settings;
    private readonly IProgress<string> progress;
    private readonly CancellationTokenSource stopping = new();
    private OrphanGuard? guard;
    private Task supervision = Task.CompletedTask;
    private int port;

    private PostgresServer(PostgresHome home, PostgresBinaries binaries, PostgresCluster cluster, PostgresSettings settings, IProgress<string> progress)
    {
        this.home = home;
        this.binaries = binaries;
        this.cluster = cluster;
        this.settings = settings;
        this.progress = progress;
    }

    /// <summary>For the database `cx`, as its owner.</summary>
    public string ConnectionString => ConnectionTo(Database);

    /// <summary>The process id of the server; another one after a crash.</summary>
    public int ProcessId { get; private set; }

    /// <summary>The folder of its programs.</summary>
    public string Binaries => binaries.Folder;

    /// <summary>Starts the server of this data folder, which the caller has locked; creates the cluster where there is none.</summary>
    /// <exception cref="PostgresNotFoundException">There is neither an installed PostgreSQL nor npm.</exception>
    /// <exception cref="PostgresFailedException">It did not start; the message ends with its log.</exception>
    public static async Task<PostgresServer> Start(DataFolder folder, PostgresSettings settings, IProgress<string> progress, CancellationToken ct)
    {
        var home = PostgresHome.Open(folder);
        var binaries = await PostgresBinaries.Find(home, PostgresCluster.MajorIn(home), settings.Binaries, progress, ct);
        var cluster = await PostgresCluster.Open(home, binaries, settings, ct);
        var started = new PostgresServer(home, binaries, cluster, settings, progress);
        try
        {
            await started.Launch(FreePort, ct);
            await started.CreateDatabase(ct);
            started.supervision = started.Supervise();
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = IPAddress.Loopback.ToString(),
        Port = port,
        Username = PostgresCluster.SuperUser,
        Password = cluster.Password(),
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await supervision;
        await Stop(CancellationToken.None);
        guard?.Dispose();
        stopping.Dispose();
    }

    // pg_ctl gives the server a session of its own, so Ctrl-C in the terminal stops this process first, which can still write.
    private async Task Launch(Func<int> choosePort, CancellationToken ct)
    {
        await Stop(ct); // a server that a crashed run left
        for (var attempt = 1; ; attempt++)
        {
            cluster.ForgetCrash();
            port = choosePort();
            var exit = await home.Tool(binaries.PgCtl).Launch(
                ["start", "--silent", "--wait", "--timeout=600", "-D", cluster.Data, "-l", cluster.Log, "-o", settings.ServerOptions(port)], ct);
            using var running = cluster.Running();
            if (exit == 0 && running is not null)
            {
                guard?.Dispose();
                guard = OrphanGuard.Over(running.Id);
                ProcessId = running.Id;
                return;
            }
            // The port was taken meanwhile, or the last sessions of a killed server have not ended yet.
            if (attempt == Attempts)
                throw new PostgresFailedException(cluster);
            await Task.Delay(Pause, ct);
        }
    }

    private async Task Supervise()
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                using var running = cluster.Running();
                if (running is not null)
                    continue;
                progress.Report("PostgreSQL ended unexpectedly: starting it again");
                await LaunchAgain();
                progress.Report("PostgreSQL runs again");
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    // Whatever keeps it from starting, a full disk for one, may pass: there is no last attempt.
    private async Task LaunchAgain()
    {
        for (var pause = TimeSpan.FromSeconds(1); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await Launch(() => port, stopping.Token);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                progress.Report($"PostgreSQL could not be started again and is tried in {pause.TotalSeconds:0} s: {e.Message}");
                await Task.Delay(pause, stopping.Token);
            }
        }
    }

    private async Task Stop(CancellationToken ct)
    {
        using var running = cluster.Running();
        if (running is null)
            return;
        var pgCtl = home.Tool(binaries.PgCtl);
        try
        {
            await pgCtl.Run(["stop", "-D", cluster.Data, "--wait", "--timeout=60", "-m", "fast"], ct);
        }
        catch (ToolFailedException) when (cluster.Running() is { } still)
        {
            still.Dispose();
            await pgCtl.Run(["stop", "-D", cluster.Data, "--wait", "--timeout=60", "-m", "immediate"], ct);
        }
        catch (ToolFailedException)
        {
            // It has ended meanwhile.
        }
    }

    private async Task CreateDatabase(CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionTo("postgres"));
        await using var exists = source.CreateCommand("SELECT 1 FROM pg_database WHERE datname = $1");
        exists.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Database });
        if (await exists.ExecuteScalarAsync(ct) is not null)
            return;
        await using var create = source.CreateCommand($"CREATE DATABASE {Database}");
        await create.ExecuteNonQueryAsync(ct);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>The embedded PostgreSQL did not start.</summary>
public sealed class PostgresFailedException : Exception
{
    internal PostgresFailedException(PostgresCluster cluster)
        : base($"PostgreSQL did not start on {cluster.Data}. The end of its log:{Environment.NewLine}{cluster.LogTail()}")
    {
    }
}
