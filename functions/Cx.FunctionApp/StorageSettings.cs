using Azure.Core;
using Azure.Storage.Queues;

namespace Cx.FunctionApp;

/// <summary>The storage account of the app, by connection string or by identity: the same settings by which the Functions host and Durable Functions reach it.</summary>
/// <param name="ConnectionString"><c>AzureWebJobsStorage</c>; none where the identity opens the account.</param>
/// <param name="BlobService"><c>AzureWebJobsStorage__blobServiceUri</c>, or what follows from <c>AzureWebJobsStorage__accountName</c>.</param>
/// <param name="ClientId"><c>AzureWebJobsStorage__clientId</c>: which identity, where it is not the one of <c>AZURE_CLIENT_ID</c>.</param>
public sealed record StorageSettings(string? ConnectionString, Uri? BlobService, string? ClientId)
{
    public const string Section = "AzureWebJobsStorage";

    private const string ManagedIdentity = "managedidentity";

    internal static StorageSettings Read(IConfigurationSection section, List<string> wrong)
    {
        if (NotEmpty(section.Value) is { } connection)
        {
            return new(connection, null, null);
        }

        var account = NotEmpty(section["accountName"]);
        var given = NotEmpty(section["blobServiceUri"]);
        Uri? blobs = null;
        if (account is null && given is null)
        {
            wrong.Add($"{Section} is required: a connection string (UseDevelopmentStorage=true for Azurite), or {Section}__accountName for an account that the app's identity may use.");
        }
        else if (!Uri.TryCreate(given ?? $"https://{account}.blob.core.windows.net", UriKind.Absolute, out blobs) || blobs.Scheme != Uri.UriSchemeHttps)
        {
            wrong.Add($"{Section}__{(given is null ? "accountName is the name of a storage account" : "blobServiceUri is the https address of its blobs")}.");
        }

        if (NotEmpty(section["credential"]) is { } credential && !credential.Equals(ManagedIdentity, StringComparison.OrdinalIgnoreCase))
        {
            wrong.Add($"{Section}__credential: {ManagedIdentity}, or nothing for the developer's own sign-in.");
        }

        return new(null, blobs, NotEmpty(section["clientId"]));
    }

    /// <summary>A queue of the account.</summary>
    /// <param name="credential">Opens the account where no connection string does.</param>
    public QueueClient Queue(string name, TokenCredential credential) => ConnectionString is not null
        ? new(ConnectionString, name)
        : new(new Uri(new(BlobService!.AbsoluteUri.Replace(".blob.", ".queue.", StringComparison.Ordinal)), name), credential);

    public override string ToString() => nameof(StorageSettings);

    private static string? NotEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}
