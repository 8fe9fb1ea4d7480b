using Cx.Application;
using Cx.Application.Privacy;

namespace Cx.Standalone;

/// <summary>What the Standalone host is told by its environment; see local.settings.sample.json for every key.</summary>
/// <param name="Postgres"><c>ConnectionStrings__Postgres</c>: a server to use instead of an own one.</param>
/// <param name="DataFolder"><c>Cx__DataFolder</c>: where everything is kept that is not in the database.</param>
/// <param name="PostgresBinaries"><c>Cx__PostgresBin</c>: where PostgreSQL's programs are, or <c>npm</c>.</param>
/// <param name="AdminKey"><c>Cx__AdminKey</c>: opens everything; else one is made and kept in the data folder.</param>
/// <param name="MasterKey"><c>Cx__MasterKey</c>: the keys of the installation are derived from it; required with <c>ConnectionStrings__Postgres</c>.</param>
/// <param name="DevClock"><c>Cx__DevClock</c>: whether the clock can be moved; never in Production.</param>
/// <param name="Workers"><c>Cx__Workers</c>: whether this process also wakes, sends and folds; false leaves that to another on the same database.</param>
public sealed record CxSettings(
    string? Postgres, string DataFolder, string? PostgresBinaries, string? AdminKey, string? MasterKey, bool DevClock, bool Workers)
{
    private const int LeastAdminKey = 20;

    /// <exception cref="InvalidSettingsException">All that is wrong, each with its key's name.</exception>
    public static CxSettings Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var wrong = new List<string>();
        var postgres = configuration.GetConnectionString("Postgres") is { Length: > 0 } given ? given : null;
        var cx = configuration.GetSection("Cx");

        var devClock = Flag(cx, "DevClock", otherwise: false, wrong);
        var workers = Flag(cx, "Workers", otherwise: true, wrong);
        // Named Production, that is: .NET calls an environment so that nobody named, and that is how a newcomer starts.
        if (devClock && environment.IsProduction() && !string.IsNullOrEmpty(configuration[HostDefaults.EnvironmentKey]))
        {
            wrong.Add("Cx__DevClock moves the clock and is refused in Production: unset it, or name another environment.");
        }

        if (postgres is not null && string.IsNullOrEmpty(cx["MasterKey"]))
        {
            wrong.Add($"{InstallationKeys.Setting} is required with ConnectionStrings__Postgres: 32 random bytes in base64 (openssl rand -base64 32). Without it the personal data in that database cannot be read again.");
        }

        if (cx["AdminKey"] is { Length: > 0 and < LeastAdminKey })
        {
            wrong.Add($"Cx__AdminKey opens everything: use at least {LeastAdminKey} characters.");
        }

        return wrong.Count == 0
            ? new(postgres, Standalone.DataFolder.Resolve(cx["DataFolder"]), cx["PostgresBin"], NotEmpty(cx["AdminKey"]), NotEmpty(cx["MasterKey"]), devClock, workers)
            : throw new InvalidSettingsException(wrong);
    }

    private static bool Flag(IConfiguration cx, string name, bool otherwise, List<string> wrong)
    {
        if (cx[name] is not { Length: > 0 } text)
        {
            return otherwise;
        }

        if (!bool.TryParse(text, out var flag))
        {
            wrong.Add($"Cx__{name} is true or false, not '{text}'.");
        }

        return flag;
    }

    private static string? NotEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
