using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Tests.EventStore;
using Cx.Tests.Privacy;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.Privacy;

public sealed class RewrappingTests : IAsyncLifetime
{
    private StoreRig rig = null!;

    public async Task InitializeAsync() => rig = await StoreRig.Create(r => Task.FromResult<IEventStore>(StoreWith(r, r.Keys)));

    public async Task DisposeAsync() => await rig.DisposeAsync();

    [Fact]
    public async Task Afterwards_nothing_needs_the_old_wrapping_key()
    {
        ICustomerEvent[] facts = [Learned("ada@example.com", name: "Ada"), Placed("o1")];
        var ada = (await rig.Deliver("d1", [rig.Order("o1"), rig.Email("ada@example.com")], facts, decide: Recording.Of(facts))).Customer!.Value;
        await rig.Deliver("d2", [rig.Order("o2")], [Delivered("o2")]);
        await Stores.Sources(rig.Database, rig.Keys, rig.Clock).Set(rig.Shop, "shopify", new(["a-secret"]), default);
        var rotated = Rotation.After(rig.Keys);

        Assert.Equal(5, await new Rewrapping(rig.Database, rotated, NullLogger<Rewrapping>.Instance).Run(default));
        Assert.Equal(0, await new Rewrapping(rig.Database, rotated, NullLogger<Rewrapping>.Instance).Run(default));

        var keys = Rotation.WithoutFirstWrapping(rotated);
        var store = StoreWith(rig, keys);
        using var open = await store.Open(rig.Shop, ada, StateQuery.Everything, default);
        Assert.Equal("Ada", open!.Read(open.Customer.Details.Name));
        Assert.Equal(["body of d1"], (await (await new ExportReader(rig.Database, keys, new NoPayloadStore()).PayloadsOf(rig.Shop, open.Customer, default)).ToListAsync()).Select(p => System.Text.Encoding.UTF8.GetString(p.Body)));
        Assert.Equal(["a-secret"], (await Stores.Sources(rig.Database, keys, rig.Clock).Get(rig.Shop, "shopify", default))!.Secrets);
        var second = await store.Transact(rig.Shop, new CustomerRef.ByIdentifiers([Identify(keys, IdentifierKind.Order, "o2"), Identify(keys, IdentifierKind.Email, "ada@example.com")]), new("c", "test", "api"), Just(Placed("o2")), default);
        Assert.Contains(second.Events, e => e is Cx.Domain.Touchpoints.OrderDelivered);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task Every_row_is_rewrapped_once_whatever_the_size_of_a_page(int size)
    {
        const int People = 7;
        for (var n = 0; n < People; n++)
        {
            ICustomerEvent[] facts = [Learned($"{n}@example.com")];
            await rig.Deliver($"known {n}", [rig.Email($"{n}@example.com")], facts, decide: Recording.Of(facts));
            await rig.Deliver($"waiting {n}", [rig.Order($"o{n}")], [Delivered($"o{n}")]);
        }

        var rotated = Rotation.After(rig.Keys);
        (string Table, int Rows)[] wrapped = [("cx_customers", People), ("cx_archive", 2 * People), ("cx_waiting", People)];
        Assert.Equal(wrapped.Sum(w => w.Rows), await new Rewrapping(rig.Database, rotated, NullLogger<Rewrapping>.Instance) { BatchSize = size }.Run(default));
        foreach (var (table, rows) in wrapped)
        {
            Assert.Equal(rows, await rig.Count($"{table} where key_version = {rotated.Wrapping.Current}"));
        }
    }

    [Fact]
    public async Task A_customer_found_by_an_old_hash_is_claimed_under_the_new_one()
    {
        var ada = (await rig.Deliver("d1", [rig.Email("ada@example.com")], [Placed("o1")])).Customer!.Value;
        var rotated = Rotation.After(rig.Keys);
        var email = Identify(rotated, IdentifierKind.Email, "ada@example.com");

        var seen = await StoreWith(rig, rotated).Transact(rig.Shop, new CustomerRef.ByIdentifiers([email]), new("c", "test", "api"), Just(), default);

        Assert.Equal(ada, seen.Customer);
        Assert.Equal([ada], await new IdentifierIndex(rig.Database).Find(rig.Shop, [email with { Hashes = [email.Hashes[0]] }], default));
        Assert.Equal(2, await rig.Count($"cx_identifiers where customer = '{ada}'"));
    }

    private static MartenEventStore StoreWith(StoreRig rig, InstallationKeys keys) =>
        Stores.On(rig.Database, keys, rig.Clock);

    private Identifier Identify(InstallationKeys keys, IdentifierKind kind, string value) => Lookup.Of(keys, rig.Shop, kind, value);
}
