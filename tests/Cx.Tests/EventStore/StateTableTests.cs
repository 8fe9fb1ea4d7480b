using System.Text.Json;
using System.Text.Json.Nodes;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Customers;
using Cx.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>The rows of a customer's state in the database: the statements select what <see cref="StateQuery"/> says, and read nothing else.</summary>
public sealed class StateTableTests : IAsyncLifetime
{
    private StoreRig rig = null!;

    private MartenEventStore Store => (MartenEventStore)rig.Store;

    public async Task InitializeAsync() => rig = await StoreRig.Create(
        r => Task.FromResult<IEventStore>(Stores.On(new DatabaseAddress(r.Connection).Pool(), r.Keys, r.Clock)));

    public async Task DisposeAsync() => await rig.DisposeAsync();

    [Fact]
    public async Task The_statements_select_what_the_query_says_and_the_rows_are_the_fold_of_the_events()
    {
        foreach (var (n, facts) in ReportedFacts.SomeWithVisits.Generator.Sample(12, 40).Index())
        {
            var customer = (await rig.Deliver($"c{n}", [rig.Email($"{n}@example.com")], [Placed("o9")])).Customer!.Value;
            foreach (var fact in facts.Select(f => f.Sealed(p => Personal.Clear(p?.Value))))
            {
                await rig.Store.Transact(rig.Shop, new CustomerRef.ById(customer), new("chain", "test", "test") { Reads = StateQuery.Of([fact]) }, Recording.Of([fact]), default);
                await rig.Store.Transact(
                    rig.Shop, new CustomerRef.ById(customer), new("chain", "test", "test") { Reads = StateQuery.Open },
                    (c, s) => FollowUpDecisions.Wake(c, s, OfferChoice.NotLookedUp), default);
            }

            var whole = await Open(customer, StateQuery.Everything);
            var folded = CustomerFold.Evolve(CustomerFold.Start(customer), (await rig.Stream(customer)).Select(r => (ICustomerEvent)r.Event));
            Assert.Equal(Json(folded with { Version = whole.Version, RecordedAt = whole.RecordedAt }), Json(whole));

            var rows = CustomerState.New(customer).Changes(whole, (await new ShopDirectory(Stores.Marten(rig.Database)).Get(rig.Shop, default))!).Rows;
            foreach (var query in Queries(facts))
            {
                var head = rows.Single(r => r.Key == ItemKey.Head);
                var open = new StateQuery { Since = head.At, OrdersSince = head.OrdersAt };
                var expected = rows.Where(r => r.Key == ItemKey.Head || r.Reach == Reach.Always || query.Selects(r) || open.Selects(r));
                Assert.Equal(Json(CustomerState.Of(whole.Version, whole.RecordedAt, query, expected).Customer), Json(await Open(customer, query)));
            }
        }
    }

    [Fact]
    public async Task A_late_refund_of_a_closed_order_leaves_what_the_fold_of_the_events_leaves()
    {
        var ada = (await rig.Deliver("c", [rig.Email("ada@example.com")], [Placed("o1"), Delivered("o1"), Placed("o2", 30)])).Customer!.Value;
        Assert.Equal(1, await rig.Count("cx_states where kind = 1 and id = 'o1' and reach = 0"));

        OrderRefunded[] refund = [new(new("o1"), "r1", new(49.90m, "EUR"), Full: true, Monday.AddDays(9))];
        await rig.Deliver("r", [rig.Email("ada@example.com")], refund, decide: Recording.Of(refund));

        var whole = await Open(ada, StateQuery.Everything);
        var folded = CustomerFold.Evolve(CustomerFold.Start(ada), (await rig.Stream(ada)).Select(r => (ICustomerEvent)r.Event));
        Assert.Equal(Json(folded with { Version = whole.Version, RecordedAt = whole.RecordedAt }), Json(whole));
        Assert.Single(whole.Orders[new("o1")].Refunds);
    }

    [Fact]
    public async Task A_further_touchpoint_reads_no_row_of_the_history()
    {
        var customer = (await rig.Deliver("c", [rig.Email("ada@example.com")], [Learned("ada@example.com")])).Customer!.Value;
        foreach (var chunk in Enumerable.Range(0, 2000).Chunk(100))
        {
            ICustomerEvent[] facts = [.. chunk.SelectMany(n => (ICustomerEvent[])[Asked("one", n), Asked($"t{n}", n), new ContactAnswered($"a{n}", new($"t{n}"), Channel.Chat, null, Monday.AddMinutes(n)), Placed($"o{n}", n % 300)])];
            await rig.Store.Transact(rig.Shop, new CustomerRef.ById(customer), new("seed", "test", "test") { Reads = StateQuery.Open }, Record(facts), default);
        }

        // However the statement was planned: before the database knows how many rows there are, and after.
        foreach (var prepare in new[] { "select 1", "analyze cx_states" })
        {
            await rig.Execute(prepare);
            var query = StateQuery.Of([Asked("one", 3000), Asked("t5", 3000), Placed("o7", 3000)]);
            Assert.InRange(await RowsRead(customer, query), 1, 60);
        }
    }

    private static IEnumerable<StateQuery> Queries(IReadOnlyList<ICustomerEvent> facts) =>
    [
        StateQuery.Open,
        StateQuery.Of(facts.Take(3)),
        StateQuery.Of(facts),
        new() { Whole = [new(ItemKind.Conversation, "a")] },
        new() { Kinds = [ItemKind.SpamReport] },
        new() { Since = ReportedFacts.Start.AddDays(2), OrdersSince = ReportedFacts.Start.AddDays(1), SentSince = ReportedFacts.Start },
        new() { LostOrdersSince = ReportedFacts.Start.AddDays(1), ExitedSince = ReportedFacts.Start },
        new() { About = [new("o1")] },
    ];

    private async Task<int> RowsRead(CustomerId customer, StateQuery query)
    {
        await using var pool = new DatabaseAddress(rig.Connection).Pool();
        var statement = StateTable.Of(rig.Shop, customer, query);
        await using var explain = pool.CreateCommand("explain (analyze, format json) " + statement.CommandText);
        foreach (var parameter in statement.Parameters.Cast<NpgsqlParameter>().ToList())
        {
            explain.Parameters.Add(parameter.Clone());
        }

        var plan = JsonNode.Parse((string)(await explain.ExecuteScalarAsync())!)![0]!["Plan"]!;
        return Nodes(plan).Where(n => (string?)n["Relation Name"] == "cx_states").Sum(n => Rows(n, "Actual Rows") + Rows(n, "Rows Removed by Filter"));

        static int Rows(JsonNode node, string which) => (int)((double?)node[which] ?? 0) * (int)node["Actual Loops"]!;
    }

    private static IEnumerable<JsonNode> Nodes(JsonNode node) => (node["Plans"]?.AsArray() ?? []).SelectMany(n => Nodes(n!)).Prepend(node);

    private async Task<Customer> Open(CustomerId customer, StateQuery query)
    {
        using var open = await Store.Open(rig.Shop, customer, query, default);
        return open!.Customer;
    }

    private static ContactMade Asked(string conversation, int n) =>
        new($"k{n}", new(conversation), Channel.Chat, Direction.Inbound, Stage.Information, null, true, null, Monday.AddMinutes(n));

    private static string Json(Customer customer) => JsonSerializer.Serialize(customer, EventCatalog.Json);
}
