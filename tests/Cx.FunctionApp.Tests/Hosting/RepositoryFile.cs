using System.Runtime.CompilerServices;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>Files at the root of the repository.</summary>
internal static class RepositoryFile
{
    public static string Path(string name, [CallerFilePath] string here = "") =>
        System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "..", "..", "..", name));
}
