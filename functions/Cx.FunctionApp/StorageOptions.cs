using System.ComponentModel.DataAnnotations;
using Azure.Core;
using Azure.Storage.Queues;
using Cx.Application.Configuration;

namespace Cx.FunctionApp;

/// <summary>The storage account of the app, by connection string or by identity: the same settings by which the Functions host and Durable Functions reach it.</summary>
public sealed record StorageOptions : IValidatableObject
{
    private const string ManagedIdentity = "managedidentity";

    [Setting("AzureWebJobsStorage", "a connection string (UseDevelopmentStorage=true for Azurite); none where the identity opens the account")]
    public string? ConnectionString { get; init => field = value?.Trim(); }

    [Setting("AzureWebJobsStorage__accountName", "the name of an account that the app's identity may use")]
    public string? AccountName { get; init => field = value?.Trim(); }

    [Setting("AzureWebJobsStorage__blobServiceUri", "the https address of its blobs, where it does not follow from the name")]
    public Uri? BlobServiceUri { get; init; }

    [Setting("AzureWebJobsStorage__credential", "managedidentity, or nothing for the developer's own sign-in")]
    public string? Credential { get; init => field = value?.Trim(); }

    [Setting("AzureWebJobsStorage__clientId", "which identity, where it is not the one of AZURE_CLIENT_ID")]
    public string? ClientId { get; init => field = value?.Trim(); }

    /// <summary>The address of the account's blobs; null where a connection string opens the account.</summary>
    public Uri? BlobService => ConnectionString is not null ? null
        : BlobServiceUri ?? (Uri.TryCreate($"https://{AccountName}.blob.core.windows.net", UriKind.Absolute, out var blobs) ? blobs : null);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ConnectionString is not null)
        {
            yield break;
        }

        if (AccountName is null && BlobServiceUri is null)
        {
            yield return new(
                "required: a connection string (UseDevelopmentStorage=true for Azurite), or AzureWebJobsStorage__accountName for an account that the app's identity may use.",
                [nameof(ConnectionString)]);
        }
        else if (BlobServiceUri is null && BlobService is null)
        {
            yield return new("the name of a storage account.", [nameof(AccountName)]);
        }

        if (BlobServiceUri is not null && !(BlobServiceUri.IsAbsoluteUri && BlobServiceUri.Scheme == Uri.UriSchemeHttps))
        {
            yield return new("the https address of the account's blobs.", [nameof(BlobServiceUri)]);
        }

        if (Credential is not null && !Credential.Equals(ManagedIdentity, StringComparison.OrdinalIgnoreCase))
        {
            yield return new($"{ManagedIdentity}, or nothing for the developer's own sign-in.", [nameof(Credential)]);
        }
    }

    /// <summary>A queue of the account.</summary>
    /// <param name="credential">Opens the account where no connection string does.</param>
    public QueueClient Queue(string name, TokenCredential credential) => ConnectionString is not null
        ? new(ConnectionString, name)
        : new(new Uri(new(BlobService!.AbsoluteUri.Replace(".blob.", ".queue.", StringComparison.Ordinal)), name), credential);

    // The generated one would print the account's key.
    public override string ToString() => nameof(StorageOptions);
}
