using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Cx.Application.Privacy;

namespace Cx.Standalone;

/// <summary>The admin key of an installation that was given none: made once, printed once, kept in the data folder for its owner only.</summary>
internal static class AdminKeyFile
{
    /// <summary>Null when there is no file; what is too short is refused with the settings.</summary>
    public static string? Read(string folder) => File.Exists(PathIn(folder)) ? File.ReadAllText(PathIn(folder)).Trim() : null;

    public static string LoadOrCreate(string folder, IProgress<string> progress)
    {
        var key = "cxa_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        if (Read(folder) is null && DurableFile.Publish(PathIn(folder), Encoding.ASCII.GetBytes(key + "\n")))
        {
            progress.Report($"Admin key (shown once, kept in {PathIn(folder)}): {key}");
            return key;
        }

        return Read(folder)!;   // Read again where another process made it meanwhile.
    }

    private static string PathIn(string folder) => Path.Combine(folder, "admin-key");
}
