using Cx.Application.EventStore;
using Cx.Application.FollowUps;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.FollowUps.Templates;
using Cx.Application.FollowUps.Unsubscribing;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cx.Tests.FollowUps.Outbox;

/// <summary>One process of an installation: its store, its sender, its lease. Several may share a database.</summary>
internal sealed class Site : IAsyncDisposable
{
    public static readonly ShopId Shop = new("bottega");

    private Site(string connection, InstallationKeys keys, TimeProvider clock, ISender sender, Func<IEventStore, IEventStore>? around)
    {
        (Connection, Keys, Clock) = (connection, keys, clock);
        Data = NpgsqlDataSource.Create(connection);
        Instance = new();
        var marten = Stores.Marten(Data);
        Shops = new(marten);
        var store = Stores.On(Data, keys, clock, Shops, Instance);
        (Store, Customers) = (around?.Invoke(store) ?? store, store);
        Lease = new(new(connection), Instance, NullLogger<InstanceLease>.Instance);
        Links = new(FollowUpServices.LinkKeys(keys), new("https://cx.example"));
        var renderer = new TemplateRenderer();
        Composer = new(renderer, new(marten, store, Data, renderer, clock), Links, keys, new() { FromAddress = "shop@bottega.example" });
        Outbox = new(Store, Customers, new OutboxQueue(Data, Instance), Composer, new(sender, sender), Lease, new(Data), clock, NullLogger<OutboxSender>.Instance);
        Waker = new(Store, Customers, Offers, new(Data, Shops, Store, new(AreMeasured: true), clock, NullLogger<WakeHeartbeat>.Instance), clock, NullLogger<Waker>.Instance);
        Lease.Start();
    }

    public string Connection { get; }
    public InstallationKeys Keys { get; }
    public TimeProvider Clock { get; }
    public NpgsqlDataSource Data { get; }
    public Instance Instance { get; }
    public ShopDirectory Shops { get; }
    public IEventStore Store { get; }
    public ICustomerReader Customers { get; }
    public InstanceLease Lease { get; }
    public UnsubscribeLinks Links { get; }
    public MessageComposer Composer { get; }
    public OutboxSender Outbox { get; }
    public Waker Waker { get; }

    /// <param name="around">Puts a fault between the sender and the store.</param>
    public static Site On(string connection, InstallationKeys keys, TimeProvider clock, ISender sender, Func<IEventStore, IEventStore>? around = null) => new(connection, keys, clock, sender, around);

    /// <summary>Another process on the same database.</summary>
    public Site Another(ISender sender, TimeProvider? clock = null, Func<IEventStore, IEventStore>? around = null) => On(Connection, Keys, clock ?? Clock, sender, around);

    /// <summary>A new shop that sends.</summary>
    public async Task OpenShop()
    {
        var settings = new ShopSettings("Bottega", "Europe/Rome", ["it", "en"]);
        var at = Clock.GetUtcNow();
        await Store.Update<Domain.Shops.Shop>(Shop, "shop", _ => [new ShopConfigured(settings, at), new SendingSwitched(Domain.Shops.Sending.On, at)], CancellationToken.None);
    }

    /// <summary>Somebody who opted in buys something.</summary>
    public async Task<CustomerId> Buyer(string name, string language = "en")
    {
        var at = Clock.GetUtcNow();
        var outcome = await Record(
            name,
            new CustomerDetailsLearned(Personal.Clear($"{name}@customer.example"), null, null, null, null, Personal.Clear(name), Personal.Clear(name), language, null, null, null, at),
            new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "test", null, at),
            new OrderPlaced(new($"order-{name}"), $"#{name}", new(50, "EUR"), [new(new($"p-{name}"), null, "Boots", 1, 50, "shoes")], null, at, at));
        return outcome.Customer!.Value;
    }

    public Task<Outcome> Record(string name, params ICustomerEvent[] facts) => Store.Transact(
        Shop, new CustomerRef.ByIdentifiers([Lookup.Of(Keys, Shop, IdentifierKind.Email, $"{name}@customer.example")]), Delivered(facts), Recording.Of(facts), CancellationToken.None);

    private Command Delivered(ICustomerEvent[] facts)
    {
        var keys = Lookup.DeliveryKey(Keys, Shop, "test-shop", Guid.NewGuid().ToString("N"));
        var archive = PayloadSeal.Seal(Keys, Shop, Correlations.Of(keys[0].Hash), "{}"u8);
        return new(Correlations.Of(keys[0].Hash), "webhook", "test-shop", new(keys, keys[0].Hash, "test-shop", "orders/create", Clock.GetUtcNow(), archive, facts));
    }

    public async Task<Customer> Customer(CustomerId id)
    {
        using var open = await Customers.Open(Shop, id, StateQuery.Everything, CancellationToken.None);
        return open!.Customer;
    }

    public async Task<Message> OnlyMessage(CustomerId id) => Assert.Single((await Customer(id)).Messages).Value;

    /// <summary>One round of what the sending worker repeats.</summary>
    public async Task Turn()
    {
        await Outbox.RecoverAttempts(CancellationToken.None);
        await Outbox.SendDue(CancellationToken.None);
        await Outbox.Finish(TimeSpan.FromMinutes(1));
    }

    /// <summary>The minute for which messages were taken passes.</summary>
    public Task LapseLeases() => Execute("update cx_outbox set leased_until = clock_timestamp() - interval '1 second' where leased_until is not null");

    /// <summary>Returns when the lease of the process that was sending is released.</summary>
    public Task OwnerGone() => Execute("select pg_advisory_lock(owner), pg_advisory_unlock(owner) from cx_outbox where status = 'sending'");

    public async Task Execute(string sql)
    {
        await using var command = Data.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Outbox.DisposeAsync();
        await Lease.DisposeAsync();
        await Data.DisposeAsync();
    }

    private static Task<IReadOnlyList<OfferedProduct>> Offers(ShopId shop, Customer customer, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<OfferedProduct>>([new(new("p-2"), "Laces", "Bought with boots", Analogous: true, OfferKind.CoPurchase, "Boots")]);
}
