using System.Globalization;

namespace Cx.Standalone;

/// <summary>The folder this installation keeps its keys and its own database in, held by one process at a time.</summary>
public sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream held;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        this.held = held;
    }

    public string Path { get; }

    /// <summary>Creates the folder if it is missing, readable by its owner only, and takes it for this process.</summary>
    /// <param name="configured">`Cx__DataFolder`; empty means the user's local application data.</param>
    /// <exception cref="DataFolderInUseException">Another process holds it.</exception>
    public static DataFolder Open(string? configured)
    {
        var path = Resolve(configured);
        Create(path);
        return new DataFolder(path, Hold(path));
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

    public void Dispose() => held.Dispose();

    // A folder that is already there keeps the mode its owner gave it.
    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly);
    }

    private static FileStream Hold(string path)
    {
        var file = System.IO.Path.Combine(path, "lock");
        var owner = System.IO.Path.Combine(path, "lock.pid"); // beside it, for the lock keeps readers out too
        FileStream held;
        try
        {
            // The system lets go of it when the process dies, however it dies.
            held = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException) && File.Exists(file))
        {
            throw new DataFolderInUseException(path, OwnerIn(owner), e);
        }
        File.WriteAllText(owner, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return held;
    }

    private static int? OwnerIn(string file) =>
        File.Exists(file) && int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var pid) ? pid : null;
}

/// <summary>Another process works in this data folder; two would corrupt it.</summary>
public sealed class DataFolderInUseException(string folder, int? owner, Exception inner) : Exception(
    $"The data folder {folder} is in use by {(owner is { } pid ? $"process {pid}" : "another process")}. "
    + "Stop that one first, or set Cx__DataFolder to another folder.", inner)
{
    public string Folder { get; } = folder;

    /// <summary>The process that holds the folder, when it could be read.</summary>
    public int? Owner { get; } = owner;
}
