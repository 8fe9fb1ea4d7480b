using Cx.Application.Configuration;
using Cx.Standalone.Postgres;
using Npgsql;

namespace Cx.Standalone.Demo;

/// <summary>
/// The demo's own data folder. Each demo clears it, so it must never be the folder of a real installation: a marker file tells them apart.
/// </summary>
internal static class DemoFolder
{
    private const string Marker = "demo";

    private static readonly string[] Leftovers = ["clock-offset", "erasures.log"];

    /// <summary>Where the demo keeps its data: <c>Cx__DataFolder</c>, else beside the default one.</summary>
    public static string Resolve(string? configured) => string.IsNullOrWhiteSpace(configured) ? DataFolder.Resolve(null) + "-demo" : DataFolder.Resolve(configured);

    /// <summary>Clears the data of an earlier demo, and sets the clock to the start of the season.</summary>
    /// <exception cref="InvalidSettingsException">The folder holds other files than a demo's.</exception>
    public static async Task Prepare(string path, string? binaries, DateTimeOffset begin, IProgress<string> progress, CancellationToken ct)
    {
        var marker = Path.Combine(path, Marker);
        if (Directory.Exists(path) && !File.Exists(marker) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new InvalidSettingsException([$"The folder {path} was not made by a demo, and each demo clears its folder: set Cx__DataFolder to another folder."]);
        }

        using var folder = DataFolder.Open(path);
        if (File.Exists(marker))
        {
            progress.Report("Clearing the data of the last demo");
            await Clear(folder, binaries, progress, ct);
        }

        await File.WriteAllTextAsync(marker, "A demo of Cx.Serverless keeps its data here; the next demo clears it.\n", ct);
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
