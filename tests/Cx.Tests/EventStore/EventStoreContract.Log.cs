using Cx.Domain;
using Cx.Domain.Touchpoints;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

public abstract partial class EventStoreContract
{
    /// <summary>Called when a reader is reported to wait at a gap, with the time it has waited.</summary>
    protected abstract void OnStalled(Action<long, TimeSpan> notify);

    /// <summary>Makes the store believe that a minute passes whenever it looks at the clock.</summary>
    protected abstract void SpeedUpClock();

    [Fact]
    public async Task The_log_is_read_in_order_with_the_data_that_was_asked_for()
    {
        await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1"), Delivered("o1")]);

        var all = await Rig.Log();
        Assert.Equal([1L, 2L, 3L], all.Select(l => l.Sequence));
        Assert.Equal(["shop-configured.v1", "order-placed.v1", "order-delivered.v1"], all.Select(l => l.Type));
        Assert.Equal([2L, 3L], (await Rig.Log(after: 1)).Select(l => l.Sequence));

        var some = await Store.ReadAll(0, new HashSet<string> { "order-placed.v1" }, default).SelectMany(b => b.ToAsyncEnumerable()).ToListAsync();
        Assert.Equal([false, true, false], some.Select(l => l.Event is OrderPlaced));
        Assert.Empty(await Rig.Log(after: 3));
    }

    [Fact]
    public async Task A_transaction_that_commits_late_is_waited_for_and_never_skipped()
    {
        var waits = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        SpeedUpClock();
        OnStalled((gap, since) =>
        {
            Assert.True(since > TimeSpan.FromSeconds(10));
            waits.TrySetResult(gap);
        });
        await using var late = await RawAppend.Begin(Rig.Database, "late");
        await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")]);
        await Rig.Deliver("d2", [Rig.Email("ada@example.com")], [Placed("o2")]);

        var reading = Task.Run(() => Rig.Log());

        Assert.Equal(2, await waits.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.False(reading.IsCompleted);
        await late.Commit();
        Assert.Equal([1L, 2L, 3L, 4L], (await reading).Select(l => l.Sequence));
    }

    [Fact]
    public async Task A_sequence_number_of_a_rolled_back_transaction_delays_no_reader()
    {
        await using (var aborted = await RawAppend.Begin(Rig.Database, "aborted"))
        {
            await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")]);
        }

        Assert.Equal([1L, 3L], (await Rig.Log()).Select(l => l.Sequence));
        Assert.Equal([3L], (await Rig.Log(after: 1)).Select(l => l.Sequence));
    }

    [Fact]
    public async Task A_reader_that_follows_eight_writers_sees_every_event_once_and_in_order()
    {
        var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            var chance = new Random(writer);
            var committed = new List<long>();
            for (var i = 0; i < 60; i++)
            {
                await using var append = await RawAppend.Begin(Rig.Database, $"w{writer}-{i}", events: chance.Next(1, 4));
                for (var linger = chance.Next(0, 4); linger > 0; linger--)
                {
                    await append.Linger();
                }

                if (chance.Next(4) > 0)
                {
                    await append.Commit();
                    committed.AddRange(append.Sequences);
                }
            }

            return committed;
        })));

        var seen = new List<long>();
        bool more;
        do
        {
            more = !writing.IsCompleted;
            seen.AddRange((await Rig.Log(after: seen.LastOrDefault(1))).Select(l => l.Sequence));
        }
        while (more);

        Assert.Equal((await writing).SelectMany(c => c).Order(), seen);
    }

    /// <summary>An append in plain SQL, so that it can be held open after it has drawn its sequence numbers.</summary>
    private sealed class RawAppend(NpgsqlConnection connection, NpgsqlTransaction transaction, long[] sequences) : IAsyncDisposable
    {
        public long[] Sequences => sequences;

        public static async Task<RawAppend> Begin(NpgsqlDataSource database, string stream, int events = 1)
        {
            var connection = await database.OpenConnectionAsync();
            var transaction = await connection.BeginTransactionAsync();
            await using var first = new NpgsqlCommand("insert into mt_streams (tenant_id, id, version) values ('bottega', $1, $2)", connection) { Parameters = { new() { Value = stream }, new() { Value = (long)events } } };
            await first.ExecuteNonQueryAsync();
            await using var append = new NpgsqlCommand(
                """
                with drawn as (
                  insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id)
                  select nextval('mt_events_sequence'), gen_random_uuid(), $1, v, convert_from($2, 'utf8')::jsonb, 'order-paid.v1', now(), 'bottega' from generate_series(1, $3) v returning seq_id)
                select array_agg(seq_id) from drawn
                """, connection)
            {
                Parameters = { new() { Value = stream }, new() { Value = EventCatalog.Write(new OrderPaid(new("o"), Monday)) }, new() { Value = events } },
            };
            return new(connection, transaction, (long[])(await append.ExecuteScalarAsync())!);
        }

        public async Task Linger()
        {
            await using var nothing = new NpgsqlCommand("select 1", connection);
            await nothing.ExecuteNonQueryAsync();
        }

        public Task Commit() => transaction.CommitAsync();

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
