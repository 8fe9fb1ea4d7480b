using System.ComponentModel.DataAnnotations;
using Cx.Application;
using Cx.Application.Configuration;
using Cx.Application.EventStore;
using Cx.Application.FollowUps;
using Npgsql;

namespace Cx.FunctionApp;

/// <summary>The app settings of this host alone.</summary>
public sealed record FunctionAppOptions
{
    [Setting("ConnectionStrings__Postgres", "a PostgreSQL; without a password, the app signs in with a token of its identity")]
    [Required(ErrorMessage = "required: the connection string of a PostgreSQL; without a password the app signs in with its identity."), PostgresRule]
    public string Postgres { get; init => field = value.Trim(); } = "";

    [Setting("Cx__MasterKey", "the keys of the installation are derived from it")]
    [Required(ErrorMessage = $"required: {MasterKeyRuleAttribute.Form}."), MasterKeyRule]
    public string MasterKey { get; init => field = value.Trim(); } = "";

    [Setting("Cx__AdminKey", "opens everything")]
    [Required(ErrorMessage = "required: it opens everything."), AdminKeyRule]
    public string AdminKey { get; init => field = value.Trim(); } = "";

    [Setting("Cx__Archive", "where payloads rest: blobs (default) or postgres")]
    public ArchivePlace Archive { get; init; } = ArchivePlace.Blobs;

    [Setting("AZURE_CLIENT_ID", "the user-assigned identity of the app; none outside Azure")]
    public string? ClientId { get; init => field = value?.Trim(); }

    /// <summary>Whether the database is reached with a token.</summary>
    public bool SignsInWithToken => string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(Postgres).Password);

    // Not every field is shown: most are secrets.
    public override string ToString() => nameof(FunctionAppOptions);
}

internal static class FunctionAppSettings
{
    /// <summary>Every options record of this host.</summary>
    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<FunctionAppOptions>(configuration);
        services.AddSettings<StorageOptions>(configuration);
        services.AddSettings<TelemetryOptions>(configuration);
        services.AddFollowUpSettings(configuration, ownUrl: null);
    }
}
