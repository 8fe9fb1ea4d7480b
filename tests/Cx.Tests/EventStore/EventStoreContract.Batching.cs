using Cx.Application.EventStore;
using Cx.Domain;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>Transactions may be committed in one batch; each has the outcome that it would have by itself.</summary>
public abstract partial class EventStoreContract
{
    private const int Crowd = 40;

    [Fact]
    public async Task Requests_that_wait_for_a_worker_are_committed_in_batches()
    {
        var outcomes = await AtOnce(Enumerable.Range(0, Crowd).Select(n => (Decide)((_, _) => [Placed($"o{n}")])));

        Assert.All(outcomes, o => Assert.Equal(TransactResult.Committed, o.Result.Result));
        Assert.Equal(Crowd, outcomes.Select(o => o.Result.Customer).Distinct().Count());
        Assert.Equal(Crowd, await Rig.Count("cx_deliveries"));
        Assert.Equal(Crowd, await Rig.Count("cx_archive"));
        Assert.Equal(Crowd, await Rig.Count("mt_events where type = 'order-placed.v1'"));
        Assert.InRange(await Rig.Scalar<long>("select count(distinct xmin::text) from cx_deliveries"), 1, Crowd / 2);
    }

    [Fact]
    public async Task A_request_that_is_refused_or_cannot_be_stored_fails_alone_in_its_batch()
    {
        var outcomes = await AtOnce(Enumerable.Range(0, Crowd).Select(n => (Decide)((_, _) => n switch
        {
            7 => throw new RuleBrokenException("no-such-thing", "No."),
            11 => [Placed("\0")],
            _ => [Placed($"o{n}")],
        })));

        Assert.IsType<RuleBrokenException>(outcomes[7].Exception!.InnerException);
        Assert.IsType<PostgresException>(outcomes[11].Exception!.InnerException);
        Assert.All(outcomes.Where((_, n) => n is not (7 or 11)), o => Assert.Equal(TransactResult.Committed, o.Result.Result));
        Assert.Equal(Crowd - 2, await Rig.Count("mt_events where type = 'order-placed.v1'"));
        Assert.Equal(Crowd - 2, await Rig.Count("cx_deliveries"));
    }

    [Fact]
    public async Task A_request_cancelled_while_it_waits_is_not_decided()
    {
        using var given = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        var decided = 0;
        var ahead = Enumerable.Range(0, Crowd).Select(n => Rig.Deliver($"a{n}", [Rig.Email($"a{n}@example.com")], [Placed($"o{n}")], decide: (_, _) =>
        {
            gate.Wait();
            return [];
        })).ToArray();
        var late = Store.Transact(Rig.Shop, new CustomerRef.ByIdentifiers([Rig.Email("late@example.com")]), new("c", "test", "api"), (_, _) =>
        {
            decided++;
            return [Placed("late")];
        }, given.Token);

        await given.CancelAsync();
        gate.Set();
        await Task.WhenAll(ahead);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late);
        Assert.Equal(0, decided);
    }

    // No decision ends before all requests have been made: those that find all workers busy then share batches.
    private async Task<Task<Outcome>[]> AtOnce(IEnumerable<Decide> decisions)
    {
        using var gate = new ManualResetEventSlim();
        var all = decisions.Select((decide, n) => Rig.Deliver($"d{n}", [Rig.Email($"p{n}@example.com")], [Placed($"o{n}")], decide: (customer, context) =>
        {
            gate.Wait();
            return decide(customer, context);
        })).ToArray();
        gate.Set();
        await Task.WhenAll(all).ContinueWith(_ => { }, TaskScheduler.Default);
        return all;
    }
}
