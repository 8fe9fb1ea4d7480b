using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Npgsql;
using static Cx.Application.EventStore.Sql;

namespace Cx.Application.EventStore;

/// <summary>One row of cx_customers, found by its own id or by that of a customer linked to it.</summary>
internal sealed record CustomerRow(
    CustomerId By, CustomerId Id, long Version, int Fold, DateTimeOffset RecordedAt, int? KeyVersion, byte[]? Key)
{
    public bool IsErased => Key is null;

    /// <summary>
    /// The rows of the state that were asked for. None where another fold wrote them, and where identifiers that had led to the customer were given up
    /// before the rows were read.
    /// </summary>
    public CustomerState? State { get; private init; }

    /// <summary>What was asked for.</summary>
    public StateQuery Reads { get; private init; } = StateQuery.Open;

    public bool IsOfThisFold => Fold == Customer.FoldVersion;

    public CustomerRow With(StateQuery query, IEnumerable<StoredRow> rows)
    {
        var read = rows.ToList();
        var known = IsOfThisFold && read.Exists(r => r.Key == ItemKey.Head) ? CustomerState.Of(Version, RecordedAt, query, read.Select(r => r.Open())) : null;
        return this with { State = known, Reads = query };
    }
}

/// <summary>One hash of an identifier: whose it is, and what its address objected to.</summary>
/// <param name="Exists">Whether it has a row; one without a customer is awaited by deliveries.</param>
internal readonly record struct FoundIdentifier(
    IdentifierKind Kind, byte[] Hash, bool Exists, CustomerId? Customer, IReadOnlyList<Objection> Objections)
{
    /// <summary>Whether it is that of somebody erased.</summary>
    public bool IsErased { get; init; }

    /// <summary>From when mail to the address is refused for good; none where it is not, or was given anew.</summary>
    public DateTimeOffset? RefusedAt { get; init; }

    public bool IsOneOf(IEnumerable<KeyedHash> hashes)
    {
        var mine = Hash;
        return hashes.Any(h => h.Hash.AsSpan().SequenceEqual(mine));
    }
}

/// <summary>All that a transaction needs to know, read in one round trip.</summary>
/// <param name="ShopVersion">0 when there is no such shop.</param>
/// <param name="SeenBody">The body's hash of an earlier delivery with the same key.</param>
internal sealed record Loaded(
    long ShopVersion, byte[]? SeenBody, IReadOnlyList<FoundIdentifier> Identifiers, IReadOnlyList<CustomerRow> Customers)
{
    /// <summary>
    /// Whether it is news of somebody erased: of an order of theirs, or of their shop customer id where it names no order. An order that was never held is
    /// a new one, whoever placed it.
    /// </summary>
    public bool IsOfErased { get; private init; }

    /// <summary>Whether every customer is loaded that an identifier leads to: one may have moved to another after the customers were read.</summary>
    public bool IsWhole { get; private init; } = true;

    /// <summary>The same without the pointers at erased customers: these identifiers are nobody's, and may be claimed.</summary>
    public Loaded WithoutErased()
    {
        var orders = Identifiers.Where(i => i.Kind == IdentifierKind.Order).ToList();
        return this with
        {
            IsWhole = Identifiers.All(i => i.Customer is not { } id || id.Value == TransactionWrites.Erased || Customers.Any(c => c.By == id)),
            IsOfErased = orders.Exists(IsErased) || (orders.Count == 0 && Identifiers.Any(i => i.Kind == IdentifierKind.ShopCustomerId && IsErased(i))),
            Customers = [.. Customers.Where(c => !c.IsErased)],
            Identifiers = [.. Identifiers.Select(i => IsErased(i) ? i with { Customer = null, IsErased = true } : i)],
        };
    }

    private bool IsErased(FoundIdentifier identifier) => identifier.Customer is { } id && !Customers.Any(c => c.By == id && !c.IsErased);
}

/// <summary>What one transaction loads.</summary>
/// <param name="Reads">What of the customer's state.</param>
internal readonly record struct LoadQuery(ShopId Shop, CustomerRef Who, Delivery? Delivery, StateQuery Reads);

