using System.Diagnostics;

namespace Cx.Standalone.Postgres;

/// <summary>A program that is run to its end, in a folder, as a user (null: the current one).</summary>
internal sealed record Tool(string Program, string Folder, string? User = null)
{
    /// <summary>Runs it and returns what it printed.</summary>
    /// <exception cref="ToolFailedException">Its exit code is not 0.</exception>
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
                : throw new ToolFailedException(Program, process.ExitCode, $"{await errors}{await output}".Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Runs a program that starts a server and returns its exit code. Not redirected: the server would hold the pipes open.</summary>
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
        start.Environment["LC_ALL"] = "C"; // the same messages on every system, and a locale that is always installed
        return start;
    }
}

internal sealed class ToolFailedException(string program, int exitCode, string output)
    : Exception($"{Path.GetFileName(program)} ended with code {exitCode}: {output}");
