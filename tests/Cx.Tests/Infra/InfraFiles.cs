using System.Runtime.CompilerServices;

namespace Cx.Tests.Infra;

/// <summary>The files these tests read, found from where they were compiled.</summary>
internal static class InfraFiles
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", ".."));

    public static string Folder { get; } = Path.Combine(Root, "infra-bicep");

    public static IReadOnlyDictionary<string, BicepFile> Bicep { get; } =
        Directory.GetFiles(Folder, "*.bicep", SearchOption.AllDirectories).ToDictionary(path => path, BicepFile.Open);

    public static BicepFile Main => Bicep[Path.Combine(Folder, "main.bicep")];

    public static IReadOnlyList<BicepFile> ParameterFiles { get; } = [.. Directory.GetFiles(Folder, "*.bicepparam").Select(BicepFile.Open)];

    /// <summary>The text of every C# file that a host is made of.</summary>
    public static IReadOnlyList<string> Sources { get; } =
        [.. Directory.GetFiles(Path.Combine(Root, "functions"), "*.cs", SearchOption.AllDirectories).Where(f => !IsBuilt(f)).Select(File.ReadAllText)];

    public static BicepFile Module(string name) => Bicep[Path.Combine(Folder, "modules", name + ".bicep")];

    private static bool IsBuilt(string file) => Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar) is var parts && (parts.Contains("obj") || parts.Contains("bin"));

    private static string Here([CallerFilePath] string here = "") => here;
}
