using System.Diagnostics;
using System.Globalization;

namespace Cx.Standalone.Postgres;

/// <summary>
/// Stops a server when this process ends, also when it is killed: a shell reads from a pipe that only this process holds, and stops the server
/// when the pipe closes without a line from us. Not on Windows, where the next start stops the server.
/// </summary>
internal sealed class OrphanGuard : IDisposable
{
    // It takes the process id, so it never stops a server that a later start made.
    private const string Script = """trap '' INT TERM HUP; read -r word || kill -INT "$1" """;

    private readonly Process? shell;

    private OrphanGuard(Process? shell) => this.shell = shell;

    public static OrphanGuard Over(int pid) => new(OperatingSystem.IsWindows() ? null : Watch(pid));

    internal static Process Watch(int pid) => Process.Start(
        new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", pid.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true })!;

    /// <summary>Ends the guard without stopping the server.</summary>
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
            // The guard has ended already.
        }
        shell.WaitForExit();
        shell.Dispose();
    }
}
