using System.Text;
using Azure;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Tests.EventStore;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.FunctionApp.Tests.Storage;

[Collection(nameof(Azurite))]
public sealed class ArchivePayloadsTests(Azurite azurite) : IAsyncLifetime
{
    private readonly StorageAccount account = azurite.Account();
    private StoreRig rig = null!;

    private BlobPayloadStore Store => new(account.Account(retries: 0));

    public async Task InitializeAsync() => rig = await StoreRig.Create(
        r => Task.FromResult<IEventStore>(Stores.On(r.Database, r.Keys, r.Clock)));

    public async Task DisposeAsync() => await rig.DisposeAsync();

    [SkippableFact]
    public async Task A_turn_of_the_timer_takes_payloads_to_Blobs_and_another_brings_them_back()
    {
        var ada = (await rig.Deliver("d1", [rig.Email("ada@example.com")], [Learned("ada@example.com")], "from Ada")).Customer!.Value;

        await Turn(ArchivePlace.Blobs);
        Assert.Single(await account.Contents(BlobPayloadStore.ContainerName));
        Assert.Equal("from Ada", await Held(ada));

        await Turn(ArchivePlace.Postgres);
        await Turn(ArchivePlace.Postgres);
        Assert.Empty(await account.Contents(BlobPayloadStore.ContainerName));
        Assert.Equal("from Ada", await Held(ada));
    }

    [SkippableFact]
    public async Task The_blob_of_an_erased_customer_is_deleted_at_the_next_turn()
    {
        var ada = (await rig.Deliver("d1", [rig.Email("ada@example.com")], [Learned("ada@example.com")], "from Ada")).Customer!.Value;
        await Turn(ArchivePlace.Blobs);
        await rig.Command(ada, Just(Erased()));

        await Turn(ArchivePlace.Blobs);

        Assert.Empty(await account.Contents(BlobPayloadStore.ContainerName));
    }

    [SkippableFact]
    public async Task While_the_account_does_not_answer_the_database_keeps_the_payloads()
    {
        var ada = (await rig.Deliver("d1", [rig.Email("ada@example.com")], [Learned("ada@example.com")], "from Ada")).Customer!.Value;
        await azurite.Stop();
        try
        {
            var failed = await Assert.ThrowsAsync<AggregateException>(() => Turn(ArchivePlace.Blobs));
            Assert.IsType<RequestFailedException>(Assert.Single(failed.InnerExceptions));
            Assert.Equal("from Ada", await Held(ada));
        }
        finally
        {
            await azurite.Start();
        }

        await rig.Execute("update cx_archive set moving_until = now() - interval '1 second'");
        await Turn(ArchivePlace.Blobs);
        Assert.Single(await account.Contents(BlobPayloadStore.ContainerName));
        Assert.Equal("from Ada", await Held(ada));
    }

    private Task Turn(ArchivePlace place) => new UpkeepTimers(
        new PayloadMover(rig.Database, Store), new ArchiveRule(place), new Retention(rig.Database), new Rewrapping(rig.Database, rig.Keys, NullLogger<Rewrapping>.Instance), rig.Clock)
        .ArchivePayloads(new(), default);

    private async Task<string> Held(CustomerId customer) => Encoding.UTF8.GetString(
        Assert.Single(await (await new ExportReader(rig.Database, rig.Keys, Store).PayloadsOf(rig.Shop, CustomerFold.Start(customer), default)).ToListAsync()).Body);
}
