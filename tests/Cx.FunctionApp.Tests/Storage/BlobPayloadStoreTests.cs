using Azure;

namespace Cx.FunctionApp.Tests.Storage;

[Collection(nameof(Azurite))]
public sealed class BlobPayloadStoreTests(Azurite azurite)
{
    private const string Name = "demo/2026/03/01/0123456789abcdef0123456789abcdef";

    [SkippableFact]
    public async Task What_was_put_is_there_until_it_is_deleted()
    {
        var account = azurite.Account();
        var store = new BlobPayloadStore(account.Account());
        Assert.Null(await store.Get(Name, default));

        await store.Put(Name, new byte[] { 1, 2, 3 }, default);
        await store.Put(Name, new byte[] { 0, 255 }, default);
        Assert.Equal([0, 255], await store.Get(Name, default));
        Assert.Equal([Name], (await account.Contents(BlobPayloadStore.ContainerName)).Keys);

        await store.Delete(Name, default);
        await store.Delete(Name, default);

        Assert.Null(await store.Get(Name, default));
    }

    [SkippableFact]
    public async Task A_snapshot_of_a_payload_is_deleted_with_it()
    {
        var account = azurite.Account();
        var store = new BlobPayloadStore(account.Account());
        await store.Put(Name, new byte[] { 1, 2, 3 }, default);
        var blob = account.Blobs().GetBlobContainerClient(BlobPayloadStore.ContainerName).GetBlobClient(Name);
        var snapshot = blob.WithSnapshot((await blob.CreateSnapshotAsync()).Value.Snapshot);

        await store.Delete(Name, default);

        Assert.False((await snapshot.ExistsAsync()).Value);
    }

    [SkippableFact]
    public async Task A_container_that_is_missing_is_no_blob_that_is_missing()
    {
        var elsewhere = new BlobPayloadStore(azurite.Account().Account(makesContainers: false));

        await Assert.ThrowsAsync<RequestFailedException>(() => elsewhere.Get(Name, default));
        await Assert.ThrowsAsync<RequestFailedException>(() => elsewhere.Put(Name, new byte[] { 1 }, default));
    }

    [SkippableFact]
    public async Task An_account_that_does_not_answer_is_an_error_and_is_used_again_once_it_answers()
    {
        var store = new BlobPayloadStore(azurite.Account().Account(retries: 0));
        await store.Put(Name, new byte[] { 1, 2, 3 }, default);

        await azurite.Stop();
        try
        {
            await Assert.ThrowsAsync<RequestFailedException>(() => store.Get(Name, default));
            await Assert.ThrowsAsync<RequestFailedException>(() => store.Put(Name, new byte[] { 4 }, default));
            await Assert.ThrowsAsync<RequestFailedException>(() => store.Delete(Name, default));
        }
        finally
        {
            await azurite.Start();
        }

        Assert.Equal([1, 2, 3], await store.Get(Name, default));
        await store.Delete(Name, default);
        Assert.Null(await store.Get(Name, default));
    }
}
