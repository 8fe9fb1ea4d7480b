using System.Text.Json;

namespace Cx.Application.Privacy;

/// <summary>
/// The installation keys as a file that only its owner may read. It appears whole or not at all, and is never overwritten.
/// </summary>
internal static class KeyFile
{
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static InstallationKeys LoadOrCreate(string path)
    {
        // Where several processes create it at once, all read the one that was published first.
        if (!File.Exists(path)) DurableFile.Publish(path, Write(InstallationKeys.Generate()));
        return Load(path);
    }

    private static InstallationKeys Load(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
            throw new UnusableKeysException($"The key file {path} can be read by others. Allow only its owner: chmod 600 {path}");
        return Read(File.ReadAllBytes(path), $"The key file {path}");
    }

    /// <param name="what">What the error names as unusable.</param>
    public static InstallationKeys Read(ReadOnlySpan<byte> content, string what)
    {
        try
        {
            var keys = JsonSerializer.Deserialize<Keys>(content, Format) ?? throw new JsonException("It holds null.");
            return new(Versions(keys.Wrapping), Versions(keys.Lookup), Versions(keys.Links));
        }
        catch (JsonException e)
        {
            // Not the reader's message, which names .NET types.
            throw new UnusableKeysException($"{what} is not usable: it is not the JSON that is expected; the first error is at '{e.Path}'.", e);
        }
        catch (UnusableKeysException e)
        {
            throw new UnusableKeysException($"{what} is not usable: {e.Message}", e);
        }
    }

    private static byte[] Write(InstallationKeys keys) =>
        JsonSerializer.SerializeToUtf8Bytes(new Keys(Entries(keys.Wrapping), Entries(keys.Lookup), Entries(keys.Links)), Format);

    private static IEnumerable<(int, byte[])> Versions(IReadOnlyList<Entry>? entries) =>
        (entries ?? []).Select(e => (e.Version, e.Key ?? []));

    private static List<Entry> Entries(VersionedKey key) =>
        [.. key.Versions.Select(version => new Entry(version, key.Bytes(version).ToArray()))];

    private sealed record Keys(IReadOnlyList<Entry> Wrapping, IReadOnlyList<Entry> Lookup, IReadOnlyList<Entry> Links);

    private sealed record Entry(int Version, byte[] Key);
}
