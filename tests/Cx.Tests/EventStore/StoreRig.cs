using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Shops;
using Cx.Tests.Support;
using Npgsql;

namespace Cx.Tests.EventStore;

/// <summary>A database with one shop, and what the tests do with it.</summary>
public sealed class StoreRig : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private StoreRig(string connection) => (Connection, Database) = (connection, NpgsqlDataSource.Create(connection));

    /// <summary>With the password, which the data source does not show.</summary>
    public string Connection { get; }

    public NpgsqlDataSource Database { get; }

    public InstallationKeys Keys { get; } = InstallationKeys.Generate();

    public HandClock Clock { get; } = new(Start);

    public ShopId Shop { get; } = new("bottega");

    public IEventStore Store { get; private set; } = null!;

    public static async Task<StoreRig> Create(Func<StoreRig, Task<IEventStore>> adapter)
    {
        var rig = new StoreRig(await Support.Database.Prepared());
        rig.Store = await adapter(rig);
        var settings = new ShopSettings("Bottega", "Europe/Rome", ["it"]);
        await rig.Store.Update<Domain.Shops.Shop>(rig.Shop, "shop", _ => [new ShopConfigured(settings, Start)], default);
        return rig;
    }

    public Identifier Email(string value) => Lookup.Of(Keys, Shop, IdentifierKind.Email, value);

    public Identifier Phone(string value, params string[] earlier) => Lookup.Of(Keys, Shop, IdentifierKind.Phone, value, earlier);

    public Identifier Number(string value) => Lookup.Of(Keys, Shop, IdentifierKind.ShopCustomerId, value);

    public Identifier Order(string value) => Lookup.Of(Keys, Shop, IdentifierKind.Order, value);

    public Identifier Conversation(string value) => Lookup.Of(Keys, Shop, IdentifierKind.Conversation, value);

    public Delivery Delivery(string key, IReadOnlyList<ICustomerEvent> facts, string? body = null)
    {
        var keys = Lookup.DeliveryKey(Keys, Shop, "test", key);
        var bytes = Encoding.UTF8.GetBytes(body ?? $"body of {key}");
        return new(keys, SHA256.HashData(bytes), "test", "orders/create", Clock.GetUtcNow(), PayloadSeal.Seal(Keys, Shop, Correlations.Of(keys[0].Hash), bytes), facts);
    }

    /// <summary>Records facts that a delivery reports.</summary>
    public Task<Outcome> Deliver(string key, IReadOnlyList<Identifier> who, IReadOnlyList<ICustomerEvent> facts, string? body = null, Decide? decide = null)
    {
        var delivery = Delivery(key, facts, body);
        return Store.Transact(Shop, new CustomerRef.ByIdentifiers(who), new(Correlations.Of(delivery.Key), "webhook", "test", delivery), decide ?? SampleFacts.Record(facts), default);
    }

    /// <summary>Decides about a known customer by a command of our own.</summary>
    public Task<Outcome> Command(CustomerId customer, Decide decide) => Store.Transact(Shop, new CustomerRef.ById(customer), new("a-command", "test-command", "api"), decide, default);

    /// <summary>The customer as a decision sees it.</summary>
    public async Task<Customer> Customer(CustomerId id)
    {
        Customer? seen = null;
        await Command(id, (customer, _) =>
        {
            seen = customer;
            return [];
        });
        return seen!;
    }

    public async Task<List<Recorded>> Stream(CustomerId customer) => await Store.Read(Shop, [CustomerStream.Of(customer)], AsOf.Now, default).ToListAsync();

    public Task<long> Count(string from) => Scalar<long>($"select count(*) from {from}");

    public async Task<T> Scalar<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task Execute(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Every row of every table as text.</summary>
    public async Task<string> Dump()
    {
        var dump = new StringBuilder();
        var tables = await Scalar<string[]>("select array_agg(tablename::text order by tablename) from pg_tables where schemaname = 'public'");
        foreach (var table in tables)
        {
            dump.AppendLine(CultureInfo.InvariantCulture, $"== {table}");
            dump.AppendLine(await Scalar<string>($"select coalesce(string_agg(r::text, E'\\n' order by r::text), '') from {table} r"));
        }

        return dump.ToString();
    }

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
