// The few members of Blob storage that the Azure host uses, as Azure.Storage.Blobs 12.30 declares them.
using Azure;
using Azure.Core;
using Azure.Storage.Blobs.Models;

namespace Azure.Storage.Blobs
{
    public class BlobClientOptions;

    public class BlobServiceClient
    {
        protected BlobServiceClient()
        {
        }

        public BlobServiceClient(string connectionString) => _ = connectionString;

        public BlobServiceClient(Uri serviceUri, TokenCredential credential, BlobClientOptions? options = default) => _ = (serviceUri, credential, options);

        public virtual BlobContainerClient GetBlobContainerClient(string blobContainerName) => throw new NotSupportedException();
    }

    public class BlobContainerClient
    {
        protected BlobContainerClient()
        {
        }

        public virtual BlobClient GetBlobClient(string blobName) => throw new NotSupportedException();

        public virtual AsyncPageable<BlobItem> GetBlobsAsync(GetBlobsOptions? options = default, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public virtual Task<Response<BlobContainerInfo>> CreateIfNotExistsAsync(
            PublicAccessType publicAccessType = PublicAccessType.None, IDictionary<string, string>? metadata = default, BlobContainerEncryptionScopeOptions? encryptionScopeOptions = default,
            CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    public class BlobClient : Specialized.BlobBaseClient
    {
        protected BlobClient()
        {
        }

        public virtual Task<Response<BlobContentInfo>> UploadAsync(BinaryData content, bool overwrite = false, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public virtual Task<Response<BlobContentInfo>> UploadAsync(BinaryData content, BlobUploadOptions options, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}

namespace Azure.Storage.Blobs.Specialized
{
    public class BlobBaseClient
    {
        protected BlobBaseClient()
        {
        }

        public virtual Task<Response<BlobDownloadResult>> DownloadContentAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public virtual Task<Response<bool>> DeleteIfExistsAsync(
            DeleteSnapshotsOption snapshotsOption = DeleteSnapshotsOption.None, BlobRequestConditions? conditions = default, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}

namespace Azure.Storage.Blobs.Models
{
    public enum PublicAccessType { None, BlobContainer, Blob }

    public enum DeleteSnapshotsOption { None, IncludeSnapshots, OnlySnapshots }

    public class BlobContainerEncryptionScopeOptions;

    public class BlobContainerInfo
    {
        internal BlobContainerInfo()
        {
        }
    }

    public class GetBlobsOptions;

    public class BlobItem
    {
        internal BlobItem()
        {
        }

        public string Name { get; internal set; } = "";
    }

    public class BlobItemProperties
    {
        internal BlobItemProperties()
        {
        }
    }

    public class ObjectReplicationPolicy
    {
        internal ObjectReplicationPolicy()
        {
        }
    }

    public class BlobContentInfo
    {
        internal BlobContentInfo()
        {
        }
    }

    public class BlobDownloadDetails
    {
        internal BlobDownloadDetails()
        {
        }
    }

    public class BlobDownloadResult
    {
        internal BlobDownloadResult()
        {
        }

        public BinaryData Content { get; internal set; } = BinaryData.Empty;
    }

    public class BlobLeaseRequestConditions : RequestConditions;

    public class BlobRequestConditions : BlobLeaseRequestConditions;

    public class BlobUploadOptions
    {
        public BlobRequestConditions? Conditions { get; set; }
    }

    public readonly struct BlobErrorCode(string value) : IEquatable<BlobErrorCode>
    {
        private readonly string value = value;

        public static BlobErrorCode BlobAlreadyExists { get; } = new("BlobAlreadyExists");

        public static BlobErrorCode BlobNotFound { get; } = new("BlobNotFound");

        public static implicit operator BlobErrorCode(string value) => new(value);

        public static bool operator ==(BlobErrorCode left, BlobErrorCode right) => left.Equals(right);

        public static bool operator !=(BlobErrorCode left, BlobErrorCode right) => !left.Equals(right);

        public static bool operator ==(string? value, BlobErrorCode code) => code.value == value;

        public static bool operator !=(string? value, BlobErrorCode code) => code.value != value;

        public bool Equals(BlobErrorCode other) => value == other.value;

        public override bool Equals(object? obj) => obj is BlobErrorCode other && Equals(other);

        public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);

        public override string ToString() => value;
    }

    public static class BlobsModelFactory
    {
        public static BlobItem BlobItem(
            string? name = default, bool deleted = default, BlobItemProperties? properties = default, string? snapshot = default, string? versionId = default,
            bool? isLatestVersion = default, IDictionary<string, string>? metadata = default, IDictionary<string, string>? tags = default,
            List<ObjectReplicationPolicy>? objectReplicationSourcePolicies = default, bool? hasVersionsOnly = default) => new() { Name = name! };

        public static BlobContentInfo BlobContentInfo(
            ETag eTag = default, DateTimeOffset lastModified = default, byte[]? contentHash = default, byte[]? contentCrc64 = default, string? versionId = default,
            string? encryptionKeySha256 = default, string? encryptionScope = default, long blobSequenceNumber = default) => new();

        public static BlobDownloadResult BlobDownloadResult(BinaryData? content = default, BlobDownloadDetails? details = default) => new() { Content = content! };
    }
}