/// <summary>
/// The statements that load what decisions are about: three at most for any number of requests; each row names its request by number.
/// </summary>
internal static class TransactionReads
{
    // Each row is looked up by its whole key (subqueries, laterals with a limit). A join that is planned while the tables are empty would
    // filter all of a shop's rows, and the plan would stay when there are many.
    private const string ShopsAndDeliveries = $"""
        select coalesce((select s.mt_version from {Snapshots.Shops} s where s.tenant_id = r.shop and s.id = '{Shop.StreamKey}'), 0),
          (select d.body from unnest((select $3), (select $4)) k (n, key), lateral (select body from cx_deliveries d where d.shop = r.shop and d.key = k.key limit 1) d where k.n = r.n limit 1)
        from unnest((select $1), (select $2)) r (n, shop) order by r.n
        """;

    private const string Identifiers = """
        select i.n, i.kind, i.hash, ci.shop is not null, ci.customer,
          array(select purpose from cx_suppressions su where su.shop = i.shop and su.kind = i.kind and su.hash = i.hash order by purpose),
          array(select objected_at from cx_suppressions su where su.shop = i.shop and su.kind = i.kind and su.hash = i.hash order by purpose)
        from unnest((select $1), (select $2), (select $3), (select $4)) i (n, shop, kind, hash)
        left join lateral (select shop, customer from cx_identifiers ci where ci.shop = i.shop and ci.kind = i.kind and ci.hash = i.hash limit 1) ci on true
        """;

    /// <summary>The customers that the requests name, by identifiers ($1 to $4) or by id ($5 to $7).</summary>
    public const string Who = """
        select distinct i.n, i.shop, (select customer from cx_identifiers ci where ci.shop = i.shop and ci.kind = i.kind and ci.hash = i.hash) id from unnest((select $1), (select $2), (select $3), (select $4)) i (n, shop, kind, hash)
          union all
          select * from unnest((select $5), (select $6), (select $7))
        """;

    private const string Columns = "select who.n, m.id, c.id, c.version, c.fold, c.recorded_at, c.key_version, c.key";

    private const string Customers = $"""
        from ({Who}) who,
        lateral (select shop, id, lead from cx_customers where shop = who.shop and id = who.id limit 1) m,
        """;

    private const string CustomersUnlocked = $"{Columns} {Customers} lateral (select * from cx_customers where shop = who.shop and id = coalesce(m.lead, m.id) limit 1) c";

    // In sorted order: two transactions that concern the same customers cannot deadlock. One that was linked to another while its row was waited for is read again.
    private const string CustomersLocked = $"""
        select m.n, m.id, c.id, c.version, c.fold, c.recorded_at, c.key_version, c.key, cx_expect((c.lead is not null)::int, 0)
        from (
          select who.n, who.shop, m.id, coalesce(m.lead, m.id) lead
          from ({Who}) who, lateral (select id, lead from cx_customers where shop = who.shop and id = who.id limit 1) m
          order by who.shop, coalesce(m.lead, m.id) offset 0) m,
        lateral (select * from cx_customers where shop = m.shop and id = m.lead limit 1 for update) c
        """;

    /// <param name="locking">Whether the customers' rows are held until the transaction ends.</param>
    public static void Add(NpgsqlBatch batch, IReadOnlyList<LoadQuery> queries, bool locking)
    {
        var keys = queries.SelectMany((q, n) => (q.Delivery?.Keys ?? []).Select(k => (n, k.Hash))).ToArray();
        batch.BatchCommands.Add(Command(
            ShopsAndDeliveries, Ints([.. queries.Select((_, n) => (int?)n)]), Texts([.. queries.Select(q => q.Shop.Value)]), Ints([.. keys.Select(k => (int?)k.n)]), Bytes([.. keys.Select(k => k.Hash)])));

        var named = queries.SelectMany((q, n) => q.Who is CustomerRef.ByIdentifiers who ? who.Identifiers.SelectMany(i => i.Hashes, (i, h) => (n, q.Shop, i.Kind, h.Hash)) : []).ToArray();
        var byId = queries.SelectMany((q, n) => q.Who is CustomerRef.ById who ? [(n, q.Shop, who.Customer)] : Array.Empty<(int, ShopId, CustomerId)>()).ToArray();
        batch.BatchCommands.Add(Command(locking ? CustomersLocked : CustomersUnlocked, [.. Named(named), .. ById(byId)]));

        // After the customers, whose versions guard what leads to them: an order that moves away changes its former customer.
        if (named.Length > 0)
        {
            batch.BatchCommands.Add(Command(Identifiers, Named(named)));
        }

        batch.BatchCommands.Add(StateTable.FirstOf([.. Named(named), .. ById(byId)], [.. queries.Select(q => q.Reads)]));
    }

