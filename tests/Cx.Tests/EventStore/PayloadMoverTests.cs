using System.Text;
using System.Text.RegularExpressions;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using static Cx.Application.EventStore.ArchivePlace;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

public sealed partial class PayloadMoverTests : IAsyncLifetime
{
    private const string Body = "Ada Lovelace, ada@example.com";

    private readonly OutsidePayloads outside = new();
    private StoreRig rig = null!;

    private PayloadMover Mover => new(rig.Database, outside);

    public async Task InitializeAsync() => rig = await StoreRig.Create(
        r => Task.FromResult<IEventStore>(Stores.On(r.Database, r.Keys, r.Clock)));

    public async Task DisposeAsync() => await rig.DisposeAsync();

    [Fact]
    public async Task A_payload_that_was_moved_is_outside_only_sealed_and_reads_back_exactly()
    {
        var ada = await Arrived();
        var sealedData = await rig.Scalar<byte[]>("select data from cx_archive");

        await Mover.Run(Blobs, default);

        var (name, bytes) = Assert.Single(outside.Blobs);
        Assert.Matches(Name(), name);
        Assert.Equal(sealedData, bytes);
        Assert.Equal((0, 1), (await Here(), await Away()));
        Assert.Equal(Body, await Held(ada));
        await Mover.Run(Blobs, default);
        Assert.Single(outside.Puts);
    }

    [Fact]
    public async Task While_the_store_outside_is_unreachable_payloads_stay_and_a_failing_one_delays_no_other()
    {
        var ada = await Arrived();
        outside.Away = true;
        await Assert.ThrowsAsync<AggregateException>(() => Mover.Run(Blobs, default));
        var bob = await Arrived("d2", "bob@example.com", "from Bob");
        outside.Away = false;

        await Mover.Run(Blobs, default);
        Assert.Equal((1, Body, "from Bob"), (outside.Blobs.Count, await Held(ada), await Held(bob)));

        await LeasesEnd();
        await Mover.Run(Blobs, default);
        Assert.Equal((2, 0, Body), (outside.Blobs.Count, await Here(), await Held(ada)));
    }

