using Cx.Functions.Store;
using Cx.Functions.Store.Postgres;

namespace Cx.Tests.Store;

public sealed class PostgresEventStoreTests : EventStoreContract
{
    private readonly HurriedClock hurried = new();

    protected override IEventStore Adapter(StoreRig rig)
    {
        hurried.Now = rig.Clock;
        return new PostgresEventStore(rig.Database, rig.Keys, new ShopDirectory(rig.Database), new Instance(), hurried);
    }

    protected override void OnStalled(Action<long, TimeSpan> tell) => ((PostgresEventStore)Store).Stalled += tell;

    protected override void HurryTheClock() => hurried.Step = TimeSpan.FromMinutes(1);

    /// <summary>The tests' clock, with a stopwatch that goes on by a step whenever it is read.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        private long ticks;

        public TimeProvider Now { get; set; } = System;

        public TimeSpan Step { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now.GetUtcNow();

        public override long GetTimestamp() => Interlocked.Add(ref ticks, Step.Ticks);
    }
}
