using System.Diagnostics;
using System.Globalization;

namespace Cx.Standalone.Postgres;

/// <summary>
/// Ends a server when this process dies, however it dies: a shell waits on a pipe that only we hold, and the end of
/// the pipe without a word from us means that we are gone. Not on Windows, where the next start finds the server.
/// </summary>
internal sealed class OrphanGuard : IDisposable
{
    // It names the process it was made for, and so can never end a server that a later start made.
    private const string Script = """trap '' INT TERM HUP; read -r word || kill -INT "$1" """;

    private readonly Process? shell;

    private OrphanGuard(Process? shell) => this.shell = shell;

    public static OrphanGuard Over(int pid) => new(OperatingSystem.IsWindows() ? null : Watch(pid));

    internal static Process Watch(int pid) => Process.Start(
        new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", pid.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true })!;

    /// <summary>Relieves the guard: the server was stopped, or goes on.</summary>
    public void Dispose()
    {
        if (shell is null)
            return;
        try
        {
            shell.StandardInput.WriteLine("relieved");
            shell.StandardInput.Dispose();
        }
        catch (IOException)
        {
            // Somebody ended the guard before us.
        }
        shell.WaitForExit();
        shell.Dispose();
    }
}
