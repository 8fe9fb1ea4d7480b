using System.Diagnostics;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>Sixteen customers whose requests are committed in one session of Marten's: each event keeps its own tenant and metadata.</summary>
public sealed class SharedSessionTests : IAsyncLifetime
{
    private const int Sixteen = MartenEventStore.MaxBatch;

    private StoreRig rig = null!;

    public async Task InitializeAsync() => rig = await StoreRig.Create(r => Task.FromResult<IEventStore>(Stores.On(r.Database, r.Keys, r.Clock)));

    public async Task DisposeAsync() => await rig.DisposeAsync();

    [Fact]
    public async Task Of_sixteen_fifteen_are_committed_together_and_the_one_who_names_the_customer_of_another_alone()
    {
        var ada = (await rig.Deliver("ada", [rig.Email("p0@example.com")], [Placed("first")])).Customer!.Value;

        await InOneSession([.. Enumerable.Range(0, Sixteen).Select(n => new Asked(rig.Shop, n, n == Sixteen - 1 ? 0 : n, Placed($"o{n}")))]);

        Assert.Equal([.. Enumerable.Range(0, Sixteen).Select(n => Expected(rig.Shop, n, shopVersion: 1))], await Stored());
        var together = await Transactions($"causation_id like 'cause-%' and causation_id <> 'cause-{Sixteen - 1}'");
        Assert.Single(together);
        Assert.NotEqual(together, await Transactions($"causation_id = 'cause-{Sixteen - 1}'"));
        Assert.Equal(["first", "o0", $"o{Sixteen - 1}"], (await rig.Stream(ada)).Select(r => ((OrderPlaced)r.Event).Order.Value));
    }

    [Fact]
    public async Task Of_sixteen_fifteen_are_stored_once_and_the_one_whom_another_process_changes_is_decided_anew()
    {
        var ada = (await rig.Deliver("ada", [rig.Email("p7@example.com")], [Placed("first")])).Customer!.Value;
        var another = Stores.On(rig.Database, rig.Keys, rig.Clock);
        var seen = new List<long>();

        await InOneSession([.. Enumerable.Range(0, Sixteen).Select(n => new Asked(rig.Shop, n, n, Placed($"o{n}"))
        {
            Meanwhile = n == 7 ? customer =>
            {
                seen.Add(customer.Version);
                if (seen.Count == 1)
                {
                    var command = new Command("elsewhere", "elsewhere", "elsewhere");
                    Task.Run(() => another.Transact(rig.Shop, new CustomerRef.ById(ada), command, Just(Delivered("first")), default)).GetAwaiter().GetResult();
                }
            } : null,
        })]);

        Assert.Equal([1, 2], seen);
        Assert.Equal([.. Enumerable.Range(0, Sixteen).Select(n => Expected(rig.Shop, n, shopVersion: 1))], await Stored());
        Assert.Equal(["order-placed.v1", "order-delivered.v1", "order-placed.v1"], (await rig.Stream(ada)).Select(r => r.Type));
    }

    [Fact]
    public async Task Two_shops_in_one_session_keep_their_tenants_and_their_chains()
    {
        ShopId second = new("atelier");
        ShopSettings settings = new("Atelier", "Europe/Rome", ["it"]);
        IEvent[] configured = [new ShopConfigured(settings, rig.Clock.GetUtcNow()), new SendingSwitched(Sending.On, rig.Clock.GetUtcNow())];
        await rig.Store.Update<Domain.Shops.Shop>(second, "shop", _ => configured, default);
        ShopId Of(int n) => n % 2 == 0 ? rig.Shop : second;

        // The same eight people in both shops.
        await InOneSession([.. Enumerable.Range(0, Sixteen).Select(n => new Asked(Of(n), n, n / 2, Placed($"o{n / 2}")))]);

        Assert.Equal([.. Enumerable.Range(0, Sixteen).Select(n => Expected(Of(n), n, shopVersion: n % 2 == 0 ? 1 : 2))], await Stored());
        Assert.Single(await Transactions("causation_id like 'cause-%'"));
    }

    private static string Expected(ShopId shop, int n, long shopVersion) => $"{shop} correlation-{n} cause-{n} source-{n} {shopVersion} {TraceOf(n)} True";

    private static string TraceOf(int n) => $"{n + 1:x32}";

    // Of each event: the tenant, the chain, the headers, and whether it is in the stream of the customer by whom it came.
    private async Task<List<string>> Stored()
    {
        var rows = new List<string>();
        await using var command = rig.Database.CreateCommand("""
            select tenant_id, correlation_id, causation_id, headers ->> 'source', headers ->> 'shop', substring(headers ->> 'trace', 4, 32), stream_id = 'customer-' || (headers ->> 'identity')
            from mt_events where causation_id like 'cause-%' order by substring(causation_id, 7)::int
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)));
        }

        return rows;
    }

    private Task<string[]> Transactions(string where) => rig.Scalar<string[]>($"select array_agg(distinct xmin::text) from mt_events where {where}");

    // All workers are busy while the requests are made, and the first one that is free takes them all.
    private async Task InOneSession(IReadOnlyList<Asked> requests)
    {
        using var first = new ManualResetEventSlim();
        using var others = new ManualResetEventSlim();
        var busy = new List<Task>();
        for (var worker = 0; worker < MartenEventStore.MaxWorkers; worker++)
        {
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var gate = worker == 0 ? first : others;
            busy.Add(rig.Deliver($"busy-{worker}", [rig.Email($"busy-{worker}@example.com")], [], decide: (_, _) =>
            {
                begun.SetResult();
                gate.Wait();
                return [];
            }));
            await begun.Task;
        }

        var asked = requests.Select(Ask).ToList();
        first.Set();
        var outcomes = await Task.WhenAll(asked);
        others.Set();
        await Task.WhenAll(busy);
        Assert.All(outcomes, o => Assert.Equal(TransactResult.Committed, o.Result));
    }

    private Task<Outcome> Ask(Asked request)
    {
        using var span = new Activity("request").SetIdFormat(ActivityIdFormat.W3C);
        span.SetParentId(ActivityTraceId.CreateFromString(TraceOf(request.Number)), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        span.Start();
        var person = Lookup.Of(rig.Keys, request.Shop, IdentifierKind.Email, $"p{request.Person}@example.com");
        return rig.Store.Transact(
            request.Shop, new CustomerRef.ByIdentifiers([person]),
            new($"correlation-{request.Number}", $"cause-{request.Number}", $"source-{request.Number}") { Reads = StateQuery.Of([request.Fact]) },
            (customer, _) =>
            {
                request.Meanwhile?.Invoke(customer);
                return [request.Fact];
            },
            default);
    }

    /// <summary>That something happened to a person.</summary>
    private sealed record Asked(ShopId Shop, int Number, int Person, ICustomerEvent Fact)
    {
        /// <summary>What is done while it is decided.</summary>
        public Action<Customer>? Meanwhile { get; init; }
    }
}
