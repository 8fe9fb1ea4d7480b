using System.Collections.Concurrent;
using Cx.Application.EventStore.Projections;
using Cx.Domain;
using Cx.Tests.Support;
using JasperFx.Events.Projections;
using Marten;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cx.Tests.EventStore.Projections;

/// <summary>That the log is followed in order and completely, whatever transactions do.</summary>
public sealed class LogDaemonTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(40);

    private ViewLog log = null!;

    public async Task InitializeAsync() => log = await ViewLog.Create();

    public async Task DisposeAsync() => await log.DisposeAsync();

    [Fact]
    public async Task A_transaction_that_has_drawn_its_number_is_waited_for_reported_and_never_skipped()
    {
        var clock = new HandClock(DateTimeOffset.UnixEpoch);
        var seen = new Seen(log.Source);
        await using var daemon = Stores.Daemon(log.Source, log.Signal, [seen], clock, log.Failures, log.Marten);
        await daemon.StartAsync(CancellationToken.None);
        await using var slow = await log.Source.OpenConnectionAsync();
        var transaction = await slow.BeginTransactionAsync();
        var held = log.Holds();
        var late = await log.Append(slow, "late");
        var last = await log.Visit("a", 3);
        var report = log.Failures.First;
        while (!report.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            await log.Scalar("select 1");
        }

        var reported = await report;
        await held;
        Assert.Equal((LogLevel.Critical, (object?)late), (reported.Level, reported.Values["Sequence"]));
        Assert.Empty(seen.Sequences);
        await transaction.CommitAsync();
        log.Signal.Pulse();
        await seen.Reached(last);

        Assert.Equal([late, late + 1, late + 2, last], seen.Sequences);
    }

    [Fact]
    public async Task A_number_of_a_transaction_that_rolled_back_is_passed_over()
    {
        var seen = new Seen(log.Source);
        await using var daemon = Stores.Daemon(log.Source, log.Signal, [seen]);
        await daemon.StartAsync(CancellationToken.None);
        await using (var aborted = await log.Source.OpenConnectionAsync())
        {
            await using var transaction = await aborted.BeginTransactionAsync();
            await log.Append(aborted, "aborted");
        }

        var last = await log.Visit("a");
        await seen.Reached(last);

        Assert.Equal([last], seen.Sequences);
    }

    [Fact]
    public async Task Of_eight_writers_every_event_is_seen_once_and_in_order()
    {
        var seen = new Seen(log.Source);
        await using var daemon = Stores.Daemon(log.Source, log.Signal, [seen]);
        await daemon.StartAsync(CancellationToken.None);
        var committed = new ConcurrentBag<long>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            var chance = new Random(writer);
            for (var i = 0; i < 30; i++)
            {
                await using var connection = await log.Source.OpenConnectionAsync();
                await using var transaction = await connection.BeginTransactionAsync();
                var number = await log.Append(connection, $"w{writer}-{i}");
                for (var linger = chance.Next(0, 4); linger > 0; linger--)
                {
                    await using var nothing = new NpgsqlCommand("select 1", connection);
                    await nothing.ExecuteNonQueryAsync();
                }

                if (chance.Next(8) > 0)
                {
                    await transaction.CommitAsync();
                    committed.Add(number);
                    log.Signal.Pulse();
                }
            }
        })));

        await seen.Reached(committed.Max());

        Assert.Equal(committed.Order(), seen.Sequences);
    }

    /// <summary>Remembers what it was given.</summary>
    private sealed class Seen(NpgsqlDataSource database) : LogSubscription(database, "seen", 1, ["visit-made.v1"], atOnce: 50)
    {
        private readonly ConcurrentQueue<long> sequences = new();
        private readonly ConcurrentDictionary<long, TaskCompletionSource> waiting = new();
        private long ceiling;

        public IReadOnlyCollection<long> Sequences => sequences;

        public async Task Reached(long sequence)
        {
            var reached = waiting.GetOrAdd(sequence, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
            if (Volatile.Read(ref ceiling) >= sequence)
            {
                reached.TrySetResult();
            }

            await reached.Task.WaitAsync(Timeout);
        }

        protected override Task<IChangeListener?> Process(LogRange range, IDocumentOperations operations, CancellationToken ct)
        {
            foreach (var e in range.Events)
            {
                sequences.Enqueue(e.Sequence);
            }

            Volatile.Write(ref ceiling, range.Ceiling);
            foreach (var (_, reached) in waiting.Where(w => w.Key <= range.Ceiling))
            {
                reached.TrySetResult();
            }

            return Task.FromResult<IChangeListener?>(null);
        }
    }
}
