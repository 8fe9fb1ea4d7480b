using Cx.Application.EventStore;
using Cx.Application.Privacy;
using static Cx.Application.EventStore.ArchivePlace;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

public sealed partial class PayloadMoverTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_erasure_after_a_process_stopped_leaves_nothing_outside(bool arrived)
    {
        var ada = await Arrived();
        await Stops(arrived);

        await rig.Command(ada, Just(Erased()));

        await AssertNamed();
        await AssertAllGone();
    }

    [Fact]
    public async Task An_erasure_before_the_move_leaves_nothing_to_move()
    {
        var ada = await Arrived();
        await rig.Command(ada, Just(Erased()));

        await Mover.Run(Blobs, default);

        Assert.Empty(outside.Puts);
    }

    [Fact]
    public async Task An_erasure_after_the_move_deletes_the_blob()
    {
        var ada = await Arrived();
        await Mover.Run(Blobs, default);
        await rig.Command(ada, Just(Erased()));
        await AssertNamed();

        // The row, and the key in it, are deleted already; the blob is deleted by the next run.
        Assert.Equal(0, await rig.Count("cx_archive"));
        await Mover.Run(Blobs, default);
        Assert.Empty(outside.Blobs);
        await AssertAllGone();
    }

    [Fact]
    public async Task An_upload_that_arrives_after_its_blob_was_deleted_is_deleted_again()
    {
        var ada = await Arrived();
        outside.BeforePut = async _ =>
        {
            await rig.Command(ada, Just(Erased()));
            await Mover.Run(Blobs, default);
        };

        await Mover.Run(Blobs, default);

        Assert.Single(outside.Blobs);
        await AssertNamed();
        await AssertAllGone();
    }

    [Fact]
    public async Task A_blob_that_cannot_be_deleted_now_is_deleted_later()
    {
        var ada = await Arrived();
        await Mover.Run(Blobs, default);
        await rig.Command(ada, Just(Erased()));
        outside.Away = true;

        await Assert.ThrowsAsync<AggregateException>(() => Mover.Run(Blobs, default));

        await AssertNamed();
        outside.Away = false;
        await AssertAllGone();
    }

    [Fact]
    public async Task Retention_reaches_payloads_outside()
    {
        await rig.Store.RecordDelivery(rig.Shop, rig.Delivery("d1", []), default);
        await Mover.Run(Blobs, default);
        Assert.Single(outside.Blobs);

        await new Retention(rig.Database).Apply(rig.Clock.GetUtcNow().AddDays(30), default);
        Assert.Equal(1, await rig.Count("cx_archive"));
        await new Retention(rig.Database).Apply(rig.Clock.GetUtcNow().AddDays(30).AddSeconds(1), default);

        await AssertNamed();
        await AssertAllGone();
    }

    // Once no upload can arrive late any more: no blob, and no orphaned name.
    private async Task AssertAllGone(ArchivePlace place = Blobs)
    {
        await Mover.Run(place, default);
        await rig.Execute("update cx_orphaned_blobs set deleted_at = deleted_at - interval '11 minutes'");
        await Mover.Run(place, default);
        Assert.Empty(outside.Blobs);
        Assert.Equal(0, await rig.Count("cx_orphaned_blobs"));
    }
}
