using Cx.Application.Configuration;
using Cx.Standalone.Postgres;
using Npgsql;

namespace Cx.Standalone.Demo;

/// <summary>
/// The demo's own data folder. It starts each time from nothing, and so must never be a real installation's: a marker tells them apart.
/// </summary>
internal static class DemoFolder
{
    private const string Marker = "demo";

    private static readonly string[] Leftovers = ["clock-offset", "erasures.log"];

    /// <summary>Where the demo keeps its data: <c>Cx__DataFolder</c>, else beside the default one.</summary>
    public static string Resolve(string? configured) => string.IsNullOrWhiteSpace(configured) ? DataFolder.Resolve(null) + "-demo" : DataFolder.Resolve(configured);

    /// <summary>Empties the folder of what an earlier demo left, and sets its clock to where the season begins.</summary>
    /// <exception cref="InvalidSettingsException">The folder holds something that no demo made.</exception>
    public static async Task Prepare(string path, string? binaries, DateTimeOffset begin, IProgress<string> progress, CancellationToken ct)
    {
        var marker = Path.Combine(path, Marker);
        if (Directory.Exists(path) && !File.Exists(marker) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new InvalidSettingsException([$"The folder {path} holds something that no demo made, and the demo starts from nothing each time: set Cx__DataFolder to another folder."]);
        }

        using var folder = DataFolder.Open(path);
        if (File.Exists(marker))
        {
            progress.Report("Clearing what the last demo left...");
            await Clear(folder, binaries, progress, ct);
        }

        await File.WriteAllTextAsync(marker, "A demo of Cx.Serverless keeps its data here; the next one clears it.\n", ct);
        MovableClock.Set(path, begin);
    }

    private static async Task Clear(DataFolder folder, string? binaries, IProgress<string> progress, CancellationToken ct)
    {
        foreach (var name in Leftovers)
        {
            File.Delete(Path.Combine(folder.Path, name));
        }

        await using var server = await PostgresServer.Start(folder, new PostgresSettings { Binaries = binaries }, progress, ct);
        await using var database = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = database.CreateCommand("drop schema public cascade; create schema public");
        await command.ExecuteNonQueryAsync(ct);
    }
}
