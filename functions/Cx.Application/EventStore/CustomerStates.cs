using System.Data.Common;
using System.Runtime.CompilerServices;
using Cx.Domain;
using Cx.Domain.Customers;
using Marten;
using Marten.Events.Projections;
using Marten.Internal.Operations;
using Npgsql;
using Weasel.Core;
using Weasel.Storage;
using static Cx.Application.EventStore.Sql;
using ICommandBuilder = Weasel.Postgresql.ICommandBuilder;
using IEvent = JasperFx.Events.IEvent;
using IStorageOperation = Marten.Internal.Operations.IStorageOperation;

namespace Cx.Application.EventStore;

/// <summary>
/// Writes the customers' states, in rows, in the transaction that appends their events. That transaction has folded the events to decide, and gives what they
/// change. In a rebuild by Marten's daemon the states are folded from all events, and written by the same statements while transactions go on.
/// </summary>
internal sealed class CustomerStates(NpgsqlDataSource database) : IProjection
{
    /// <summary>Its name in Marten.</summary>
    public const string Name = "customer-states";

    private const string Changed = $"""
        insert into cx_states (shop, customer, {StateTable.Columns})
        select * from unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (shop, customer, kind, id, part) do update
          set reach = excluded.reach, at = excluded.at, about = excluded.about, orders_at = excluded.orders_at, data = excluded.data
        """;

    private const string Removed = "delete from cx_states s using unnest(?, ?, ?, ?, ?) r (shop, customer, kind, id, part) where s.shop = r.shop and s.customer = r.customer and s.kind = r.kind and s.id = r.id and s.part = r.part";

    private const string Rebuilt = "delete from cx_states where shop = ? and customer = ?";

    // A state that another transaction has changed since it was folded is outdated: that of no fold is folded anew by whoever reads it next.
    private const string Folded = "update cx_customers set fold = case version when ? then ? else 0 end where shop = ? and id = ?";

    private const string Leads = """
        select c.shop, c.id, c.version, c.recorded_at
        from unnest($1, $2) r (shop, id), lateral (select shop, id, version, recorded_at from cx_customers where shop = r.shop and id = r.id and lead is null limit 1) c
        order by c.shop, c.id
        """;

    private static readonly ConditionalWeakTable<IDocumentOperations, IReadOnlyList<CustomerChange>> Given = [];

    /// <summary>Gives what a transaction changes, for the session that is about to save it.</summary>
    public static void Give(IDocumentSession session, IReadOnlyList<CustomerChange> changes)
    {
        // Marten runs projections where there are events. A wake under new settings may change how a state is loaded without any.
        if (changes.Any(c => c.Events.Count > 0))
        {
            Given.Add(session, changes);
        }
        else
        {
            Write(session, changes);
        }
    }

    /// <summary>The state of a customer by all events of its own and of those linked to it.</summary>
    /// <param name="group">The one that leads, or stands alone, first.</param>
    public static async Task<Customer> Fold(IDocumentStore marten, NpgsqlConnection connection, ShopId shop, IReadOnlyList<CustomerId> group, CancellationToken ct)
    {
        var customer = CustomerFold.Start(group[0]);
        await foreach (var recorded in MartenEventStore.ReadCustomer(marten, connection, shop, group, AsOf.Now, ct))
        {
            customer = CustomerFold.Evolve(customer, (ICustomerEvent)recorded.Event);
        }

        return customer;
    }

    public async Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        if (Given.TryGetValue(operations, out var given))
        {
            Write(operations, given);
            return;
        }

