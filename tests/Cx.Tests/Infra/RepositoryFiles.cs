using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Cx.Tests.Infra;

/// <summary>The files these tests read, found from where they were compiled.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", ".."));

    public static string Infrastructure { get; } = Path.Combine(Root, "infra-bicep");

    /// <summary>Every Bicep file, parameter files included.</summary>
    public static IReadOnlyList<string> Bicep { get; } =
        [.. Directory.GetFiles(Infrastructure, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is ".bicep" or ".bicepparam")];

    /// <summary>The text of every C# file that a host is made of.</summary>
    public static IReadOnlyList<string> Sources { get; } =
    [
        .. from file in Directory.GetFiles(Path.Combine(Root, "functions"), "*.cs", SearchOption.AllDirectories)
           where !IsBuilt(file)
           select File.ReadAllText(file),
    ];

    /// <summary>The keys of local.settings.sample.json.</summary>
    public static IReadOnlyList<string> SampleSettings { get; } = ReadSample();

    /// <summary>Is the file one that a build made?</summary>
    public static bool IsBuilt(string file) =>
        Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin");

    private static List<string> ReadSample()
    {
        using var sample = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "local.settings.sample.json")));
        return [.. sample.RootElement.GetProperty("Values").EnumerateObject().Select(p => p.Name)];
    }

    private static string Here([CallerFilePath] string here = "") => here;
}
