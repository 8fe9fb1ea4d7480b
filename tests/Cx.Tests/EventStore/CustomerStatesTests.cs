using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Tests.Customers;
using Cx.Tests.Support;
using FsCheck.Fluent;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>The customers' states are a projection: written beside the events, and the same after a rebuild.</summary>
public sealed class CustomerStatesTests : IAsyncLifetime
{
    private readonly SentCommands sent = new();
    private StoreRig rig = null!;

    private MartenEventStore Store => (MartenEventStore)rig.Store;

    public async Task InitializeAsync() => rig = await StoreRig.Create(r =>
    {
        var database = new NpgsqlDataSourceBuilder(r.Connection).UseLoggerFactory(sent);
        return Task.FromResult<IEventStore>(Stores.On(database.Build(), r.Keys, r.Clock));
    });

    public async Task DisposeAsync() => await rig.DisposeAsync();

    [Fact]
    public async Task A_rebuild_writes_the_states_that_the_transactions_wrote()
    {
        var customers = new List<CustomerId>();
        foreach (var (n, facts) in ReportedFacts.SomeWithVisits.Generator.Sample(12, 20).Index())
        {
            customers.Add((await rig.Deliver($"c{n}", [rig.Email($"{n}@example.com")], [Placed("o9"), .. facts.Select(f => f.Sealed(p => Personal.Clear(p?.Value)))])).Customer!.Value);
        }

        await rig.Store.Link(rig.Shop, customers[0], customers[1], Monday, new("a-link", "link", "test"), default);
        await rig.Store.Link(rig.Shop, customers[2], customers[3], Monday, new("a-link", "link", "test"), default);
        await rig.Store.Unlink(rig.Shop, customers[2], customers[3], new("a-link", "unlink", "test"), default);
        await rig.Command(customers[4], Just(Erased()));
        var kept = await States(customers);
        Assert.Equal(customers.Count - 1, await rig.Count("(select distinct customer from cx_states) s"));

        await rig.Execute("update cx_states set data = '\"stale\"', id = id || 'stale', at = now()");
        await Rebuild();

        Assert.Equal(kept, await States(customers));
        Assert.Equal(0, await rig.Count("cx_states where id like '%stale' or data::text like '%stale%'"));
    }

    [Fact]
    public async Task A_rebuild_while_transactions_go_on_leaves_the_fold_of_all_events()
    {
        var customers = new List<CustomerId>();
        for (var n = 0; n < 40; n++)
        {
            customers.Add((await rig.Deliver($"c{n}", [rig.Email($"{n}@example.com")], [Placed("o9")])).Customer!.Value);
        }

        var rebuilt = Rebuild();
        for (var n = 0; n < 60 || !rebuilt.IsCompleted; n++)
        {
            await rig.Deliver($"d{n}", [rig.Email($"{n % 40}@example.com")], [Placed($"o{n}", n % 20)]);
        }

        await rebuilt;
        foreach (var customer in customers)
        {
            var folded = CustomerFold.Evolve(CustomerFold.Start(customer), (await rig.Stream(customer)).Select(r => (ICustomerEvent)r.Event));
            var whole = await Open(customer);
            Assert.Equal(Json(folded with { Version = whole.Version, RecordedAt = whole.RecordedAt }), Json(whole));
        }
    }

    [Fact]
    public async Task A_state_is_written_by_the_batch_that_appends_and_costs_no_round_trip_of_its_own()
    {
        var ada = (await rig.Deliver("c", [rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;
        sent.Clear();

        await rig.Deliver("d", [rig.Email("ada@example.com")], [Placed("o2")]);

        // Reads, guards, and what follows from the decision.
        Assert.Equal([4, 2, 2], sent.Batches.Select(b => b.Length));
        Assert.Contains("mt_quick_append_events", sent.Batches[^1][0], StringComparison.Ordinal);
        Assert.StartsWith("insert into cx_states", sent.Batches[^1][1], StringComparison.Ordinal);
        Assert.Equal(2, (await Open(ada)).Orders.Count);
    }

    private async Task Rebuild()
    {
        using var daemon = await Stores.Marten(rig.Database).BuildProjectionDaemonAsync();
        await daemon.RebuildProjectionAsync(CustomerStates.Name, default);
    }

    private async Task<List<string>> States(IEnumerable<CustomerId> customers)
    {
        var states = new List<string>();
        foreach (var customer in customers)
        {
            states.Add(Json(await Open(customer)));
        }

        return states;
    }

    private async Task<Customer> Open(CustomerId customer)
    {
        using var open = await Store.Open(rig.Shop, customer, StateQuery.Everything, default);
        return open!.Customer;
    }

    private static string Json(Customer customer) => JsonSerializer.Serialize(customer, EventCatalog.Json);
}
