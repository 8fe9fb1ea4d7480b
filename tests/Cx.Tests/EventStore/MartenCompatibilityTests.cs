using System.Runtime.CompilerServices;
using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Marten;
using Cx.Application.EventStore.Postgres;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>A database can move between the hosts: what one adapter wrote the other reads and continues, and would have written in the same way.</summary>
public sealed class MartenCompatibilityTests : IAsyncLifetime, IDisposable
{
    private static readonly ShopSettings Settings = new("Bottega", "Europe/Rome", ["it"]);

    private StoreRig rig = null!;
    private MartenStore marten = null!;
    private IEventStore throughMarten = null!;

    private IEventStore Plain => rig.Store;

    private DateTimeOffset Now => rig.Clock.GetUtcNow();

    public async Task InitializeAsync()
    {
        rig = await StoreRig.Create(r => Task.FromResult<IEventStore>(StoreOf(r, new NpgsqlEventTables())));
        marten = new(rig.Database);
        await marten.Prepare(default);
        throughMarten = StoreOf(rig, new MartenEventTables(marten));
    }

    public void Dispose() => marten.Dispose();

    public async Task DisposeAsync() => await rig.DisposeAsync();

    [Fact]
    public async Task Both_write_the_same_rows()
    {
        await using var abroad = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(rig.Connection) { Timezone = "Pacific/Auckland" });
        using var other = new MartenStore(abroad);
        var rows = new List<string[]>();
        foreach (var (shop, tables) in new (ShopId, IEventTables)[] { (new("plain"), new NpgsqlEventTables()), (new("marten"), new MartenEventTables(other)) })
        {
            var events = EventCatalog.Names.Select((n, i) => new Appended(Golden(n), $"correlation {i}", $"cause \"{i}\"", new("source à", $"identity {i}", i))).ToArray();
            await Write(abroad, tables, new StreamAppend(shop, "a", 3, StoreRig.Start.AddTicks(10), events[..3]), new StreamAppend(shop, "b", 1, StoreRig.Start, events[3..4]));
            await Write(abroad, tables, new StreamAppend(shop, "a", events.Length - 1, StoreRig.Start.AddHours(1), events[4..]));
            rows.Add(await rig.Scalar<string[]>(
                $"""
                select array_agg(r order by r) from (
                  select row(left(id::text, 13), stream_id, version, data, bdata, type, timestamp, mt_dotnet_type, correlation_id, causation_id, headers, is_archived)::text
                  from mt_events where tenant_id = '{shop}'
                  union all select row(id, type, version, timestamp, created, is_archived)::text from mt_streams where tenant_id = '{shop}') x (r)
                """));
        }

