using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>What every event store guarantees, against a real PostgreSQL. An adapter's tests derive from this and say how to make one.</summary>
public abstract partial class EventStoreContract : IAsyncLifetime
{
    protected StoreRig Rig { get; private set; } = null!;

    protected IEventStore Store => Rig.Store;

    protected abstract Task<IEventStore> Adapter(StoreRig rig);

    public async Task InitializeAsync() => Rig = await StoreRig.Create(Adapter);

    public virtual async Task DisposeAsync() => await Rig.DisposeAsync();

    [Fact]
    public async Task A_delivery_about_a_new_person_is_stored_with_all_that_must_agree_with_it()
    {
        ICustomerEvent[] facts = [Learned("ada@example.com", name: "Ada"), Placed("o1")];
        var outcome = await Rig.Deliver("d1", [Rig.Order("o1"), Rig.Email("ada@example.com")], facts, decide: Recording.Of(facts));

        Assert.Equal(TransactResult.Committed, outcome.Result);
        var customer = outcome.Customer!.Value;
        Assert.Equal(["customer-details-learned.v1", "order-placed.v1", "follow-up-started.v1"], (await Rig.Stream(customer)).Select(r => r.Type));
        Assert.Equal(1, await Rig.Count("cx_deliveries"));
        Assert.Equal(2, await Rig.Count($"cx_identifiers where customer = '{customer}'"));
        Assert.Equal(1, await Rig.Count($"cx_archive where customer = '{customer}'"));
        Assert.Equal(1, await Rig.Count($"cx_customers where id = '{customer}' and version = 3 and key is not null and due_at is not null"));
        Assert.Equal(3, await Rig.Count($"cx_states where customer = '{customer}'"));
        Assert.Equal(3, await Rig.Scalar<long>($"select version from mt_streams where id = 'customer-{customer}'"));
        Assert.Equal(1, await Rig.Scalar<long>("select count(distinct xmin::text) from (select xmin from cx_customers union all select xmin from cx_states union all select xmin from cx_deliveries union all select xmin from cx_identifiers union all select xmin from cx_archive union all select xmin from mt_events where stream_id <> 'shop' union all select xmin from mt_streams where id <> 'shop') x"));
    }

