using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cx.Application.Privacy;

namespace Cx.Standalone;

/// <summary>The folder with the keys and the embedded database of this installation, locked by one process at a time.</summary>
public sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream lockFile;

    private DataFolder(string path, FileStream lockFile)
    {
        Path = path;
        this.lockFile = lockFile;
    }

    public string Path { get; }

    /// <summary>Creates the folder if it is missing, readable by its owner only, and locks it.</summary>
    /// <param name="configured">`Cx__DataFolder`; empty means the user's local application data.</param>
    /// <exception cref="DataFolderInUseException">Another process has locked it.</exception>
    public static DataFolder Open(string? configured)
    {
        var path = Resolve(configured);
        Create(path);
        return new DataFolder(path, Lock(path));
    }

    /// <summary>In the user's local application data; null where this user has none.</summary>
    public static string? Default =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } local
            ? System.IO.Path.Combine(local, "cx-serverless")
            : null;

    /// <param name="configured">`Cx__DataFolder`; empty means the default.</param>
    public static string Resolve(string? configured) => !string.IsNullOrWhiteSpace(configured)
        ? System.IO.Path.GetFullPath(configured)
        : Default ?? throw new InvalidOperationException("This user has no local application data folder: set Cx__DataFolder to a folder to keep data in.");

    public void Dispose() => lockFile.Dispose();

    // An existing folder keeps its mode.
    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly);
    }

    private static FileStream Lock(string path)
    {
        var file = System.IO.Path.Combine(path, "lock");
        var owner = System.IO.Path.Combine(path, "lock.pid"); // a file of its own, because the lock also excludes readers
        FileStream lockFile;
        try
        {
            // The operating system releases the lock when the process ends, also when it is killed.
            lockFile = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException) && File.Exists(file))
        {
            throw new DataFolderInUseException(path, OwnerIn(owner), e);
        }
        File.WriteAllText(owner, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return lockFile;
    }

    private static int? OwnerIn(string file) =>
        File.Exists(file) && int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var pid) ? pid : null;
}

/// <summary>Another process uses this data folder; two would corrupt it.</summary>
public sealed class DataFolderInUseException(string folder, int? owner, Exception inner) : Exception(
    $"The data folder {folder} is in use by {(owner is { } pid ? $"process {pid}" : "another process")}. "
    + "Stop that one first, or set Cx__DataFolder to another folder.", inner)
{
    public string Folder { get; } = folder;

    /// <summary>The process that has locked the folder, where it could be read.</summary>
    public int? Owner { get; } = owner;
}

/// <summary>The admin key of an installation without Cx__AdminKey: generated once, printed once, kept in the data folder, readable by its owner only.</summary>
internal static class AdminKeyFile
{
    /// <summary>Null when there is no file. A key that is too short is refused together with the settings.</summary>
    public static string? Read(string folder) => File.Exists(PathIn(folder)) ? File.ReadAllText(PathIn(folder)).Trim() : null;

    public static string LoadOrCreate(string folder, IProgress<string> progress)
    {
        var key = "cxa_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        if (Read(folder) is null && DurableFile.Publish(PathIn(folder), Encoding.ASCII.GetBytes(key + "\n")))
        {
            progress.Report($"Admin key (shown once, kept in {PathIn(folder)}): {key}");
            return key;
        }

        return Read(folder)!;   // Read again where another process made it meanwhile.
    }

    private static string PathIn(string folder) => Path.Combine(folder, "admin-key");
}
