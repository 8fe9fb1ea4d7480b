using System.Text.RegularExpressions;

namespace Cx.Tests.Infra;

/// <summary>The workflows run nothing that can change under them, and with no more rights than they need.</summary>
public partial class PipelineTests
{
    private static readonly string Folder = Path.Combine(RepositoryFiles.Root, ".github", "workflows");

    public static TheoryData<string> Workflows { get; } = [.. Directory.GetFiles(Folder, "*.yml").Select(f => Path.GetFileName(f))];

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Actions_are_pinned_to_a_commit_and_say_which_version_it_is(string workflow) =>
        Assert.All(
            Lines(workflow).Where(line => line.Contains("uses:", StringComparison.Ordinal)),
            line => Assert.Matches(@"uses: (\./\.github/workflows/[\w-]+\.yml|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+)*)$", line));

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Every_job_ends_in_time_and_rights_are_listed(string workflow)
    {
        var lines = Lines(workflow);

        Assert.Contains("permissions:", lines);
        Assert.Contains("concurrency:", lines);
        Assert.DoesNotContain(lines, line => line.Contains("write-all", StringComparison.Ordinal));
        Assert.Equal(Count("runs-on:"), Count("timeout-minutes:"));

        int Count(string key) => lines.Count(line => line.Trim().StartsWith(key, StringComparison.Ordinal));
    }

    /// <summary>What an event carries is text that a stranger may have written: it reaches a shell as a variable, not as part of the script.</summary>
    [Theory]
    [MemberData(nameof(Workflows))]
    public void Nothing_from_outside_is_pasted_into_a_script(string workflow) =>
        Assert.DoesNotMatch(Pasted(), string.Join('\n', Lines(workflow)));

    private static string[] Lines(string workflow) => File.ReadAllLines(Path.Combine(Folder, workflow));

    [GeneratedRegex(@"run:[^\n]*\$\{\{|\$\{\{\s*github\.(event|head_ref)")]
    private static partial Regex Pasted();
}
