using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Cx.Standalone.Postgres;

/// <summary>One database cluster on disk with its password and log, all inside one folder owned by the user that runs it.</summary>
internal sealed record PostgresCluster(string Folder)
{
    public const string SuperUser = "cx";

    public string Data => Path.Combine(Folder, "data");

    public string Log => Path.Combine(Folder, "server.log");

    private string PasswordFile => Path.Combine(Folder, "password");

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    /// <summary>The major version that made the cluster in this home; null when there is none yet.</summary>
    public static int? MajorIn(PostgresHome home)
    {
        var version = Path.Combine(new PostgresCluster(home.Cluster).Data, "PG_VERSION");
        return File.Exists(version) ? int.Parse(File.ReadAllText(version), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The cluster of this home; created under another name and then renamed, so that an interrupted start never leaves an incomplete one.</summary>
    public static async Task<PostgresCluster> Open(PostgresHome home, PostgresBinaries binaries, PostgresSettings settings, CancellationToken ct)
    {
        var cluster = new PostgresCluster(home.Cluster);
        if (Directory.Exists(cluster.Folder))
            return cluster;

        var draft = new PostgresCluster(home.Cluster + ".draft");
        if (Directory.Exists(draft.Folder))
            Directory.Delete(draft.Folder, recursive: true);
        await draft.Create(home, binaries, settings, ct);
        Directory.Move(draft.Folder, cluster.Folder);
        return cluster;
    }

    public string Password() => File.ReadAllText(PasswordFile);

    /// <summary>The server that runs on this cluster; null when none does, whatever files a crash left.</summary>
    public Process? Running()
    {
        if (!File.Exists(PidFile) || File.ReadAllLines(PidFile) is not [var pid, _, var started, ..])
            return null;
        try
        {
            var process = Process.GetProcessById(int.Parse(pid, CultureInfo.InvariantCulture));
            // After a reboot the process id may belong to any program, even to another PostgreSQL: only the start time tells.
            var wrote = DateTimeOffset.FromUnixTimeSeconds(long.Parse(started, CultureInfo.InvariantCulture));
            var dead = process.WorkingSet64 == 0; // a zombie process
            if (!dead && process.ProcessName == "postgres" && (process.StartTime.ToUniversalTime() - wrote.UtcDateTime).Duration() < TimeSpan.FromMinutes(1))
                return process;
            process.Dispose();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // The process has ended.
        }
        return null;
    }

    /// <summary>Removes the pid file of a crash before a start: PostgreSQL would take any process with that id for itself.</summary>
    public void ForgetCrash()
    {
        File.Delete(PidFile);
        if (File.Exists(Log))
            File.Move(Log, Log + ".previous", overwrite: true);
    }

    public string LogTail() => File.Exists(Log) ? string.Join(Environment.NewLine, File.ReadLines(Log).TakeLast(15)) : "";

    private async Task Create(PostgresHome home, PostgresBinaries binaries, PostgresSettings settings, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Folder);
        else
            Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using (var file = new FileStream(PasswordFile, Secret()))
            await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32, lowercase: true)), ct);
        if (home.User is { } user)
            await new Tool("chown", home.Folder).Run(["-R", user, Folder], ct);
        await home.Tool(binaries.InitDb).Run(
            [
                "-D", Data, "-U", SuperUser, $"--pwfile={PasswordFile}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale",
                "--data-checksums", "--no-instructions", .. settings.Durable ? Array.Empty<string>() : ["--no-sync"],
            ], ct);
    }

    private static FileStreamOptions Secret()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
