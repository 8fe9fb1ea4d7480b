using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Cx.Application.EventStore;
using Cx.Application.Privacy;

namespace Cx.FunctionApp;

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

/// <summary>Payloads as blobs, one each.</summary>
public sealed class BlobPayloadStore(BlobAccount account) : IPayloadStore
{
    public const string ContainerName = "payloads";

    public async Task Put(string name, ReadOnlyMemory<byte> payload, CancellationToken ct) =>
        await (await Blob(name, ct)).UploadAsync(new BinaryData(payload), overwrite: true, ct);

    public async Task<byte[]?> Get(string name, CancellationToken ct)
    {
        try
        {
            var content = await (await Blob(name, ct)).DownloadContentAsync(ct);
            return content.Value.Content.ToArray();
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    public async Task Delete(string name, CancellationToken ct) =>
        await (await Blob(name, ct)).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: ct);

    private async Task<BlobClient> Blob(string name, CancellationToken ct) => (await account.Container(ContainerName, ct)).GetBlobClient(name);
}

/// <summary>
/// The register as one blob an erasure, written once and never again; the names sort by instant. A blob that cannot be read stops the
/// reader: skipping an erasure would restore personal data.
/// </summary>
public sealed class BlobErasureRegister(BlobAccount account) : IErasureRegister
{
    public const string ContainerName = "erasures";

    // Read in parallel: every start of a host reads the whole register.
    private const int AtOnce = 50;

    public async Task Append(Erasure erasure, CancellationToken ct)
    {
        var name = $"{erasure.At.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fffffff'Z'", CultureInfo.InvariantCulture)}-{Guid.NewGuid():N}.json";
        var once = new BlobUploadOptions { Conditions = new() { IfNoneMatch = ETag.All } };
        try
        {
            await (await account.Container(ContainerName, ct)).GetBlobClient(name).UploadAsync(new BinaryData(ErasureFormat.Write(erasure)), once, ct);
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // The name is unique: this call wrote the blob, its answer was lost, and the client tried again.
        }
    }

    public async IAsyncEnumerable<Erasure> ReadAll([EnumeratorCancellation] CancellationToken ct)
    {
        var container = await account.Container(ContainerName, ct);
        await foreach (var page in container.GetBlobsAsync(new GetBlobsOptions(), ct).AsPages(pageSizeHint: AtOnce).WithCancellation(ct))
        {
            foreach (var erasure in await Task.WhenAll(page.Values.Select(blob => Read(container, blob.Name, ct))))
            {
                yield return erasure;
            }
        }
    }

    private static async Task<Erasure> Read(BlobContainerClient container, string name, CancellationToken ct)
    {
        var content = await container.GetBlobClient(name).DownloadContentAsync(ct);
        try
        {
            return ErasureFormat.Read(content.Value.Content);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The blob {name} of the erasure register cannot be read: {e.Message}", e);
        }
    }
}
