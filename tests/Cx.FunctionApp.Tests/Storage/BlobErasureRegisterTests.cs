using System.Text;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Cx.Application.Privacy;
using Cx.Domain.Customers;

namespace Cx.FunctionApp.Tests.Storage;

[Collection(nameof(Azurite))]
public sealed class BlobErasureRegisterTests(Azurite azurite)
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

    private readonly StorageAccount account = azurite.Account();

    private BlobErasureRegister Register => new(account.Account());

    [SkippableFact]
    public async Task Many_that_were_appended_at_once_are_read_in_the_order_of_their_instants()
    {
        var customers = Enumerable.Range(0, 120).Select(i => $"c{i:000}").ToList();
        await Parallel.ForEachAsync(customers.Index().Reverse(), async (c, ct) => await Register.Append(Erased(c.Item, At.AddMilliseconds(c.Index)), ct));

        var all = await ReadAll();

        Assert.Equal(customers, all.Select(e => e.Customer.Value));
        Assert.Equal((At, IdentifierKind.Email, 2), (all[0].At, all[0].Suppressed[0].Kind, all[0].Suppressed[0].Version));
        Assert.Equal([1, 2, 3], all[0].Suppressed[0].Hash);
    }

    [SkippableFact]
    public async Task Two_of_one_instant_are_both_kept()
    {
        await Register.Append(Erased("ada", At), default);
        await Register.Append(Erased("bob", At), default);

        Assert.Equal(["ada", "bob"], (await ReadAll()).Select(e => e.Customer.Value).Order());
    }

    [SkippableFact]
    public async Task The_blob_never_changes_its_form_and_its_name_tells_the_instant_alone()
    {
        await Register.Append(Erased("ada", At), default);

        var (name, content) = Assert.Single(await account.Contents(BlobErasureRegister.ContainerName));
        Assert.Matches("^20260301T100000.0000000Z-[0-9a-f]{32}\\.json$", name);
        Assert.Equal(
            """{"shop":"demo","customer":"ada","at":"2026-03-01T10:00:00+00:00","suppressed":[{"kind":"email","version":2,"hash":"AQID"}]}""",
            Encoding.UTF8.GetString(content));
    }

    [SkippableFact]
    public async Task An_answer_that_was_lost_is_no_error_and_no_second_erasure()
    {
        await Register.Append(Erased("ada", At), default);
        var lossy = new LosesAnswer();
        var register = new BlobErasureRegister(new(account.Blobs(configure: o => o.AddPolicy(lossy, HttpPipelinePosition.PerRetry)), makesContainers: false));

        await register.Append(Erased("bob", At.AddSeconds(1)), default);

        Assert.Equal(2, lossy.Sent);

        Assert.Equal(["ada", "bob"], (await ReadAll()).Select(e => e.Customer.Value));
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"shop":"demo","cus""")]
    public async Task A_blob_that_cannot_be_read_stops_the_reader_by_its_name(string damaged)
    {
        await Register.Append(Erased("ada", At), default);
        await Register.Append(Erased("bob", At.AddSeconds(1)), default);
        var name = (await account.Contents(BlobErasureRegister.ContainerName)).Keys.Max(StringComparer.Ordinal)!;
        await account.Blobs().GetBlobContainerClient(BlobErasureRegister.ContainerName).GetBlobClient(name).UploadAsync(BinaryData.FromString(damaged), overwrite: true);

        var stopped = await Assert.ThrowsAsync<InvalidDataException>(ReadAll);

        Assert.Contains(name, stopped.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Without_erasures_it_is_empty_and_without_its_container_in_Azure_it_is_an_error()
    {
        Assert.Empty(await ReadAll());

        var elsewhere = new BlobErasureRegister(azurite.Account().Account(makesContainers: false));
        await Assert.ThrowsAsync<RequestFailedException>(async () => await elsewhere.ReadAll(default).ToListAsync());
        await Assert.ThrowsAsync<RequestFailedException>(() => elsewhere.Append(Erased("ada", At), default));
    }

    [SkippableFact]
    public async Task An_erasure_that_could_not_be_registered_is_an_error_and_none_is_lost()
    {
        var register = new BlobErasureRegister(account.Account(retries: 0));
        await register.Append(Erased("ada", At), default);

        await azurite.Stop();
        try
        {
            await Assert.ThrowsAsync<RequestFailedException>(() => register.Append(Erased("bob", At), default));
            await Assert.ThrowsAsync<RequestFailedException>(async () => await register.ReadAll(default).ToListAsync());
        }
        finally
        {
            await azurite.Start();
        }

        await register.Append(Erased("bob", At.AddSeconds(1)), default);
        Assert.Equal(["ada", "bob"], (await ReadAll()).Select(e => e.Customer.Value));
    }

    private static Erasure Erased(string customer, DateTimeOffset at) => new(new("demo"), new(customer), at, [new(IdentifierKind.Email, 2, [1, 2, 3])]);

    private async Task<List<Erasure>> ReadAll() => await Register.ReadAll(default).ToListAsync();

    /// <summary>Loses the answer to the first upload, so that the client sends it once more.</summary>
    private sealed class LosesAnswer : HttpPipelinePolicy
    {
        public int Sent { get; private set; }

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            if (++Sent == 1)
            {
                throw new IOException("The connection was reset.");
            }
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();
    }
}