        Assert.Equal(EventCatalog.Names.Count() + 2, rows[0].Length);
        Assert.Equal(rows[0], rows[1]);
    }

    [Fact]
    public async Task What_one_wrote_the_other_reads_the_same_and_continues()
    {
        var ada = (await rig.Deliver("d1", [rig.Email("ada@example.com")], [Learned("ada@example.com", name: "Ada"), Placed("o1")])).Customer!.Value;
        rig.Clock.Advance(TimeSpan.FromDays(1));
        await Append(throughMarten, ada, Delivered("o1"));
        rig.Clock.Advance(TimeSpan.FromDays(1));
        await Append(Plain, ada, Placed("o2", day: 4));
        rig.Clock.Advance(TimeSpan.FromDays(1));
        await Append(throughMarten, ada, Complained("c1", "late"), Delivered("o2", day: 5));

        var both = await Both([CustomerStream.Of(ada), "shop"], AsOf.Now);
        Assert.Equal(7, both.Count);
        Assert.Equal([1L, 2L, 3L, 4L, 5L, 6L], (await rig.Stream(ada)).Select(r => r.Version));
        Assert.Equal(3, (await Both([CustomerStream.Of(ada)], new(StoreRig.Start.AddDays(1).ToOffset(TimeSpan.FromHours(2)), null))).Count);
        Assert.Equal(3, (await Both([CustomerStream.Of(ada)], new(null, Monday.AddDays(3)))).Count);
        Assert.Empty(await Both(["nobody"], AsOf.Now));

        await rig.Execute("update cx_customers set fold = 0");
        Assert.Equal(await State(Plain, ada), await State(throughMarten, ada));
    }

    [Fact]
    public async Task Follow_ups_continue_under_the_other_host_and_back()
    {
        ICustomerEvent[] facts = [Learned("ada@example.com"), Placed("o1")];
        var ada = (await rig.Deliver("d1", [rig.Email("ada@example.com"), rig.Order("o1")], facts, decide: Recording.Of(facts))).Customer!.Value;
        await Plain.Append(rig.Shop, "shop", [new SendingSwitched(Sending.On, Now)], new(Settings, Sending.On), 1, default);

        Assert.Equal(1, (await throughMarten.Wake(Now, TimeSpan.Zero, 10, Wakes, default)).Due);
        Assert.Equal("thank-you", Assert.IsType<MessageQueued>((await rig.Stream(ada))[^1].Event).Step);
        Assert.Equal(1, await rig.Count($"cx_outbox where customer = '{ada}' and status = 'queued'"));

        await Schema.Upgrade(rig.Database, default);
        await Append(throughMarten, ada, Delivered("o1"));
        rig.Clock.Advance(TimeSpan.FromDays(30));
        var before = (await rig.Stream(ada)).Count;
        Assert.Equal(1, (await Plain.Wake(Now, TimeSpan.Zero, 10, Wakes, default)).Due);
        var since = (await Both([CustomerStream.Of(ada)], AsOf.Now))[before..];
        Assert.NotEmpty(since);
        Assert.All(since, r => Assert.Contains("\"type\":\"step-", r, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task One_wake_of_several_shops_appends_to_the_streams_of_each()
    {
        ShopId second = new("atelier");
        await throughMarten.Append(second, "shop", [new ShopConfigured(Settings, Now)], new(Settings, Sending.Off), 0, default);
        foreach (var shop in new[] { rig.Shop, second })
        {
            ICustomerEvent[] facts = [Learned("ada@example.com"), Placed("o1")];
            await throughMarten.Transact(shop, new CustomerRef.ByIdentifiers([Application.Privacy.Lookup.Of(rig.Keys, shop, IdentifierKind.Order, "o1"), Application.Privacy.Lookup.Of(rig.Keys, shop, IdentifierKind.Email, "ada@example.com")]), new("c", "test", "api"), Recording.Of(facts), default);
        }

        Assert.Equal(2, (await throughMarten.Wake(Now, TimeSpan.Zero, 10, Wakes, default)).Due);

        Assert.Equal(1, await rig.Count($"mt_events where tenant_id = '{rig.Shop}' and type = 'step-held.v1'"));
        Assert.Equal(1, await rig.Count($"mt_events where tenant_id = '{second}' and type = 'step-held.v1'"));
    }

    [Fact]
    public async Task An_append_to_a_stream_of_another_version_is_a_conflict_and_writes_nothing()
    {
        var tables = new MartenEventTables(marten);
        StreamAppend Append(long version) => new(rig.Shop, "s", version, StoreRig.Start, [new(Placed($"o{version}"), "c", "c", new("s", "i", 1))]);
        await Write(rig.Database, tables, Append(1));
        var drawn = await rig.Scalar<long>("select last_value from mt_events_sequence");

        foreach (var version in new long[] { 1, 3 })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => Write(rig.Database, tables, Append(version)));
            Assert.Equal(PostgresErrorCodes.SerializationFailure, refused.SqlState);
        }

        Assert.Equal(1, await rig.Count("mt_events where stream_id = 's'"));
        Assert.Equal(drawn, await rig.Scalar<long>("select last_value from mt_events_sequence"));
    }

    [Theory]
    [InlineData(PostgresErrorCodes.SerializationFailure)]
    [InlineData(PostgresErrorCodes.DeadlockDetected)]
    [InlineData(PostgresErrorCodes.DiskFull)]
    public async Task A_failed_append_throws_the_exception_of_PostgreSQL(string code)
    {
        await rig.Execute(
            $"""
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused' using errcode = '{code}'; end $$;
            create trigger refuse before insert on mt_events for each row execute function refuse()
            """);

        var refused = await Assert.ThrowsAsync<PostgresException>(
            () => Write(rig.Database, new MartenEventTables(marten), new StreamAppend(rig.Shop, "s", 1, StoreRig.Start, [new(Placed("o1"), "c", "c", new("s", "i", 1))])));

        Assert.Equal(code, refused.SqlState);
        Assert.Equal(0, await rig.Count("mt_streams where id = 's'"));
    }

    private static PostgresEventStore StoreOf(StoreRig rig, IEventTables tables) =>
        new(rig.Database, tables, rig.Keys, new ShopDirectory(rig.Database), new Instance(), rig.Clock, NullLogger<PostgresEventStore>.Instance);

    private static IReadOnlyList<ICustomerEvent> Wakes(Customer customer, DecisionContext context) => FollowUpDecisions.Wake(customer, context, OfferChoice.NotLookedUp);

    private Task<Outcome> Append(IEventStore store, CustomerId customer, params ICustomerEvent[] facts) =>
        store.Transact(rig.Shop, new CustomerRef.ById(customer), new("a-command", "test-command", "api"), Record(facts), default);

    private static async Task Write(NpgsqlDataSource database, IEventTables tables, params StreamAppend[] appends)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("select pg_current_xact_id()") } };
        await tables.Write(batch, appends, default);
    }

    /// <summary>What both read, which must be the same.</summary>
    private async Task<List<string>> Both(string[] streams, AsOf asOf)
    {
        async Task<List<string>> Read(IEventStore store) => await store.Read(rig.Shop, streams, asOf, default)
            .Select(r => JsonSerializer.Serialize(r with { Event = null! }, EventCatalog.Json) + JsonSerializer.Serialize(r.Event, r.Event.GetType(), EventCatalog.Json)).ToListAsync();
        var plain = await Read(Plain);
        Assert.Equal(plain, await Read(throughMarten));
        return plain;
    }

    private async Task<string> State(IEventStore store, CustomerId id)
    {
        using var open = await ((PostgresEventStore)store).Open(rig.Shop, id, default);
        return JsonSerializer.Serialize(open!.Customer, EventCatalog.Json);
    }

    private static IEvent Golden(string name, [CallerFilePath] string here = "") =>
        EventCatalog.Read(name, File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(here)!, "..", "Golden", name + ".json")));
}
