using Azure;

namespace Cx.FunctionApp.Tests;

public sealed class BlobPayloadStoreTests
{
    private const string Name = "demo/2026/03/01/0123456789abcdef0123456789abcdef";

    private readonly BlobPayloadStore store = new(new BlobAccount(new Blobs(), makesContainers: true));

    [Fact]
    public async Task What_was_put_is_there_until_it_is_deleted()
    {
        await store.Put(Name, new byte[] { 1, 2, 3 }, default);
        await store.Put(Name, new byte[] { 0, 255 }, default);
        Assert.Equal([0, 255], await store.Get(Name, default));

        await store.Delete(Name, default);
        await store.Delete(Name, default);

        Assert.Null(await store.Get(Name, default));
    }

    [Fact]
    public async Task A_container_that_is_missing_is_no_blob_that_is_missing()
    {
        var elsewhere = new BlobPayloadStore(new BlobAccount(new Blobs(), makesContainers: false));

        await Assert.ThrowsAsync<RequestFailedException>(() => elsewhere.Get(Name, default));
    }
}
