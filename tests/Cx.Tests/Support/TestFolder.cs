using Cx.Standalone;
using Cx.Standalone.Postgres;

namespace Cx.Tests.Support;

/// <summary>A data folder that a test takes and leaves without a trace; what a killed run left goes with the next one.</summary>
public sealed class TestFolder : IDisposable
{
    private static readonly string Parent = Path.Combine(Path.GetTempPath(), $"cx-tests-{Environment.UserName}");
    private static readonly Lazy<int> Swept = new(Sweep);

    private TestFolder(DataFolder data) => Data = data;

    public DataFolder Data { get; private set; }

    public static PostgresSettings Settings { get; } =
        new() { Binaries = Environment.GetEnvironmentVariable("Cx__PostgresBin"), Durable = false };

    public static TestFolder Create()
    {
        _ = Swept.Value;
        Directory.CreateDirectory(Parent);
        return new TestFolder(DataFolder.Open(Path.Combine(Parent, Guid.NewGuid().ToString("N"))));
    }

    /// <summary>Lets go of the folder and takes it again, as the next process would.</summary>
    public void Reopen()
    {
        Data.Dispose();
        Data = DataFolder.Open(Data.Path);
    }

    public void Dispose()
    {
        // A server that is just ending still removes files of its own: what is gone before we come to it is no failure, and what is left is the next run's.
        for (var tries = 0; tries < 5 && Directory.Exists(Data.Path); tries++)
        {
            try
            {
                Delete(Data.Path);
            }
            catch (IOException)
            {
            }
        }

        Data.Dispose();
    }

    private static void Delete(string folder)
    {
        // Where the way to the temporary folder is closed to others, the database is elsewhere and this is a link.
        if (new DirectoryInfo(Path.Combine(folder, "postgres")).LinkTarget is { } outside)
            Directory.Delete(outside, recursive: true);
        Directory.Delete(folder, recursive: true);
    }

    private static int Sweep()
    {
        var left = Directory.Exists(Parent) ? Directory.GetDirectories(Parent) : [];
        foreach (var folder in left)
        {
            try
            {
                using (DataFolder.Open(folder))
                    Delete(folder);
            }
            catch (Exception e) when (e is DataFolderInUseException or IOException)
            {
                // Another run works in it, or its server is just ending.
            }
        }
        return left.Length;
    }
}