    [Fact]
    public async Task An_upload_that_hangs_delays_neither_deliveries_nor_an_erasure()
    {
        await rig.Deliver("d0", [rig.Order("o1")], [Complained("c0", "late", "o1")], body: "waits for its order");
        var (reached, hangs) = (new TaskCompletionSource(), new TaskCompletionSource());
        outside.BeforePut = _ =>
        {
            reached.TrySetResult();
            return hangs.Task;
        };
        var moving = Task.Run(() => Mover.Run(Blobs, default));
        await reached.Task;

        // While the first payload is uploaded, it turns out to concern Ada.
        var ada = (await rig.Deliver("d1", [rig.Order("o1"), rig.Email("ada@example.com")], [Placed("o1")], body: Body)).Customer!.Value;
        Assert.Equal(2, await rig.Count($"cx_archive where customer = '{ada}' and data is not null"));
        await rig.Command(ada, Just(Erased()));

        hangs.SetResult();
        await moving;
        await AssertAllGone();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_that_stops_at_an_upload_loses_nothing_and_leaves_no_blob_without_a_name(bool arrived)
    {
        var ada = await Arrived();
        await Stops(arrived);

        Assert.Equal((1, arrived ? 1 : 0), (await Here(), outside.Blobs.Count));
        Assert.Equal(Body, await Held(ada));
        await AssertNamed();

        await Mover.Run(Blobs, default);
        Assert.Equal(1, await Here());
        await LeasesEnd();
        await Mover.Run(Blobs, default);
        Assert.Equal((0, 1, Body), (await Here(), outside.Blobs.Count, await Held(ada)));
        await AssertNamed();
    }

    [Fact]
    public async Task Two_concurrent_movers_move_each_payload_once()
    {
        const int Payloads = (2 * PayloadMover.BatchSize) + 5;
        for (var i = 0; i < Payloads; i++)
        {
            await Arrived($"d{i}", $"buyer-{i}@example.com");
        }

        var (reached, hangs) = (new TaskCompletionSource(), new TaskCompletionSource());
        var slowly = new OutsidePayloads();
        slowly.BeforePut = _ =>
        {
            reached.TrySetResult();
            return hangs.Task;
        };
        var slow = Task.Run(() => new PayloadMover(rig.Database, slowly).Run(Blobs, default));
        await reached.Task;
        await Mover.Run(Blobs, default);
        hangs.SetResult();
        await slow;

        Assert.Equal((PayloadMover.BatchSize, Payloads - PayloadMover.BatchSize), (slowly.Puts.Count, outside.Puts.Count));
        Assert.Equal(Payloads, slowly.Puts.Union(outside.Puts).Count());
        Assert.Equal((0, Payloads), (await Here(), await Away()));
    }

    [Fact]
    public async Task Payloads_come_back_as_they_were_and_nothing_stays_outside()
    {
        const int Payloads = PayloadMover.BatchSize + 3;
        for (var i = 0; i < Payloads; i++)
        {
            await Arrived($"d{i}", "ada@example.com", $"{Body} {i}");
        }

        const string Everything = "select string_agg(encode(delivery, 'hex') || encode(data, 'hex'), ' ' order by delivery) from cx_archive";
        var before = await rig.Scalar<string>(Everything);
        await Mover.Run(Blobs, default);

        await Mover.Run(Postgres, default);

        Assert.Equal(before, await rig.Scalar<string>(Everything));
        Assert.Equal((Payloads, 0), (await Here(), await Away()));
        await AssertNamed();
        await AssertAllGone(Postgres);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_payload_whose_move_was_not_completed_comes_back_too(bool arrived)
    {
        var ada = await Arrived();
        await Stops(arrived);
        await LeasesEnd();

        await Mover.Run(Postgres, default);

        Assert.Equal((1, 0), (await Here(), await Away()));
        Assert.Equal(Body, await Held(ada));
        await AssertAllGone(Postgres);
    }

    [Fact]
    public async Task A_blob_that_is_not_there_is_named_and_the_others_come_back()
    {
        await Arrived();
        var bob = await Arrived("d2", "bob@example.com", "from Bob");
        await Mover.Run(Blobs, default);
        var lost = await rig.Scalar<string>($"select blob from cx_archive where customer <> '{bob}'");
        outside.Blobs.TryRemove(lost, out _);

        var failed = await Assert.ThrowsAsync<AggregateException>(() => Mover.Run(Postgres, default));

        Assert.Contains(lost, failed.InnerException!.Message, StringComparison.Ordinal);
        Assert.Equal((1, 1, "from Bob"), (await Here(), await Away(), await Held(bob)));
    }

    [Fact]
    public async Task A_host_without_blob_storage_names_the_setting_to_change()
    {
        var ada = await Arrived();
        await Mover.Run(Blobs, default);

        var error = await Assert.ThrowsAsync<PayloadUnreachableException>(() => Held(ada, new NoPayloadStore()));
        outside.Away = true;
        await Assert.ThrowsAsync<PayloadUnreachableException>(() => Held(ada));

        Assert.Contains("Cx__Archive=postgres", error.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex("^bottega/2026/03/02/[0-9a-f]{32}$")]
    private static partial Regex Name();

    private async Task<CustomerId> Arrived(string key = "d1", string email = "ada@example.com", string body = Body) =>
        (await rig.Deliver(key, [rig.Email(email)], [Learned(email)], body)).Customer!.Value;

    private Task<long> Here() => rig.Count("cx_archive where data is not null");

    private Task<long> Away() => rig.Count("cx_archive where data is null and blob is not null");

    private async Task<string> Held(CustomerId customer, IPayloadStore? store = null) => string.Join(
        '\n', (await (await new ExportReader(rig.Database, rig.Keys, store ?? outside).PayloadsOf(rig.Shop, CustomerFold.Start(customer), default)).ToListAsync()).Select(p => Encoding.UTF8.GetString(p.Body)));

    // A process that is ended while it uploads, before the upload is carried out or after.
    private async Task Stops(bool arrived)
    {
        using var end = new CancellationTokenSource();
        Task End(string name)
        {
            end.Cancel();
            throw new OperationCanceledException(end.Token);
        }

        if (arrived)
        {
            outside.AfterPut = End;
        }
        else
        {
            outside.BeforePut = End;
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Mover.Run(Blobs, end.Token));
        outside.BeforePut = outside.AfterPut = _ => Task.CompletedTask;
    }

    private Task LeasesEnd() => rig.Execute("update cx_archive set moving_until = now() - interval '1 second'");

    // Every blob has its name in a row or among the orphans.
    private async Task AssertNamed()
    {
        foreach (var blob in outside.Blobs.Keys)
        {
            Assert.Equal(1, await rig.Scalar<long>($"select (select count(*) from cx_archive where blob = '{blob}') + (select count(*) from cx_orphaned_blobs where blob = '{blob}')"));
        }
    }
}
