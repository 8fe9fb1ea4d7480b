using System.Runtime.InteropServices;

namespace Cx.Application.Privacy;

/// <summary>
/// What the framework does not offer about files that must survive a power cut: an entry of a folder made durable, and a new name taken
/// atomically.
/// </summary>
internal static class DurableFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// Writes a new file that only its owner may read, whole and on disk before it has its name. False, and nothing changed, when the name
    /// is taken.
    /// </summary>
    public static bool Publish(string path, ReadOnlySpan<byte> content)
    {
        CreateFolder(path);
        var temporary = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            using (var file = Open(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            return TakeName(temporary, path);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Opens a file that, if it is made now, only its owner may read.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return new(path, options);
    }

    /// <summary>Makes the folder of a path, for its owner only.</summary>
    public static void CreateFolder(string path)
    {
        var folder = FolderOf(path);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
    }

    /// <summary>
    /// Puts the folder's entry of a file on disk: on Unix, flushing a new file does not promise that its name is there after a crash.
    /// </summary>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var folder = Native.Open(FolderOf(path), flags: 0);
        if (folder < 0) throw Failed(path);
        try
        {
            if (Native.Fsync(folder) != 0) throw Failed(path);
        }
        finally
        {
            _ = Native.Close(folder);
        }
    }

    // File.Move without overwriting looks first and renames after, so two processes could both succeed; a hard link cannot.
    private static bool TakeName(string temporary, string path)
    {
        if (OperatingSystem.IsWindows() || Native.Link(temporary, path) != 0)
        {
            if (File.Exists(path)) return false;
            File.Move(temporary, path, overwrite: false);
        }

        FlushFolder(path);
        return true;
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static IOException Failed(string path) =>
        new($"The folder of {path} could not be flushed: error {Marshal.GetLastPInvokeError()}.");

    private static class Native
    {
        [DllImport("libc", EntryPoint = "open", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Fsync(int file);

        [DllImport("libc", EntryPoint = "close", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int file);

        [DllImport("libc", EntryPoint = "link", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
    }
}
