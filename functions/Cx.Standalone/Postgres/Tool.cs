using System.Diagnostics;

namespace Cx.Standalone.Postgres;

/// <summary>A program we run and wait for, in a folder, as a user (null: ours).</summary>
internal sealed record Tool(string Program, string Folder, string? User = null)
{
    /// <summary>Runs it to its end and gives what it printed.</summary>
    /// <exception cref="ToolFailed">It ended with another code than 0.</exception>
    public async Task<string> Run(IEnumerable<string> arguments, CancellationToken ct)
    {
        using var process = Process.Start(Describe(arguments, redirect: true))!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(ct);
            var errors = process.StandardError.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return process.ExitCode == 0
                ? await output
                : throw new ToolFailed(Program, process.ExitCode, $"{await errors}{await output}".Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Runs one that leaves a server behind, which would hold redirected pipes open for ever; gives its exit code.</summary>
    public async Task<int> Launch(IEnumerable<string> arguments, CancellationToken ct)
    {
        using var process = Process.Start(Describe(arguments, redirect: false))!;
        await process.WaitForExitAsync(ct);
        return process.ExitCode;
    }

    private ProcessStartInfo Describe(IEnumerable<string> arguments, bool redirect)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = redirect,
            RedirectStandardError = redirect,
        };
        if (User is not null)
            start.UserName = User; // on Unix .NET sets user, group and groups between fork and exec
        start.Environment["LC_ALL"] = "C"; // same messages everywhere, and no locale that is not installed
        return start;
    }
}

internal sealed class ToolFailed(string program, int exitCode, string said)
    : Exception($"{Path.GetFileName(program)} ended with code {exitCode}: {said}");
