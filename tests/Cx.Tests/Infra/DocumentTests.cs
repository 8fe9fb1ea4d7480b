using System.Text.RegularExpressions;
using Cx.Application;
using Cx.Application.Api;

namespace Cx.Tests.Infra;

/// <summary>The READMEs name what exists: files, headings, settings, routes.</summary>
public partial class DocumentTests
{
    private const int LongestReadme = 15_000;

    /// <summary>Files that a running host or its user makes.</summary>
    private static readonly string[] MadeLater = ["appsettings.json", "local.settings.json", "keys.json", "erasures.log"];

    private static readonly IReadOnlyList<string> Files = [.. Repository().Select(Relative)];

    private static readonly IReadOnlyList<string> Readmes =
        [.. Files.Where(f => Path.GetFileName(f) == "README.md").Order(StringComparer.Ordinal)];

    public static TheoryData<string> Documents { get; } = [.. Readmes];

    [Fact]
    public void The_first_document_is_short() => Assert.InRange(Read("README.md").Length, 1, LongestReadme);

    [Fact]
    public void What_is_described_has_a_document() => Assert.Equal(
        [
            "README.md", "domain/Cx.Domain/FollowUps/Cadences/README.md", "domain/Cx.Domain/FollowUps/Simulating/README.md", "functions/Cx.Application/Api/README.md", "functions/Cx.Application/FollowUps/Policies/README.md",
            "functions/Cx.Application/FollowUps/Templates/README.md",
            "functions/Cx.FunctionApp/README.md", "functions/Cx.Standalone/README.md", "infra-bicep/README.md", "tests/Cx.Bench/README.md",
        ],
        Readmes);

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_to_a_file_and_a_heading_that_exist(string document) => Assert.Empty(
        from link in Links().Matches(Read(document)).Select(m => m.Groups[1].Value)
        where !link.Contains("://", StringComparison.Ordinal)
        let parts = link.Split('#')
        let target = parts[0].Length == 0 ? document : Resolve(document, parts[0])
        where !Exists(target) || (parts.Length > 1 && !Anchors(target).Contains(parts[1]))
        select link);

    /// <summary>Named with a path, from the document's folder or the repository's; named alone, anywhere.</summary>
    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_file_that_is_named_exists(string document) => Assert.Empty(
        from name in FileNames().Matches(Read(document)).Select(m => m.Value).Distinct()
        where !MadeLater.Contains(name) && !Exists(name) && !Exists(Resolve(document, name)) && !Files.Any(f => Path.GetFileName(f) == name)
        select name);

    [Fact]
    public void Every_setting_of_the_sample_is_described()
    {
        var described = Described("functions/Cx.Standalone/README.md").Concat(Described("functions/Cx.FunctionApp/README.md")).ToHashSet();

        Assert.Empty(RepositoryFiles.SampleSettings.Except(described));
        Assert.Empty(described.Except(RepositoryFiles.SampleSettings));
    }

    [Fact]
    public void Every_route_is_listed_with_its_scope()
    {
        var table = Read("functions/Cx.Application/Api/README.md");

        Assert.Empty(
            from endpoint in ApiEndpoints.All
            let route = "/" + endpoint.Route
            let shown = route.StartsWith("/api/shops/{shop}", StringComparison.Ordinal) ? route["/api/shops/{shop}".Length..] : route
            let scope = endpoint.Route == Routes.Webhook ? "signature" : endpoint.Access.ToString().ToLowerInvariant()
            where !table.Contains($"| `{$"{endpoint.Method} {shown}".TrimEnd()}` | {scope} |", StringComparison.Ordinal)
            select $"{endpoint.Method} {shown}, {scope}");
    }

    /// <summary>The keys in the first column of the table under "Settings".</summary>
    private static IEnumerable<string> Described(string document) =>
        from line in Read(document).Split("\n## ").Single(section => section.StartsWith("Settings\n", StringComparison.Ordinal)).Split('\n')
        where line.StartsWith("| `", StringComparison.Ordinal)
        from key in Quoted().Matches(line.Split('|')[1])
        select key.Groups[1].Value;

    private static HashSet<string> Anchors(string document) =>
    [
        .. from heading in Headings().Matches(Read(document))
           select NotInAnchor().Replace(heading.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'),
    ];

    private static bool Exists(string path) =>
        Files.Contains(path) || Files.Any(f => f.StartsWith(path.TrimEnd('/') + "/", StringComparison.Ordinal));

    private static string Resolve(string document, string target) =>
        Relative(Path.GetFullPath(Path.Combine(RepositoryFiles.Root, Path.GetDirectoryName(document)!, target)));

    private static string Relative(string path) => Path.GetRelativePath(RepositoryFiles.Root, path).Replace('\\', '/');

    private static string Read(string document) => File.ReadAllText(Path.Combine(RepositoryFiles.Root, document)).ReplaceLineEndings("\n");

    // The folders of the repository, listed so that nothing is read that is not part of it.
    private static IEnumerable<string> Repository() =>
        Directory.GetFiles(RepositoryFiles.Root).Concat(
            from folder in new[] { "domain", "functions", "tests", "infra-bicep", ".github", ".ci" }
            from file in Directory.GetFiles(Path.Combine(RepositoryFiles.Root, folder), "*", SearchOption.AllDirectories)
            where !RepositoryFiles.IsBuilt(file)
            select file);

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();

    // A word with one of these endings, or one that begins with a folder of the repository.
    [GeneratedRegex("""
        (?<![\w/.~$:}-])
        (?: (?:[\w.-]+/)*[\w.-]+\.(?:cs|csproj|sln|bicep|bicepparam|sql|yml|json|hbs|props|log)\b(?![\w./])
          | (?:domain|functions|tests|infra-bicep|\.github|\.ci)/[\w./-]*[\w/])
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex FileNames();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
