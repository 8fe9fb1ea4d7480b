using System.Buffers.Text;
using System.Security.Cryptography;

namespace Cx.Standalone;

/// <summary>The admin key of an installation that was given none: made once, printed once, kept in the data folder for its owner only.</summary>
internal static class AdminKeyFile
{
    public static string LoadOrCreate(string folder, IProgress<string> progress)
    {
        var file = Path.Combine(folder, "admin-key");
        if (File.Exists(file))
        {
            return File.ReadAllText(file).Trim();
        }

        var key = "cxa_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new StreamWriter(file, options))
        {
            writer.WriteLine(key);
        }

        progress.Report($"Admin key (shown once, kept in {file}): {key}");
        return key;
    }
}
