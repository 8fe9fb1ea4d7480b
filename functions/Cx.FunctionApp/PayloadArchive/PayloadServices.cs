using Azure.Core;
using Cx.Application.EventStore;
using Cx.Application.Privacy;

namespace Cx.FunctionApp.PayloadArchive;

/// <summary>What is kept outside the database: archived payloads, and the register of erasures.</summary>
internal static class PayloadServices
{
    /// <param name="connectionString">Of the storage account; none where the credential opens the blobs.</param>
    /// <param name="place">Where payloads rest.</param>
    public static IServiceCollection AddPayloadArchive(this IServiceCollection services, string? connectionString, Uri? blobs, TokenCredential credential, ArchivePlace place) => services
        .AddSingleton(BlobAccount.Open(connectionString, blobs, credential))
        .AddSingleton<IPayloadStore, BlobPayloadStore>()
        .AddSingleton<IErasureRegister, BlobErasureRegister>()
        .AddSingleton<PayloadMover>()
        .AddSingleton(new ArchiveRule(place));
}
