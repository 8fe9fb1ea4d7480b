using System.Text.Json;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>Reads customers as they are, without deciding anything.</summary>
public sealed class CustomerDirectory(NpgsqlDataSource database, IEventStore store, InstallationKeys keys)
{
    private const string ById = """
        select c.id, c.version, case when c.fold = $3 then c.state end, c.recorded_at,
          array(select id from cx_customers l where l.shop = c.shop and l.lead = c.id)
        from cx_customers m join cx_customers c on c.shop = m.shop and c.id = coalesce(m.lead, m.id)
        where m.shop = $1 and m.id = $2
        """;

    private const string After = """
        select c.id, c.version, case when c.fold = $4 then c.state end, c.recorded_at,
          array(select id from cx_customers l where l.shop = c.shop and l.lead = c.id)
        from cx_customers c
        where c.shop = $1 and c.id > $2 and c.lead is null and c.key is not null
        order by c.id limit $3
        """;

    private const string KeysOf = "select id, key_version, key from cx_customers where shop = $1 and id = any($2) and key is not null";

    /// <summary>A customer by id, or by the id of one that was linked to it; none when there is no such customer.</summary>
    public async Task<Customer?> Find(ShopId shop, CustomerId id, CancellationToken ct)
    {
        await using var command = database.CreateCommand(ById);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Text(id.Value));
        command.Parameters.Add(Sql.Int(Customer.FoldVersion));
        var found = await Read(command, shop, ct);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>Customers in the order of their ids, without those that were erased.</summary>
    public async Task<IReadOnlyList<Customer>> List(ShopId shop, string? after, int limit, CancellationToken ct)
    {
        await using var command = database.CreateCommand(After);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Text(after ?? ""));
        command.Parameters.Add(Sql.Int(limit));
        command.Parameters.Add(Sql.Int(Customer.FoldVersion));
        return await Read(command, shop, ct);
    }

    /// <summary>The customer as it was by an instant, on either clock; a new one when nothing had happened yet.</summary>
    public async Task<Customer> Past(ShopId shop, Customer customer, AsOf asOf, CancellationToken ct)
    {
        var past = CustomerFold.Start(customer.Id);
        await foreach (var recorded in store.Read(shop, StreamsOf(customer), asOf, ct))
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
        return await EventRows.ReadPage(connection, shop, StreamsOf(customer), from, latestFirst, limit, ct);
    }

    /// <summary>What opens the customer's personal values, and those of the customers linked to it.</summary>
    public async Task<Unsealer> Unsealer(ShopId shop, Customer customer, CancellationToken ct)
    {
        await using var command = database.CreateCommand(KeysOf);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Texts(Ids(customer)));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<CustomerKey>();
        while (await reader.ReadAsync(ct))
        {
            found.Add(CustomerKey.Unwrap(keys, reader.GetInt32(1), reader.GetFieldValue<byte[]>(2), shop, new(reader.GetString(0))));
        }

        return new(found);
    }

    internal static string[] Ids(Customer customer) => [customer.Id.Value, .. customer.Members.Select(m => m.Value)];

    private static string[] StreamsOf(Customer customer) => [CustomerStream.Of(customer.Id), .. customer.Members.Select(CustomerStream.Of)];

    private async Task<List<Customer>> Read(NpgsqlCommand command, ShopId shop, CancellationToken ct)
    {
        var found = new List<(Customer Customer, bool IsWhole)>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                var state = reader.IsDBNull(2) ? null : JsonSerializer.Deserialize<Customer>(reader.GetFieldValue<byte[]>(2), EventCatalog.Json);
                var customer = (state ?? CustomerFold.Start(new(reader.GetString(0)))) with
                {
                    Version = reader.GetInt64(1),
                    RecordedAt = reader.GetFieldValue<DateTimeOffset>(3),
                    Members = [.. reader.GetFieldValue<string[]>(4).Select(CustomerId.From)],
                };
                found.Add((customer, state is not null));
            }
        }

        // The state was written by an older fold: folded anew here, and stored with the next event.
        var whole = new List<Customer>(found.Count);
        foreach (var (customer, isWhole) in found)
        {
            whole.Add(isWhole ? customer : await Past(shop, customer, AsOf.Now, ct) with { Version = customer.Version, RecordedAt = customer.RecordedAt });
        }

        return whole;
    }
}

/// <summary>Finds customers by their identifiers.</summary>
public sealed class IdentifierIndex(NpgsqlDataSource database)
{
    /// <summary>
    /// The customers that any of the identifiers points at, in order of precedence; of linked customers the one that leads.
    /// </summary>
    public async Task<IReadOnlyList<CustomerId>> Find(ShopId shop, IReadOnlyList<Identifier> identifiers, CancellationToken ct)
    {
        var hashes = identifiers.SelectMany(i => i.Hashes, (i, h) => (Kind: (short)i.Kind, h.Hash)).ToArray();
        await using var command = database.CreateCommand(
            """
            select coalesce(c.lead, c.id)
            from unnest($2, $3) i (kind, hash)
            cross join lateral (select customer from cx_identifiers ci where ci.shop = $1 and ci.kind = i.kind and ci.hash = i.hash limit 1) ci
            cross join lateral (select id, lead from cx_customers c where c.shop = $1 and c.id = ci.customer limit 1) c
            order by i.kind
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
