using Cx.Application.EventStore;
using Cx.Application.EventStore.Postgres;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>What the store on PostgreSQL guarantees with either adapter of the event tables.</summary>
public abstract class PostgresEventStoreContract : EventStoreContract
{
    private readonly SpedUpClock spedUp = new();
    private readonly TestLog<PostgresEventStore> log = new();

    /// <summary>The adapter under test, on a database that is prepared for it.</summary>
    protected abstract IEventTables Tables(NpgsqlDataSource database);

    /// <summary>What the adapter does once, when a process starts.</summary>
    protected virtual Task Prepare(NpgsqlDataSource database) => Task.CompletedTask;

    protected override async Task<IEventStore> Adapter(StoreRig rig)
    {
        spedUp.Now = rig.Clock;
        await Prepare(rig.Database);
        return new PostgresEventStore(rig.Database, Tables(rig.Database), rig.Keys, new ShopDirectory(rig.Database), new Instance(), spedUp, log);
    }

    protected override void OnStalled(Action<long, TimeSpan> notify) => log.Logged += entry =>
    {
        if (entry.Values.TryGetValue("Waited", out var waited))
        {
            notify((long)entry.Values["Sequence"]!, (TimeSpan)waited!);
        }
    };

    protected override void OnWakeFailed(Action<CustomerId> notify) => log.Logged += entry =>
    {
        if (entry.Level == LogLevel.Error && entry.Values.TryGetValue("Customer", out var customer))
        {
            notify((CustomerId)customer!);
        }
    };

    protected override void SpeedUpClock() => spedUp.Step = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_transaction_never_needs_a_second_connection()
    {
        await using var narrow = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Rig.Connection) { MaxPoolSize = 1, Timeout = 5 });
        var tables = Tables(narrow);
        PostgresEventStore Cold() => new(narrow, tables, Rig.Keys, new ShopDirectory(narrow), new Instance(), Rig.Clock, log);
        var customer = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Learned("ada@example.com"), Placed("o1")], decide: Recording.Of([Learned("ada@example.com"), Placed("o1")]))).Customer!.Value;

        await Cold().Transact(Rig.Shop, new CustomerRef.ById(customer), new("a-command", "test-command", "api"), Just(Objected()), default);
        Assert.Equal(1, (await Cold().Wake(Rig.Clock.GetUtcNow(), TimeSpan.Zero, 10, Just(Delivered("o1")), default)).Due);
        using var open = await Cold().Open(Rig.Shop, customer, default);

        Assert.Equal(5, open!.Customer.Version);
    }

    /// <summary>The tests' clock, with a stopwatch that advances by a step whenever it is read.</summary>
    private sealed class SpedUpClock : TimeProvider
    {
        private long ticks;

        public TimeProvider Now { get; set; } = System;

        public TimeSpan Step { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now.GetUtcNow();

        public override long GetTimestamp() => Interlocked.Add(ref ticks, Step.Ticks);
    }
}