        // Each customer once, by all events up to now: a transaction that appends later writes what it changes.
        var begun = events.Where(e => e.Version == 1).Select(e => (Shop: new ShopId(e.TenantId), Customer: CustomerStream.Customer(e.StreamKey!))).Where(e => e.Customer is not null).ToList();
        if (begun.Count > 0)
        {
            var changes = await Refold(operations.DocumentStore, [.. begun.Select(b => (b.Shop, b.Customer!.Value))], cancellation);
            foreach (var change in changes)
            {
                Queue(operations, Folded, Long(change.After.Version), Int(Customer.FoldVersion), Text(change.Shop.Value), Text(change.After.Id.Value));
            }

            Write(operations, changes);
        }
    }

    private async Task<List<CustomerChange>> Refold(IDocumentStore marten, IReadOnlyList<(ShopId Shop, CustomerId Id)> customers, CancellationToken ct)
    {
        var shops = new ShopDirectory(marten);
        var leads = await database.Rows(
            Leads, r => (Shop: new ShopId(r.GetString(0)), Id: new CustomerId(r.GetString(1)), Version: r.GetInt64(2), RecordedAt: r.GetFieldValue<DateTimeOffset>(3)), ct,
            Texts([.. customers.Select(c => c.Shop.Value)]), Texts([.. customers.Select(c => c.Id.Value)]));
        await using var connection = await database.OpenConnectionAsync(ct);
        var changes = new List<CustomerChange>();
        foreach (var (shop, id, version, recordedAt) in leads)
        {
            var facts = await shops.Recent(shop, ct) ?? throw new UnknownShopException(shop);
            var folded = await Fold(marten, connection, shop, await LinkedCustomers.Group(connection, shop, id, ct), ct);
            var customer = folded with { Version = version, RecordedAt = recordedAt };
            var rows = CustomerState.Rebuilt(customer).Changes(customer, facts).Rows;
            changes.Add(new(shop, customer, version, [], null) { ShopVersion = facts.Version, IsRebuilt = true, Rows = rows });
        }

        return changes;
    }

    private static void Write(IDocumentOperations operations, IReadOnlyList<CustomerChange> changes)
    {
        foreach (var change in changes.Where(c => c.IsRebuilt))
        {
            Queue(operations, Rebuilt, Text(change.Shop.Value), Text(change.After.Id.Value));
        }

        var removed = changes.SelectMany(c => c.Removed, (c, key) => (c.Shop, Customer: c.After.Id, Key: key)).ToArray();
        if (removed.Length > 0)
        {
            Queue(
                operations, Removed, Texts([.. removed.Select(r => r.Shop.Value)]), Texts([.. removed.Select(r => r.Customer.Value)]), Shorts([.. removed.Select(r => (short)r.Key.Kind)]),
                Texts([.. removed.Select(r => r.Key.Id)]), Texts([.. removed.Select(r => r.Key.Part)]));
        }

        var rows = changes.SelectMany(c => c.Rows, (c, row) => (c.Shop, Customer: c.After.Id, Row: row)).ToArray();
        if (rows.Length > 0)
        {
            Queue(
                operations, Changed, Texts([.. rows.Select(r => r.Shop.Value)]), Texts([.. rows.Select(r => r.Customer.Value)]), Shorts([.. rows.Select(r => (short)r.Row.Key.Kind)]),
                Texts([.. rows.Select(r => r.Row.Key.Id)]), Texts([.. rows.Select(r => r.Row.Key.Part)]), Shorts([.. rows.Select(r => (short)r.Row.Reach)]),
                Instants([.. rows.Select(r => r.Row.At)]), Texts([.. rows.Select(r => r.Row.About?.Value)]), Instants([.. rows.Select(r => r.Row.OrdersAt)]), Json([.. rows.Select(r => r.Row.WriteValue())]));
        }
    }

    private static void Queue(IDocumentOperations operations, string sql, params NpgsqlParameter[] parameters) => operations.QueueOperation(new Statement(sql, parameters));

    /// <summary>A statement with typed parameters, in place of its question marks: Marten's own has no type for an array of instants or of JSON.</summary>
    private sealed class Statement(string sql, NpgsqlParameter[] parameters) : IStorageOperation, NoDataReturnedCall
    {
        public Type DocumentType => typeof(Customer);

        public OperationRole Role() => OperationRole.Other;

        public void ConfigureCommand(ICommandBuilder builder, IStorageSession session)
        {
            foreach (var (placed, given) in builder.AppendWithParameters(sql).Zip(parameters))
            {
                (placed.NpgsqlDbType, placed.Value) = (given.NpgsqlDbType, given.Value);
            }
        }

        public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;
    }
}
