using System.Collections.Immutable;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>Reads customers as they are, without deciding anything.</summary>
public sealed class CustomerDirectory(NpgsqlDataSource database, IEventStore store, InstallationKeys keys)
{
    private const string ById = """
        select c.id, c.version, c.fold, c.recorded_at, array(select id from cx_customers l where l.shop = c.shop and l.lead = c.id)
        from cx_customers m join cx_customers c on c.shop = m.shop and c.id = coalesce(m.lead, m.id)
        where m.shop = $1 and m.id = $2
        """;

    /// <summary>A customer by id, or by the id of one that was linked to it; none when there is no such customer.</summary>
    /// <param name="reads">What of the customer's state is read.</param>
    public async Task<Customer?> Find(ShopId shop, CustomerId id, StateQuery reads, CancellationToken ct)
    {
        Row? found = null;
        var rows = new List<StoredRow>();
        await using (var batch = database.CreateBatch())
        {
            batch.BatchCommands.Add(Sql.Command(ById, Sql.Text(shop.Value), Sql.Text(id.Value)));
            batch.BatchCommands.Add(StateTable.Of(shop, id, reads));
            await using var reader = await batch.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                found = Row.Read(reader);
            }

            await reader.NextResultAsync(ct);
            rows.AddRange((await StateTable.ReadAll(reader, ct)).SelectMany(r => r));
        }

        return found is { } row ? await CustomerOf(shop, row, reads, rows, ct) : null;
    }

    /// <summary>The customer as it was by an instant, on either clock; a new one when nothing had happened yet.</summary>
    public async Task<Customer> Past(ShopId shop, Customer customer, AsOf asOf, CancellationToken ct)
    {
        var past = CustomerFold.Start(customer.Id);
        await foreach (var recorded in store.ReadCustomer(shop, [.. customer.Ids], asOf, ct))
        {
            past = CustomerFold.Evolve(past, (ICustomerEvent)recorded.Event);
        }

        return past;
    }

    /// <summary>One page of the customer's events in the order in which they were recorded, or the latest first.</summary>
    public async Task<IReadOnlyList<Recorded>> Events(
        ShopId shop, Customer customer, long? from, bool latestFirst, int limit, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        if (!customer.WasLinked || (await LinkedCustomers.Ever(connection, shop, customer.Ids, ct)).All(customer.Ids.Contains))
        {
            return await EventRows.ReadPage(connection, shop, [.. customer.Ids.Select(CustomerStream.Of)], from, latestFirst, limit, ct);
        }

        // Streams of customers that were parted hold events of both: whose each is follows from all of them.
        var own = await store.ReadCustomer(shop, [.. customer.Ids], AsOf.Now, ct)
            .Where(r => from is null || (latestFirst ? r.Sequence < from : r.Sequence > from)).ToListAsync(ct);
        return latestFirst ? [.. own.AsEnumerable().Reverse().Take(limit)] : [.. own.Take(limit)];
    }

    /// <summary>What opens the customer's personal values, and those of the customers linked to it.</summary>
    public async Task<Unsealer> Unsealer(ShopId shop, Customer customer, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var found = customer.WasLinked
            ? await LinkedCustomers.Keys(connection, keys, shop, [.. customer.Ids], ct)
            : await LinkedCustomers.OwnKey(connection, keys, shop, customer.Id, ct);
        return new([.. found.Select(f => f.Key)], customer.WasLinked);
    }

    internal static string[] Ids(Customer customer) => [customer.Id.Value, .. customer.Members.Select(m => m.Value)];

    // A state of another fold is folded anew here, and stored with the next event.
    private async Task<Customer> CustomerOf(ShopId shop, Row row, StateQuery reads, IReadOnlyList<StoredRow> rows, CancellationToken ct)
    {
        var customer = row.Fold == Customer.FoldVersion
            ? CustomerState.Of(row.Version, row.RecordedAt, reads, rows.Select(r => r.Open())).Customer
            : await Past(shop, CustomerFold.Start(row.Id) with { Members = row.Members }, AsOf.Now, ct) with { Version = row.Version, RecordedAt = row.RecordedAt };
        return customer with { Members = row.Members };
    }

    private sealed record Row(CustomerId Id, long Version, int Fold, DateTimeOffset RecordedAt, ImmutableSortedSet<CustomerId> Members)
    {
        public static Row Read(NpgsqlDataReader reader) => new(
            new(reader.GetString(0)), reader.GetInt64(1), reader.GetInt32(2), reader.GetFieldValue<DateTimeOffset>(3),
            [.. reader.GetFieldValue<string[]>(4).Select(CustomerId.From)]);
    }
}

/// <summary>Finds customers by their identifiers.</summary>
public sealed class IdentifierIndex(NpgsqlDataSource database)
{
    /// <summary>
    /// The customers that any of the identifiers points at, in order of precedence, an identifier's own form before its earlier ones; of linked
    /// customers the one that leads, and nobody who is erased.
    /// </summary>
    public async Task<IReadOnlyList<CustomerId>> Find(ShopId shop, IReadOnlyList<Identifier> identifiers, CancellationToken ct)
    {
        var hashes = identifiers.SelectMany(i => i.Hashes, (i, h) => (Kind: (short)i.Kind, h.Hash)).ToArray();
        await using var command = database.CreateCommand(
            """
            select coalesce(c.lead, c.id)
            from unnest($2, $3) with ordinality i (kind, hash, n)
            cross join lateral (select customer from cx_identifiers ci where ci.shop = $1 and ci.kind = i.kind and ci.hash = i.hash limit 1) ci
            cross join lateral (select id, lead from cx_customers c where c.shop = $1 and c.id = ci.customer and c.key is not null limit 1) c
            order by i.kind, i.n
            """);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Shorts([.. hashes.Select(h => h.Kind)]));
        command.Parameters.Add(Sql.Bytes([.. hashes.Select(h => h.Hash)]));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<CustomerId>();
        while (await reader.ReadAsync(ct))
        {
            found.Add(new(reader.GetString(0)));
        }

        return [.. found.Distinct()];
    }
}
