using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;
using static Cx.Functions.Store.Postgres.Sql;

namespace Cx.Functions.Store.Postgres;

/// <summary>One row of cx_customers, found by its own id or by that of a customer linked to it.</summary>
internal sealed record CustomerRow(CustomerId By, CustomerId Id, long Version, Customer? State, DateTimeOffset RecordedAt, int? KeyVersion, byte[]? Key);

/// <summary>Whether an identifier points at somebody, waits to be claimed, or is new; and whether its address objected.</summary>
internal readonly record struct Found(IdentifierKind Kind, byte[] Hash, bool Known, CustomerId? Customer, DateTimeOffset? ObjectedAt);

/// <summary>All that a transaction needs to know, read in one round trip.</summary>
internal sealed record Loaded(long ShopVersion, byte[]? SeenBody, IReadOnlyList<Found> Found, IReadOnlyList<CustomerRow> Customers);

/// <summary>The statements that load what a decision is about.</summary>
internal static class Loading
{
    // Each row is asked for by its whole key (subqueries, laterals with a limit): planned while the tables are still empty, a join would
    // take all of a shop's rows and filter them, and go on doing so when there are many.
    private const string Head = """
        select coalesce((select version from cx_shops where shop = $1), 0),
          (select body from unnest($2) k (key), lateral (select body from cx_deliveries d where d.shop = $1 and d.key = k.key limit 1) d limit 1)
        """;

    private const string Identifiers = """
        select i.kind, i.hash, ci.shop is not null, ci.customer,
          (select objected_at from cx_suppressions su where su.shop = $1 and su.kind = i.kind and su.hash = i.hash)
        from unnest($2, $3) i (kind, hash)
        left join lateral (select shop, customer from cx_identifiers ci where ci.shop = $1 and ci.kind = i.kind and ci.hash = i.hash limit 1) ci on true
        """;

    private const string Columns = "m.id, c.id, c.version, case when c.fold = $2 then c.state end, c.recorded_at, c.key_version, c.key";

    private static string CustomersOfIdentifiers(bool locking) => Customers(
        "select distinct (select customer from cx_identifiers ci where ci.shop = $1 and ci.kind = i.kind and ci.hash = i.hash) id from unnest($3, $4) i (kind, hash)", locking);

    private static string CustomerById(bool locking) => Customers("select $3 id", locking);

    private static string Customers(string ids, bool locking) => $"""
        select {Columns}
        from ({ids}) who,
        lateral (select shop, id, lead from cx_customers where shop = $1 and id = who.id limit 1) m,
        lateral (select * from cx_customers where shop = $1 and id = coalesce(m.lead, m.id) limit 1{(locking ? " for update" : "")}) c
        """;

    public static void Add(NpgsqlBatch batch, ShopId shop, Who who, Delivery? delivery, bool locking)
    {
        batch.BatchCommands.Add(Command(Head, Text(shop.Value), Bytes(delivery is null ? [] : [.. delivery.Keys.Select(k => k.Hash)])));
        switch (who)
        {
            case Who.Named named:
                var hashes = named.Identifiers.SelectMany(i => i.Hashes, (i, h) => (Kind: (short)i.Kind, h.Hash)).ToArray();
                var kinds = Array.ConvertAll(hashes, h => h.Kind);
                var values = Array.ConvertAll(hashes, h => h.Hash);
                batch.BatchCommands.Add(Command(Identifiers, Text(shop.Value), Shorts(kinds), Bytes(values)));
                batch.BatchCommands.Add(Command(
                    CustomersOfIdentifiers(locking), Text(shop.Value), Int(Customer.FoldVersion), Shorts(kinds), Bytes(values)));
                break;
            case Who.Known known:
                batch.BatchCommands.Add(Command(CustomerById(locking), Text(shop.Value), Int(Customer.FoldVersion), Text(known.Customer.Value)));
                break;
        }
    }

    public static async Task<Loaded> Read(NpgsqlDataReader reader, Who who, CancellationToken ct)
    {
        await reader.ReadAsync(ct);
        var shopVersion = reader.GetInt64(0);
        var body = reader.IsDBNull(1) ? null : reader.GetFieldValue<byte[]>(1);
        await reader.NextResultAsync(ct);

        var found = new List<Found>();
        if (who is Who.Named)
        {
            while (await reader.ReadAsync(ct))
            {
                found.Add(new(
                    (IdentifierKind)reader.GetInt16(0), reader.GetFieldValue<byte[]>(1), reader.GetBoolean(2),
                    reader.TextOrNull(3) is { } id ? new CustomerId(id) : null, reader.InstantOrNull(4)));
            }

            await reader.NextResultAsync(ct);
        }

        return new(shopVersion, body, found, await ReadRows(reader, ct));
    }

    private static async Task<List<CustomerRow>> ReadRows(NpgsqlDataReader reader, CancellationToken ct)
    {
        var rows = new List<CustomerRow>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(ReadRow(reader, 0));
        }

        return rows;
    }

    public static CustomerRow ReadRow(NpgsqlDataReader reader, int first) => new(
        new(reader.GetString(first)), new(reader.GetString(first + 1)), reader.GetInt64(first + 2),
        reader.IsDBNull(first + 3) ? null : JsonSerializer.Deserialize<Customer>(reader.GetFieldValue<byte[]>(first + 3), EventCatalog.Json),
        reader.GetFieldValue<DateTimeOffset>(first + 4), reader.IsDBNull(first + 5) ? null : reader.GetInt32(first + 5),
        reader.IsDBNull(first + 6) ? null : reader.GetFieldValue<byte[]>(first + 6));
}