    /// <summary>The parameters of <see cref="Who"/> for customers known by id.</summary>
    public static NpgsqlParameter[] WhoById((int Request, ShopId Shop, CustomerId Customer)[] customers) => [.. Named([]), .. ById(customers)];

    private static NpgsqlParameter[] Named((int Request, ShopId Shop, IdentifierKind Kind, byte[] Hash)[] named) =>
    [
        Ints([.. named.Select(i => (int?)i.Request)]), Texts([.. named.Select(i => i.Shop.Value)]), Shorts([.. named.Select(i => (short)i.Kind)]), Bytes([.. named.Select(i => i.Hash)]),
    ];

    private static NpgsqlParameter[] ById((int Request, ShopId Shop, CustomerId Customer)[] customers) =>
        [Ints([.. customers.Select(k => (int?)k.Request)]), Texts([.. customers.Select(k => k.Shop.Value)]), Texts([.. customers.Select(k => k.Customer.Value)])];

    /// <returns>One for each request, in their order.</returns>
    public static async Task<IReadOnlyList<Loaded>> Read(NpgsqlDataReader reader, IReadOnlyList<LoadQuery> queries, CancellationToken ct)
    {
        var all = new List<(long ShopVersion, byte[]? SeenBody, List<FoundIdentifier> Identifiers, List<CustomerRow> Customers)>();
        while (await reader.ReadAsync(ct))
        {
            all.Add((reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<byte[]>(1), [], []));
        }

        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            all[reader.GetInt32(0)].Customers.Add(ReadRow(reader, 1));
        }

        await reader.NextResultAsync(ct);
        if (queries.Any(q => q.Who is CustomerRef.ByIdentifiers { Identifiers.Count: > 0 }))
        {
            while (await reader.ReadAsync(ct))
            {
                var kind = (IdentifierKind)reader.GetInt16(1);
                var noted = reader.GetFieldValue<short[]>(5).Zip(reader.GetFieldValue<DateTimeOffset[]>(6)).ToList();
                var (refused, given) = (noted.Find(n => n.First == Refusals.Refused), noted.Find(n => n.First == Refusals.GivenAnew));
                var objections = noted.Where(n => n.First < Refusals.Refused).Select(n => new Objection(kind, (Purpose)n.First, n.Second));
                all[reader.GetInt32(0)].Identifiers.Add(new(
                    kind, reader.GetFieldValue<byte[]>(2), reader.GetBoolean(3), reader.TextOrNull(4) is { } id ? new CustomerId(id) : null, [.. objections])
                {
                    RefusedAt = refused.First == 0 || given.Second > refused.Second ? null : refused.Second,
                });
            }

            await reader.NextResultAsync(ct);
        }

        var rows = await StateTable.ReadAll(reader, ct);
        return [.. all.Select((a, n) => new Loaded(a.ShopVersion, a.SeenBody, a.Identifiers, a.Customers.ConvertAll(c => c.With(queries[n].Reads, rows[(n, c.Id)]))))];
    }

    public static CustomerRow ReadRow(NpgsqlDataReader reader, int first) => new(
        new(reader.GetString(first)), new(reader.GetString(first + 1)), reader.GetInt64(first + 2),
        reader.GetInt32(first + 3), reader.GetFieldValue<DateTimeOffset>(first + 4), reader.IsDBNull(first + 5) ? null : reader.GetInt32(first + 5),
        reader.IsDBNull(first + 6) ? null : reader.GetFieldValue<byte[]>(first + 6));
}
