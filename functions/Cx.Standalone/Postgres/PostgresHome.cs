using System.Security.Cryptography;

namespace Cx.Standalone.Postgres;

/// <summary>The folder of the embedded PostgreSQL, and the user it runs as: null is the current user.</summary>
/// <remarks>
/// PostgreSQL refuses to run as root, so root starts it as another user, who must be able to reach its files.
/// Where other users can reach the data folder (a volume mounted at /data), the home stays inside it: the data folder gets
/// execute permission for others, no read permission, and everything else in it stays closed. Where they cannot (below /root), the home
/// is a folder of its own under /var/lib, and the data folder holds a link to it: a data folder that is moved keeps its database.
/// </remarks>
internal sealed record PostgresHome(string Folder, string? User)
{
    private const string Outside = "/var/lib/cx-serverless";
    private const UnixFileMode PassThrough = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string Cluster => Path.Combine(Folder, "cluster");

    public static PostgresHome Open(DataFolder data)
    {
        var home = Path.Combine(data.Path, "postgres");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(home);
            return new PostgresHome(home, null);
        }
        if (!Environment.IsPrivilegedProcess)
        {
            Directory.CreateDirectory(home, OwnerOnly);
            return new PostgresHome(home, null);
        }
        var user = OtherUser();
        if (new DirectoryInfo(home).LinkTarget is { } outside)
            return new PostgresHome(OpenToPass(outside), user);
        if (!Directory.Exists(home) && !ReachableByOthers(Path.GetDirectoryName(data.Path)))
        {
            outside = OpenToPass(Path.Combine(Outside, RandomNumberGenerator.GetHexString(12, lowercase: true)));
            Directory.CreateSymbolicLink(home, outside);
            return new PostgresHome(outside, user);
        }
        OpenToPass(data.Path);
        return new PostgresHome(OpenToPass(home), user);
    }

    /// <summary>Whether a user who is neither owner nor in the group can reach files in the folder.</summary>
    public static bool ReachableByOthers(string? folder)
    {
        for (var at = folder; at is not null && !OperatingSystem.IsWindows(); at = Path.GetDirectoryName(at))
        {
            if ((File.GetUnixFileMode(at) & UnixFileMode.OtherExecute) == 0)
                return false;
        }
        return true;
    }

    /// <summary>A program of PostgreSQL, run by the user that owns the cluster.</summary>
    public Tool Tool(string program) => new(program, Folder, User);

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static string OpenToPass(string folder)
    {
        Directory.CreateDirectory(folder, OwnerOnly | PassThrough);
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | PassThrough); // the umask may have closed it
        return folder;
    }

    private static string OtherUser()
    {
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet();
        return users.Contains("postgres") ? "postgres" : users.Contains("nobody") ? "nobody" : throw new InvalidOperationException(
            "PostgreSQL does not run as root, and this system has neither a user postgres nor nobody: "
            + "run as an ordinary user, or set ConnectionStrings__Postgres.");
    }
}
