using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using Cx.Standalone;
using Cx.Standalone.Postgres;
using Npgsql;

namespace Cx.Bench;

/// <summary>The Standalone host in a process of its own, so that its memory is its own, workers included; its PostgreSQL is started here.</summary>
internal sealed class ChildHost : IAsyncDisposable
{
    private const string AdminKey = "the-admin-key-of-the-bench";

    private static readonly string[] Languages = ["it"];

    private readonly DirectoryInfo folder;
    private readonly DataFolder data;
    private readonly PostgresServer postgres;
    private readonly Process process;
    private readonly OrphanGuard guard;

    private ChildHost(DirectoryInfo folder, DataFolder data, PostgresServer postgres, Process process, OrphanGuard guard, Uri address)
    {
        (this.folder, this.data, this.postgres) = (folder, data, postgres);
        (this.process, this.guard, Address) = (process, guard, address);
        Database = NpgsqlDataSource.Create(postgres.ConnectionString);
        Client = new() { BaseAddress = new(address, $"api/shops/{BenchHost.Shop}/"), Timeout = TimeSpan.FromMinutes(5) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
    }

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

    public static async Task<ChildHost> Start()
    {
        var folder = Directory.CreateTempSubdirectory("cx-bench-");
        var data = DataFolder.Open(Path.Combine(folder.FullName, "database"));
        var postgres = await PostgresServer.Start(data, new PostgresSettings(), new Progress<string>(), CancellationToken.None);
        var program = Path.Combine(AppContext.BaseDirectory, "Cx.Standalone.dll");
        var start = new ProcessStartInfo(Runtime(), [program, "serve", "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                ["ConnectionStrings__Postgres"] = postgres.ConnectionString,
                ["Cx__MasterKey"] = Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(i => (byte)i)]),
                ["Cx__AdminKey"] = AdminKey,
                ["Cx__DataFolder"] = Path.Combine(folder.FullName, "host"),
                ["Logging__LogLevel__Default"] = "Error",
            },
        };
        var process = Process.Start(start)!;
        var host = new ChildHost(folder, data, postgres, process, OrphanGuard.Over(process.Id), await Listening(process));
        await host.Put("", new { name = "Bench", timeZone = "Europe/Rome", languages = Languages });
        await host.Put("sources/shopify", new { secret = BenchHost.Secret, requestsPerSecond = 10_000 });
        await host.Put("sending", new { sending = "on" });
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Database.DisposeAsync();
        process.Kill();
        await process.WaitForExitAsync();
        guard.Dispose();
        process.Dispose();
        await postgres.DisposeAsync();
        data.Dispose();
        folder.Delete(recursive: true);
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
