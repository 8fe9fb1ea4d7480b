using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Cx.Application.Privacy;

namespace Cx.FunctionApp.PayloadArchive;

/// <summary>
/// The register as one blob an erasure, written once and never again; the names sort by instant. A blob that cannot be read stops the
/// reader: to skip an erasure would bring a person back.
/// </summary>
public sealed class BlobErasureRegister(BlobAccount account) : IErasureRegister
{
    public const string ContainerName = "erasures";

    // Read together: every start of a host reads them all.
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
            // Nobody else has this name: it is what this call wrote before its answer was lost and the client tried again.
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
