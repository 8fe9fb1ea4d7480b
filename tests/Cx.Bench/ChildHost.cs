using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using Cx.Standalone;
using Cx.Standalone.Postgres;
using Npgsql;

namespace Cx.Bench;

/// <summary>The Standalone host in a process of its own, so that its memory is its own, workers included, and so that it can be killed; its PostgreSQL is started here.</summary>
internal sealed class ChildHost : IAsyncDisposable
{
    private const string AdminKey = "the-admin-key-of-the-bench";

    private static readonly string[] Languages = ["it"];

    private readonly DirectoryInfo folder;
    private readonly DataFolder data;
    private readonly PostgresServer postgres;
    private readonly IReadOnlyDictionary<string, string> settings;

    private Process process;
    private OrphanGuard guard;

    private ChildHost(DirectoryInfo folder, DataFolder data, PostgresServer postgres, IReadOnlyDictionary<string, string> settings, Process process, Uri address)
    {
        (this.folder, this.data, this.postgres, this.settings) = (folder, data, postgres, settings);
        (this.process, guard, Address) = (process, OrphanGuard.Over(process.Id), address);
        Database = NpgsqlDataSource.Create(postgres.ConnectionString);
        Client = new() { BaseAddress = new(address, $"api/shops/{BenchHost.Shop}/"), Timeout = TimeSpan.FromMinutes(5) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
    }

    /// <summary>The same after a restart.</summary>
    public Uri Address { get; }

    /// <summary>As the administrator, below the shop.</summary>
    public HttpClient Client { get; }

    public NpgsqlDataSource Database { get; }

    /// <summary>Resident, in MB: now, and the most since the process began.</summary>
    public (double Now, double Peak) Memory()
    {
        process.Refresh();
        return (process.WorkingSet64 / 1048576.0, process.PeakWorkingSet64 / 1048576.0);
    }

    /// <param name="settings">Further environment variables.</param>
    /// <param name="now">What its clock says as it starts; none: the time.</param>
    public static async Task<ChildHost> Start(IReadOnlyDictionary<string, string>? settings = null, DateTimeOffset? now = null)
    {
        var folder = Directory.CreateTempSubdirectory("cx-bench-");
        var data = DataFolder.Open(Path.Combine(folder.FullName, "database"));
        var postgres = await PostgresServer.Start(data, new PostgresSettings(), new Progress<string>(), CancellationToken.None);
        var own = folder.CreateSubdirectory("host");
        if (now is { } instant)
            MovableClock.Set(own.FullName, instant);
        var environment = new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
        {
            ["ConnectionStrings__Postgres"] = postgres.ConnectionString,
            ["Cx__MasterKey"] = Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(i => (byte)i)]),
            ["Cx__AdminKey"] = AdminKey,
            ["Cx__DataFolder"] = own.FullName,
            ["Logging__LogLevel__Default"] = "Error",
        };
        var process = Launch("http://127.0.0.1:0", environment);
        var host = new ChildHost(folder, data, postgres, environment, process, await Listening(process));
        await host.Put("", new { name = "Bench", timeZone = "Europe/Rome", languages = Languages });
        await host.Put("sources/shopify", new { secret = BenchHost.Secret, requestsPerSecond = 10_000 });
        await host.Put("sending", new { sending = "on" });
        return host;
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
        guard.Dispose();
        process.Dispose();
    }

    /// <summary>Starts it again, once it was killed, where it was.</summary>
    public async Task Restart()
    {
        process = Launch(Address.GetLeftPart(UriPartial.Authority), settings);
        guard = OrphanGuard.Over(process.Id);
        await Listening(process);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Database.DisposeAsync();
        await Kill();
        await postgres.DisposeAsync();
        data.Dispose();
        folder.Delete(recursive: true);
    }

    private static Process Launch(string address, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo(Runtime(), [Path.Combine(AppContext.BaseDirectory, "Cx.Standalone.dll"), "serve", "--urls", address]) { RedirectStandardOutput = true };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    // Three folders above that of the framework.
    private static string Runtime() =>
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");

    private static async Task<Uri> Listening(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Split(' ') is ["Cx.Serverless", "listens", "on", var address, ..])
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new(address);
            }
        }

        throw new InvalidOperationException("The host ended before it listened.");
    }

    private async Task Put(string path, object body)
    {
        using var answer = await Client.PutAsJsonAsync(path.Length == 0 ? Client.BaseAddress!.AbsoluteUri.TrimEnd('/') : path, body);
        answer.EnsureSuccessStatusCode();
    }
}
