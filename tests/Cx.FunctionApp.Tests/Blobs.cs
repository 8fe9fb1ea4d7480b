using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Cx.FunctionApp.Tests;

/// <summary>A storage account in memory, as far as payloads and the erasure register need one.</summary>
internal sealed class Blobs : BlobServiceClient
{
    public ConcurrentDictionary<string, Container> Containers { get; } = new(StringComparer.Ordinal);

    public override BlobContainerClient GetBlobContainerClient(string blobContainerName) => Containers.GetOrAdd(blobContainerName, _ => new Container());

    internal sealed class Container : BlobContainerClient
    {
        public ConcurrentDictionary<string, byte[]> Contents { get; } = new(StringComparer.Ordinal);

        public bool IsMade { get; set; }

        /// <summary>Whether an answer is lost, so that the client sends the same once more.</summary>
        public bool LosesAnswers { get; set; }

        public override BlobClient GetBlobClient(string blobName) => new Blob(this, blobName);

        public override Task<Response<BlobContainerInfo>> CreateIfNotExistsAsync(
            PublicAccessType publicAccessType = PublicAccessType.None, IDictionary<string, string>? metadata = null, BlobContainerEncryptionScopeOptions? encryptionScopeOptions = null,
            CancellationToken cancellationToken = default)
        {
            IsMade = true;
            return Task.FromResult<Response<BlobContainerInfo>>(null!);
        }

        // As the service does: in the order of the names, so many at a time.
        public override AsyncPageable<BlobItem> GetBlobsAsync(GetBlobsOptions? options = null, CancellationToken cancellationToken = default) => IsMade
            ? new Pages([.. Contents.Keys.Order(StringComparer.Ordinal).Select(name => BlobsModelFactory.BlobItem(name: name))])
            : throw Missing("ContainerNotFound");

        public static RequestFailedException Missing(string code) => new(404, code, code, null);
    }

    private sealed class Pages(IReadOnlyList<BlobItem> items) : AsyncPageable<BlobItem>
    {
        public override async IAsyncEnumerable<Page<BlobItem>> AsPages(string? continuationToken = null, int? pageSizeHint = null)
        {
            await Task.Yield();
            foreach (var page in items.Chunk(pageSizeHint ?? int.MaxValue))
            {
                yield return Page<BlobItem>.FromValues(page, continuationToken: null, response: null!);
            }
        }
    }

    private sealed class Blob(Container container, string name) : BlobClient
    {
        public override Task<Response<BlobContentInfo>> UploadAsync(BinaryData content, bool overwrite = false, CancellationToken cancellationToken = default) =>
            Upload(content, overwrite);

        public override Task<Response<BlobContentInfo>> UploadAsync(BinaryData content, BlobUploadOptions options, CancellationToken cancellationToken = default) =>
            Upload(content, overwrite: options.Conditions?.IfNoneMatch != ETag.All);

        public override async Task<Response<BlobDownloadResult>> DownloadContentAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            return container.Contents.TryGetValue(name, out var bytes)
                ? Response.FromValue(BlobsModelFactory.BlobDownloadResult(content: new BinaryData(bytes)), null!)
                : throw Container.Missing(container.IsMade ? "BlobNotFound" : "ContainerNotFound");
        }

        public override Task<Response<bool>> DeleteIfExistsAsync(
            DeleteSnapshotsOption snapshotsOption = DeleteSnapshotsOption.None, BlobRequestConditions? conditions = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(Response.FromValue(container.Contents.TryRemove(name, out _), null!));

        private async Task<Response<BlobContentInfo>> Upload(BinaryData content, bool overwrite)
        {
            await Task.Yield();
            for (var tries = container.LosesAnswers ? 2 : 1; tries > 0; tries--)
            {
                if (!container.IsMade)
                {
                    throw Container.Missing("ContainerNotFound");
                }

                if (!overwrite && container.Contents.ContainsKey(name))
                {
                    throw new RequestFailedException(409, "BlobAlreadyExists", "BlobAlreadyExists", null);
                }

                container.Contents[name] = content.ToArray();
            }

            return Response.FromValue(BlobsModelFactory.BlobContentInfo(), null!);
        }
    }
}
