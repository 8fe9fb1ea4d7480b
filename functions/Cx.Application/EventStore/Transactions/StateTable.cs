using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;
using static Cx.Application.EventStore.Sql;

namespace Cx.Application.EventStore;

/// <summary>A row of a customer's state as it is stored: its value is read only where this build wrote it.</summary>
internal readonly record struct StoredRow(ItemKey Key, Reach Reach, DateTimeOffset? At, OrderId? About, DateTimeOffset? OrdersAt, byte[] Data)
{
    public StateRow Open() => new(Key, StateRow.ReadValue(Key, Data), Reach, At, About, OrdersAt);
}

/// <summary>
/// Reads the rows of the customers' states, which <see cref="CustomerStates"/> writes. They are read beside the customer's own row, which guards them by its
/// version.
/// </summary>
internal static class StateTable
{
    /// <summary>The columns of a row, as <see cref="Read"/> reads them.</summary>
    public const string Columns = "kind, id, part, reach, at, about, orders_at, data";

    private const string OfCustomer = $"select {Columns} from cx_states where shop = w.shop and customer = c.id";

    // Each part is found by an index, and never among all rows of a customer: a part with "offset 0" or a limit is planned by itself, so that the plan is
    // the same whatever the tables hold when it is made. `(select $8)` keeps the planner from counting the elements: it then plans once, instead of
    // anew for each request.
    private const string Keys = "unnest((select $8), (select $9), (select $10), (select $11)) k (n, kind, id, part)";

    // What is asked for, by whether a request asks for it.
    private static readonly (Func<StateQuery, bool> Asks, string Sql)[] Asked =
    [
        (q => !q.Keys.IsEmpty, $"select s.* from {Keys}, lateral ({OfCustomer} and kind = k.kind and id = k.id and part = k.part limit 1) s where k.n = w.n"),
        (q => q.Keys.Any(k => k.Part.Length == 0), $"select s.* from {Keys}, lateral ({OfCustomer} and kind = k.kind and id = k.id and reach = 1 offset 0) s where k.n = w.n and k.part = ''"),
        (q => !q.About.IsEmpty, $"select s.* from unnest((select $12), (select $13)) a (n, about), lateral ({OfCustomer} and about = a.about offset 0) s where a.n = w.n"),
        (q => !q.Whole.IsEmpty, $"select s.* from unnest((select $14), (select $15), (select $16)) a (n, kind, id), lateral ({OfCustomer} and kind = a.kind and id = a.id offset 0) s where a.n = w.n"),
        (q => !q.Kinds.IsEmpty, $"select s.* from unnest((select $17), (select $18)) a (n, kind), lateral ({OfCustomer} and kind = a.kind offset 0) s where a.n = w.n"),
        (q => q.Instants().Any(), $"select s.* from unnest((select $19), (select $20), (select $21)) a (n, kind, since), lateral ({OfCustomer} and kind = a.kind and at >= a.since offset 0) s where a.n = w.n"),
        (q => q.IsEverything, $"select s.* from unnest((select $22)) a (n), lateral ({OfCustomer} offset 0) s where a.n = w.n"),
    ];

    // What is always loaded, and what the running follow-ups look back to.
    private const string AlwaysLoaded = $"""
        {OfCustomer} and reach = 2
          union all
          select s.* from (select at, orders_at from cx_states where shop = w.shop and customer = c.id and kind = 0 and id = '' and part = '' limit 1) h,
            lateral (({OfCustomer} and kind in (4, 5) and at >= h.at) union all ({OfCustomer} and kind = 1 and at >= h.orders_at)) s
        """;

    /// <param name="who">The parameters of <see cref="TransactionReads.Who"/>; the number of a request is its place among the queries.</param>
    public static NpgsqlBatchCommand FirstOf(NpgsqlParameter[] who, IReadOnlyList<StateQuery> queries) => Command(Statement([AlwaysLoaded], queries), [.. who, .. Parameters(queries)]);

    private static string Statement(IEnumerable<string> always, IReadOnlyList<StateQuery> queries) => $"""
        select w.n, c.id, s.* from ({TransactionReads.Who}) w,
        lateral (select coalesce(lead, id) id from cx_customers where shop = w.shop and id = w.id limit 1) c,
        lateral ({string.Join(" union all ", always.Concat(Asked.Where(a => queries.Any(a.Asks)).Select(a => a.Sql)))}) s
        """;

