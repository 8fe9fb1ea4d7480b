using System.Collections.Concurrent;
using Azure.Core;
using Azure.Storage.Blobs;

namespace Cx.FunctionApp.PayloadArchive;

/// <summary>The storage account of the Functions host, where payloads and the erasure register have containers of their own.</summary>
/// <param name="makesContainers">Whether a container that is missing is made; in Azure the deployment makes them, and a missing one is an error.</param>
public sealed class BlobAccount(BlobServiceClient service, bool makesContainers)
{
    private readonly ConcurrentDictionary<string, bool> made = new(StringComparer.Ordinal);

    /// <param name="connectionString">Of the account, as for Azurite; else the address of its blobs is opened with the credential.</param>
    public static BlobAccount Open(string? connectionString, Uri? blobs, TokenCredential credential) => (connectionString, blobs) switch
    {
        (not null, _) => new(new(connectionString), makesContainers: true),
        (_, not null) => new(new(blobs, credential), makesContainers: false),
        _ => throw new ArgumentException("Neither a connection string nor the address of the blobs is given.", nameof(blobs)),
    };

    public async ValueTask<BlobContainerClient> Container(string name, CancellationToken ct)
    {
        var container = service.GetBlobContainerClient(name);
        if (makesContainers && !made.ContainsKey(name))
        {
            await container.CreateIfNotExistsAsync(cancellationToken: ct);
            made[name] = true;
        }

        return container;
    }
}