    [Fact]
    public async Task A_second_copy_changes_nothing()
    {
        await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")]);
        var before = await Rig.Dump();

        var again = await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")]);

        Assert.Equal(TransactResult.Duplicate, again.Result);
        Assert.Empty(again.Events);
        Assert.Equal(before, await Rig.Dump());
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_recorded_as_a_conflict_and_stores_no_event()
    {
        await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")]);
        var events = await Rig.Count("mt_events");

        for (var times = 0; times < 2; times++)
        {
            Assert.Equal(TransactResult.KeyConflict, (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o2")], body: "another")).Result);
        }

        Assert.Equal(1, await Rig.Count("cx_delivery_conflicts"));
        Assert.Equal(events, await Rig.Count("mt_events"));
    }

    [Fact]
    public async Task A_second_delivery_of_the_same_facts_stores_no_event()
    {
        var first = await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")]);

        var second = await Rig.Deliver("d2", [Rig.Email("ada@example.com")], [Placed("o1")]);

        Assert.Equal(TransactResult.Committed, second.Result);
        Assert.Equal(first.Customer, second.Customer);
        Assert.Empty(second.Events);
        Assert.Equal(2, await Rig.Count("cx_deliveries"));
        Assert.Single(await Rig.Stream(first.Customer!.Value));
    }

    [Fact]
    public async Task A_delivery_without_facts_creates_no_customer()
    {
        var outcome = await Rig.Deliver("d1", [Rig.Email("ada@example.com")], []);

        Assert.Null(outcome.Customer);
        Assert.Equal(0, await Rig.Count("cx_customers"));
        Assert.Equal(0, await Rig.Count("cx_identifiers"));
        Assert.Equal(1, await Rig.Count("cx_archive where customer is null"));
    }

    [Fact]
    public async Task A_broken_rule_commits_nothing()
    {
        var customer = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;
        var before = await Rig.Dump();

        await Assert.ThrowsAsync<RuleBrokenException>(() => Rig.Deliver("d2", [Rig.Email("ada@example.com"), Rig.Phone("+39")], [], decide: (_, _) => throw new RuleBrokenException("no", "No.")));
        await Assert.ThrowsAsync<RuleBrokenException>(() => Rig.Command(customer, (_, _) => throw new RuleBrokenException("no", "No.")));

        Assert.Equal(before, await Rig.Dump());
    }

    [Fact]
    public async Task An_unknown_customer_id_is_refused() =>
        await Assert.ThrowsAsync<UnknownCustomerException>(() => Rig.Command(new("nobody"), Just(Placed("o1"))));

    [Fact]
    public async Task The_recorded_instant_never_goes_back()
    {
        var customer = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;
        Rig.Clock.Advance(TimeSpan.FromHours(-2));
        await Rig.Deliver("d2", [Rig.Email("ada@example.com")], [Placed("o2")]);
        Rig.Clock.Advance(TimeSpan.FromHours(3));
        await Rig.Deliver("d3", [Rig.Email("ada@example.com")], [Placed("o3")]);

        Assert.Equal([StoreRig.Start, StoreRig.Start, StoreRig.Start.AddHours(1)], (await Rig.Stream(customer)).Select(r => r.RecordedAt));
    }

    [Fact]
    public async Task Each_event_has_its_correlation_and_causation()
    {
        var customer = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;

        await Rig.Command(customer, Just(Delivered("o1")));

        var events = await Rig.Stream(customer);
        Assert.Equal((Correlations.Of(Rig.Delivery("d1", []).Key), "webhook", "test", customer.Value), (events[0].Correlation, events[0].Causation, events[0].Source, events[0].Identity));
        Assert.Equal(("a-command", "test-command", "api", customer.Value), (events[1].Correlation, events[1].Causation, events[1].Source, events[1].Identity));
        Assert.Equal([1, 2], events.Select(e => e.Version));
        Assert.Equal(1, await Rig.Scalar<int>("select (headers->>'shop')::int from mt_events where type = 'order-delivered.v1'"));
    }

    [Fact]
    public async Task The_past_is_read_as_it_was_known_and_as_it_had_happened()
    {
        var customer = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;
        Rig.Clock.Advance(TimeSpan.FromDays(5));
        await Rig.Command(customer, Just(Delivered("o1", day: 3)));

        async Task<int> Seen(DateTimeOffset? known, DateTimeOffset? happened) =>
            await Store.Read(Rig.Shop, [CustomerStream.Of(customer)], new(known, happened), default).CountAsync();
        Assert.Equal(1, await Seen(StoreRig.Start.AddDays(4), null));
        Assert.Equal(2, await Seen(StoreRig.Start.AddDays(5), null));
        Assert.Equal(1, await Seen(null, Monday.AddDays(2)));
        Assert.Equal(2, await Seen(null, Monday.AddDays(3)));
    }

    [Fact]
    public async Task A_state_of_an_older_fold_is_folded_anew_from_the_events()
    {
        var customer = (await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Learned("ada@example.com"), Placed("o1"), Complained("c1", "late", "o1")])).Customer!.Value;
        var kept = JsonSerializer.Serialize(await Rig.Customer(customer), EventCatalog.Json);

        await Rig.Execute("update cx_customers set fold = 0; update cx_states set data = '\"stale\"', id = id || 'stale', at = now()");

        Assert.Equal(kept, JsonSerializer.Serialize(await Rig.Customer(customer), EventCatalog.Json));
    }

    [Fact]
    public async Task A_connection_that_dies_between_reading_and_writing_leaves_nothing_half_done()
    {
        await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")]);
        var before = await Rig.Dump();
        var facts = new ICustomerEvent[] { Placed("o2") };

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => Rig.Deliver("d2", [Rig.Email("ada@example.com")], facts, decide: (customer, context) =>
        {
            KillOthers();
            return Record(facts)(customer, context);
        }));

        Assert.Equal(before, await Rig.Dump());
        Assert.Single((await Rig.Deliver("d2", [Rig.Email("ada@example.com")], facts)).Events);
    }

    [Fact]
    public async Task A_connection_that_dies_while_writing_leaves_nothing_half_done()
    {
        await Rig.Deliver("d1", [Rig.Email("ada@example.com")], [Placed("o1")]);
        var before = await Rig.Dump();

        // The archive's row is the last that is written: all else is done when it waits for this lock.
        await using var blocker = await Rig.Database.OpenConnectionAsync();
        await using (var transaction = await blocker.BeginTransactionAsync())
        {
            await using (var taken = new NpgsqlCommand("lock table cx_archive in exclusive mode", blocker))
            {
                await taken.ExecuteNonQueryAsync();
            }

            var delivering = Rig.Deliver("d2", [Rig.Email("ada@example.com")], [Placed("o2")]);
            while (await Rig.Count("pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 0)
            {
                Assert.False(delivering.IsCompleted);
            }

            await Rig.Execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => delivering);
        }

        Assert.Equal(before, await Rig.Dump());
    }

    private void KillOthers()
    {
        using var connection = new NpgsqlConnection(Rig.Connection);
        connection.Open();
        using var kill = new NpgsqlCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", connection);
        kill.ExecuteNonQuery();
    }
}
