using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Cx.Application.EventStore;

namespace Cx.FunctionApp.PayloadArchive;

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
