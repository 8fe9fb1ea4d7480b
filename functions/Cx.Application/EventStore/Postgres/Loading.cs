using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;
using static Cx.Application.EventStore.Postgres.Sql;

namespace Cx.Application.EventStore.Postgres;

/// <summary>One row of cx_customers, found by its own id or by that of a customer linked to it.</summary>
internal sealed record CustomerRow(CustomerId By, CustomerId Id, long Version, Customer? State, DateTimeOffset RecordedAt, int? KeyVersion, byte[]? Key);

/// <summary>Whether an identifier points at somebody, waits to be claimed, or is new; and whether its address objected.</summary>
internal readonly record struct Found(IdentifierKind Kind, byte[] Hash, bool Known, CustomerId? Customer, DateTimeOffset? ObjectedAt);

/// <summary>All that a transaction needs to know, read in one round trip.</summary>
internal sealed record Loaded(long ShopVersion, byte[]? SeenBody, IReadOnlyList<Found> Found, IReadOnlyList<CustomerRow> Customers);

/// <summary>What one request asks about.</summary>
internal readonly record struct Sought(ShopId Shop, CustomerRef Who, Delivery? Delivery);

/// <summary>The statements that load what decisions are about: three at most, however many the requests are; each row says which request it is of.</summary>
internal static class Loading
{
    // Each row is asked for by its whole key (subqueries, laterals with a limit): planned while the tables are still empty, a join would
    // take all of a shop's rows and filter them, and go on doing so when there are many.
    private const string Heads = """
        select coalesce((select version from cx_shops s where s.shop = r.shop), 0),
          (select d.body from unnest($3, $4) k (n, key), lateral (select body from cx_deliveries d where d.shop = r.shop and d.key = k.key limit 1) d where k.n = r.n limit 1)
        from unnest($1, $2) r (n, shop) order by r.n
        """;

    private const string Identifiers = """
        select i.n, i.kind, i.hash, ci.shop is not null, ci.customer,
          (select objected_at from cx_suppressions su where su.shop = i.shop and su.kind = i.kind and su.hash = i.hash)
        from unnest($1, $2, $3, $4) i (n, shop, kind, hash)
        left join lateral (select shop, customer from cx_identifiers ci where ci.shop = i.shop and ci.kind = i.kind and ci.hash = i.hash limit 1) ci on true
        """;

    private const string Customers = """
        select who.n, m.id, c.id, c.version, case when c.fold = $8 then c.state end, c.recorded_at, c.key_version, c.key
        from (
          select distinct i.n, i.shop, (select customer from cx_identifiers ci where ci.shop = i.shop and ci.kind = i.kind and ci.hash = i.hash) id from unnest($1, $2, $3, $4) i (n, shop, kind, hash)
          union all
          select * from unnest($5, $6, $7)) who,
        lateral (select shop, id, lead from cx_customers where shop = who.shop and id = who.id limit 1) m,
        """;

    private const string Plainly = Customers + "lateral (select * from cx_customers where shop = who.shop and id = coalesce(m.lead, m.id) limit 1) c";

    private const string Locking = Customers + "lateral (select * from cx_customers where shop = who.shop and id = coalesce(m.lead, m.id) limit 1 for update) c";

    /// <param name="locking">Whether the customers' rows are held until the transaction ends.</param>
    public static void Add(NpgsqlBatch batch, IReadOnlyList<Sought> all, bool locking)
    {
        var keys = all.SelectMany((s, n) => (s.Delivery?.Keys ?? []).Select(k => (n, k.Hash))).ToArray();
        batch.BatchCommands.Add(Command(
            Heads, Ints([.. all.Select((_, n) => (int?)n)]), Texts([.. all.Select(s => s.Shop.Value)]), Ints([.. keys.Select(k => (int?)k.n)]), Bytes([.. keys.Select(k => k.Hash)])));

        var named = all.SelectMany((s, n) => s.Who is CustomerRef.ByIdentifiers who ? who.Identifiers.SelectMany(i => i.Hashes, (i, h) => (n, s.Shop, i.Kind, h.Hash)) : []).ToArray();
        NpgsqlParameter[] Named() =>
        [
            Ints([.. named.Select(i => (int?)i.n)]), Texts([.. named.Select(i => i.Shop.Value)]), Shorts([.. named.Select(i => (short)i.Kind)]), Bytes([.. named.Select(i => i.Hash)]),
        ];
        var known = all.SelectMany((s, n) => s.Who is CustomerRef.ById who ? [(n, s.Shop, who.Customer)] : Array.Empty<(int n, ShopId Shop, CustomerId Customer)>()).ToArray();
        if (named.Length > 0)
        {
            batch.BatchCommands.Add(Command(Identifiers, Named()));
        }

        batch.BatchCommands.Add(Command(locking ? Locking : Plainly, [
            .. Named(), Ints([.. known.Select(k => (int?)k.n)]), Texts([.. known.Select(k => k.Shop.Value)]), Texts([.. known.Select(k => k.Customer.Value)]), Int(Customer.FoldVersion)]));
    }

    /// <returns>One for each request, in their order.</returns>
    public static async Task<IReadOnlyList<Loaded>> Read(NpgsqlDataReader reader, IReadOnlyList<Sought> sought, CancellationToken ct)
    {
        var all = new List<(long ShopVersion, byte[]? SeenBody, List<Found> Found, List<CustomerRow> Customers)>();
        while (await reader.ReadAsync(ct))
        {
            all.Add((reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<byte[]>(1), [], []));
        }

        await reader.NextResultAsync(ct);
        if (sought.Any(s => s.Who is CustomerRef.ByIdentifiers { Identifiers.Count: > 0 }))
        {
            while (await reader.ReadAsync(ct))
            {
                all[reader.GetInt32(0)].Found.Add(new(
                    (IdentifierKind)reader.GetInt16(1), reader.GetFieldValue<byte[]>(2), reader.GetBoolean(3),
                    reader.TextOrNull(4) is { } id ? new CustomerId(id) : null, reader.InstantOrNull(5)));
            }

            await reader.NextResultAsync(ct);
        }

        while (await reader.ReadAsync(ct))
        {
            all[reader.GetInt32(0)].Customers.Add(ReadRow(reader, 1));
        }

        return all.ConvertAll(a => new Loaded(a.ShopVersion, a.SeenBody, a.Found, a.Customers));
    }

    public static CustomerRow ReadRow(NpgsqlDataReader reader, int first) => new(
        new(reader.GetString(first)), new(reader.GetString(first + 1)), reader.GetInt64(first + 2),
        reader.IsDBNull(first + 3) ? null : JsonSerializer.Deserialize<Customer>(reader.GetFieldValue<byte[]>(first + 3), EventCatalog.Json),
        reader.GetFieldValue<DateTimeOffset>(first + 4), reader.IsDBNull(first + 5) ? null : reader.GetInt32(first + 5),
        reader.IsDBNull(first + 6) ? null : reader.GetFieldValue<byte[]>(first + 6));
}
