using Cx.Application;
using Cx.Application.EventStore;
using Npgsql;

namespace Cx.FunctionApp;

/// <summary>What the Azure host is told by its app settings; see local.settings.sample.json for every key.</summary>
/// <param name="Postgres"><c>ConnectionStrings__Postgres</c>; without a password, the app signs in with a token of its identity.</param>
/// <param name="MasterKey"><c>Cx__MasterKey</c>: the keys of the installation are derived from it.</param>
/// <param name="AdminKey"><c>Cx__AdminKey</c>: opens everything.</param>
/// <param name="PublicUrl"><c>Cx__PublicUrl</c>: where recipients reach this host.</param>
/// <param name="Archive"><c>Cx__Archive</c>: blobs (default) or postgres.</param>
/// <param name="Storage"><c>AzureWebJobsStorage</c>, or the settings that begin with it: the storage account.</param>
/// <param name="ClientId"><c>AZURE_CLIENT_ID</c>: the user-assigned identity of the app; none outside Azure.</param>
public sealed record AzureSettings(string Postgres, string MasterKey, string AdminKey, Uri PublicUrl, ArchivePlace Archive, StorageSettings Storage, string? ClientId)
{
    private const int LeastAdminKey = 20;
    private const string VaultReference = "@Microsoft.KeyVault(";

    /// <summary>Whether the database is reached with a token.</summary>
    public bool SignsInWithToken => string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(Postgres).Password);

    /// <exception cref="InvalidSettingsException">All that is wrong, each with its key's name and never with its value.</exception>
    public static AzureSettings Read(IConfiguration configuration)
    {
        var wrong = new List<string>();
        var unresolved = configuration.AsEnumerable().Where(s => s.Value is { } value && IsReference(value)).ToList();
        wrong.AddRange(unresolved.Select(s => $"{Environment(s.Key)} is a reference to Key Vault that was not resolved: the secret is missing, or the app's identity may not read it."));

        var postgres = Required("ConnectionStrings:Postgres", "the connection string of a PostgreSQL; without a password the app signs in with its identity");
        if (postgres is not null && !IsConnectionString(postgres))
        {
            wrong.Add("ConnectionStrings__Postgres is not a connection string: Host=…;Database=…;Username=…;SSL Mode=VerifyFull");
        }

        var masterKey = Required("Cx:MasterKey", "32 random bytes in base64 (openssl rand -base64 32). Without it the personal data in the database cannot be read again");
        var adminKey = Required("Cx:AdminKey", $"at least {LeastAdminKey} characters; it opens everything");
        if (adminKey is { Length: < LeastAdminKey })
        {
            wrong.Add($"Cx__AdminKey opens everything: use at least {LeastAdminKey} characters.");
        }

        var publicUrl = Required("Cx:PublicUrl", "the https address at which recipients reach this app, for links to unsubscribe");
        Uri? url = null;
        if (publicUrl is not null && !IsPublic(publicUrl, out url))
        {
            wrong.Add("Cx__PublicUrl is an https address; http only where it leads to this machine.");
        }

        var archive = ArchivePlace.Blobs;
        if (Given("Cx:Archive") is { } kept && (!Enum.TryParse(kept, ignoreCase: true, out archive) || !Enum.IsDefined(archive)))
        {
            wrong.Add("Cx__Archive: blobs or postgres.");
        }

        var storage = StorageSettings.Read(configuration.GetSection(StorageSettings.Section), wrong);
        return wrong.Count == 0
            ? new(postgres!, masterKey!, adminKey!, url!, archive, storage, Given("AZURE_CLIENT_ID"))
            : throw new InvalidSettingsException(wrong);

        string? Required(string key, string what)
        {
            var value = Given(key);
            if (value is null && unresolved.TrueForAll(u => !u.Key.Equals(key, StringComparison.OrdinalIgnoreCase)))
            {
                wrong.Add($"{Environment(key)} is required: {what}.");
            }

            return value;
        }

        string? Given(string key) => configuration[key]?.Trim() is { Length: > 0 } value && !IsReference(value) ? value : null;
    }

    // Not every field is shown: most are secrets.
    public override string ToString() => nameof(AzureSettings);

    private static bool IsReference(string value) => value.TrimStart().StartsWith(VaultReference, StringComparison.OrdinalIgnoreCase);

    private static string Environment(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    private static bool IsPublic(string text, out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback));

    private static bool IsConnectionString(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text) is { Host.Length: > 0 };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            return false;
        }
    }
}