    /// <summary>Loads what is asked for of customers whose own rows are known.</summary>
    public static async Task<IReadOnlyList<CustomerRow>> Load(
        NpgsqlConnection connection, IReadOnlyList<(ShopId Shop, CustomerRow Row, StateQuery Reads)> customers, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(FirstOf(TransactionReads.WhoById([.. customers.Select((c, n) => (n, c.Shop, c.Row.Id))]), [.. customers.Select(c => c.Reads)]));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = await ReadAll(reader, ct);
        return [.. customers.Select((c, n) => c.Row.With(c.Reads, rows[(n, c.Row.Id)]))];
    }

    /// <summary>Loads what a decision was found to need besides.</summary>
    public static async Task<CustomerState> More(NpgsqlConnection connection, ShopId shop, CustomerState state, StateQuery missing, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        var who = TransactionReads.WhoById([(0, shop, state.Customer.Id)]);
        batch.BatchCommands.Add(Command(Statement([], [missing]), [.. who, .. Parameters([missing])]));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var found = new List<StateRow>();
        while (await reader.ReadAsync(ct))
        {
            found.Add(Read(reader, 2).Open());
        }

        return state.With(missing, found);
    }

    /// <summary>What is asked for of one customer; the customer's own row is read beside it.</summary>
    public static NpgsqlBatchCommand Of(ShopId shop, CustomerId customer, StateQuery query) => FirstOf(TransactionReads.WhoById([(0, shop, customer)]), [query]);

    /// <summary>Reads the rows of all requests, by number and customer.</summary>
    public static async Task<ILookup<(int Request, CustomerId Customer), StoredRow>> ReadAll(NpgsqlDataReader reader, CancellationToken ct)
    {
        var rows = new List<(int Request, CustomerId Customer, StoredRow Row)>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add((reader.GetInt32(0), new(reader.GetString(1)), Read(reader, 2)));
        }

        return rows.ToLookup(r => (r.Request, r.Customer), r => r.Row);
    }

    /// <param name="first">The ordinal of the first of <see cref="Columns"/>.</param>
    public static StoredRow Read(NpgsqlDataReader reader, int first) => new(
        new((ItemKind)reader.GetInt16(first), reader.GetString(first + 1), reader.GetString(first + 2)), (Reach)reader.GetInt16(first + 3), reader.InstantOrNull(first + 4),
        reader.TextOrNull(first + 5) is { } order ? new OrderId(order) : null, reader.InstantOrNull(first + 6),
        reader.GetFieldValue<byte[]>(first + 7));

    private static NpgsqlParameter[] Parameters(IReadOnlyList<StateQuery> queries)
    {
        var keys = queries.SelectMany((q, n) => q.IsEverything ? [] : q.Keys.Select(k => (n, k))).ToArray();
        var about = queries.SelectMany((q, n) => q.IsEverything ? [] : q.About.Select(o => (n, o))).ToArray();
        var whole = queries.SelectMany((q, n) => q.Whole.Select(k => (n, k))).ToArray();
        var kinds = queries.SelectMany((q, n) => q.Kinds.Select(k => (n, k))).ToArray();
        var since = queries.SelectMany((q, n) => q.Instants().Select(i => (n, i.Kind, i.From))).ToArray();
        return
        [
            Ints([.. keys.Select(k => (int?)k.n)]), Shorts([.. keys.Select(k => (short)k.k.Kind)]), Texts([.. keys.Select(k => k.k.Id)]), Texts([.. keys.Select(k => k.k.Part)]),
            Ints([.. about.Select(a => (int?)a.n)]), Texts([.. about.Select(a => a.o.Value)]),
            Ints([.. whole.Select(k => (int?)k.n)]), Shorts([.. whole.Select(k => (short)k.k.Kind)]), Texts([.. whole.Select(k => k.k.Id)]),
            Ints([.. kinds.Select(k => (int?)k.n)]), Shorts([.. kinds.Select(k => (short)k.k)]),
            Ints([.. since.Select(s => (int?)s.n)]), Shorts([.. since.Select(s => (short)s.Kind)]), Instants([.. since.Select(s => (DateTimeOffset?)s.From)]),
            Ints([.. queries.SelectMany((q, n) => q.IsEverything ? [(int?)n] : Array.Empty<int?>())]),
        ];
    }
}
