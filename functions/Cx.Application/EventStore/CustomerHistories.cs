using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Simulating;
using Cx.Domain.Shops;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>A part of the customers' histories, in the order of their ids.</summary>
/// <param name="Read">How many customers it is about, those left out included.</param>
/// <param name="Unreadable">Who is left out because something recorded cannot be read.</param>
/// <param name="Next">After whom the next part begins; none at the end.</param>
public sealed record CustomerHistoryPage(IReadOnlyList<CustomerHistory> Histories, int Read, IReadOnlyList<(CustomerId Customer, Exception Error)> Unreadable, CustomerId? Next);

/// <summary>Which histories are read, from where, and how much at once.</summary>
/// <param name="To">What was recorded later is left out.</param>
/// <param name="After">After whom the part begins; none at the beginning.</param>
/// <param name="MostEvents">A part ends before a customer with whom it would have more; its first customer is whole, however long that history is.</param>
/// <param name="Workers">How many processors may read what the database has returned.</param>
public sealed record CustomerHistoryQuery(ShopFacts Shop, DateTimeOffset To, CustomerId? After, Func<CustomerId, bool> IsWanted, int MostEvents, int Workers);

/// <summary>
/// Reads the whole log of a shop, customer by customer, in bounded memory: a part of the customers, then their streams, each from its own index. Erased customers
/// are left out, and so is who has no event up to the instant.
/// </summary>
public sealed class CustomerHistories(InstallationKeys keys)
{
    private const int LargestPage = 500;

    private const string Ids = "select id from cx_customers where shop = $1 and id > $2 and lead is null and key is not null order by id limit $3";

    private const string Page = """
        with page as materialized (
          select id, version, key_version, key from cx_customers where shop = $1 and id > $2 and lead is null and key is not null order by id limit $3)
        select id, id, version, key_version, key from page
        union all
        select p.id, m.id, m.version, m.key_version, m.key
        from page p, lateral (select id, version, key_version, key from cx_customers where shop = $1 and lead = p.id and key is not null offset 0) m
        """;

    // The index of each stream has its events in the order of their versions.
    private static readonly string Events = $"""
        select s.n, e.*
        from unnest((select $2)) with ordinality s (stream, n), lateral (
          select seq_id, type, data, timestamp, correlation_id, causation_id, headers ->> '{MartenEventStore.IdentityHeader}', (headers ->> '{MartenEventStore.ShopHeader}')::bigint
          from mt_events where tenant_id = $1 and stream_id = s.stream and timestamp <= $3 order by version offset 0) e
        """;

    /// <summary>The ids of the customers of a shop, without those that were erased or are linked to another.</summary>
    /// <param name="after">After whom the part begins; none at the beginning.</param>
    public static Task<IReadOnlyList<CustomerId>> ReadIds(NpgsqlConnection connection, ShopId shop, CustomerId? after, int limit, CancellationToken ct) =>
        connection.Rows(Ids, r => new CustomerId(r.GetString(0)), ct, Sql.Text(shop.Value), Sql.Text(after?.Value ?? ""), Sql.Int(limit));

    /// <param name="connection">Used by nothing else meanwhile.</param>
    public async Task<CustomerHistoryPage> Read(NpgsqlConnection connection, CustomerHistoryQuery query, CancellationToken ct)
    {
        var (groups, isLast) = await Groups(connection, query, ct);
        var (wanted, read) = Cut(groups, query);
        var rows = await Rows(connection, query, [.. wanted.Select(g => g.Id)], ct);
        var attempts = new Attempt[wanted.Count];
        Parallel.For(0, wanted.Count, new ParallelOptions { MaxDegreeOfParallelism = query.Workers, CancellationToken = ct }, i => attempts[i] = Try(query.Shop, wanted[i], rows[i]));
        for (var i = 0; i < attempts.Length; i++)
        {
            attempts[i] = attempts[i] is { Opened: null, Error: null } ? await TryLinked(connection, query, wanted[i], ct) : attempts[i];
        }

        if (attempts.Select(a => a.Error).OfType<NewerVersionException>().FirstOrDefault() is { } newer)
        {
            throw newer;
        }

        var known = attempts.Select(a => a.Opened).OfType<Opened>().Where(o => o.Events.Count > 0).ToList();
        var bars = await Bars.Read(connection, [.. known.Select(o => (query.Shop.Id, o.Recipients))], ct);
        return new(
            [
                .. known.Zip(bars, (o, b) => new CustomerHistory(o.Customer.Id, o.Events)
                {
                    Barred = b.Barred, Refused = b.Refused, Received = OrderMoves.Received(o.Customer, o.Recipients),
                }),
            ],
            read, [.. wanted.Zip(attempts).Where(a => a.Second.Error is not null).Select(a => (a.First.Id, a.Second.Error!))], isLast && read == groups.Count ? null : groups[read - 1].Id);
    }

    private static async Task<(List<Group> Groups, bool IsLast)> Groups(NpgsqlConnection connection, CustomerHistoryQuery query, CancellationToken ct)
    {
        // Everybody has an event: more customers than events would be read in vain.
        var limit = Math.Min(LargestPage, query.MostEvents);
        var members = await connection.Rows(
            Page, r => (Lead: new CustomerId(r.GetString(0)), Member: new Member(new(r.GetString(1)), r.GetInt64(2), r.GetInt32(3), r.GetFieldValue<byte[]>(4))), ct,
            Sql.Text(query.Shop.Id.Value), Sql.Text(query.After?.Value ?? ""), Sql.Int(limit));
        var groups = members.GroupBy(m => m.Lead, m => m.Member).Select(g => new Group(g.Key, [.. g.OrderBy(m => m.Id != g.Key)])).OrderBy(g => g.Id.Value, StringComparer.Ordinal).ToList();
        return (groups, groups.Count < limit);
    }

    // Customers are in the order of their ids, so the last one that was read says where the next part begins.
    private static (List<Group> Wanted, int Read) Cut(List<Group> groups, CustomerHistoryQuery query)
    {
        var (wanted, events) = (new List<Group>(), 0L);
        for (var read = 0; read < groups.Count; read++)
        {
            if (!query.IsWanted(groups[read].Id))
            {
                continue;
            }

            events += groups[read].Members.Sum(m => m.Version);
            if (events > query.MostEvents && wanted.Count > 0)
            {
                return (wanted, read);
            }

            wanted.Add(groups[read]);
        }

        return (wanted, groups.Count);
    }

    private static async Task<List<Row>[]> Rows(NpgsqlConnection connection, CustomerHistoryQuery query, IReadOnlyList<CustomerId> streams, CancellationToken ct)
    {
        var rows = streams.Select(_ => new List<Row>()).ToArray();
        if (rows.Length == 0)
        {
            return rows;
        }

        await using var command = new NpgsqlCommand(Events, connection)
        {
            Parameters = { Sql.Text(query.Shop.Id.Value), Sql.Texts([.. streams.Select(CustomerStream.Of)]), Sql.Instant(query.To) },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows[reader.GetInt64(0) - 1].Add(new(
                reader.GetInt64(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3), reader.GetFieldValue<DateTimeOffset>(4), reader.TextOrNull(5), reader.TextOrNull(6), reader.TextOrNull(7),
                reader.IsDBNull(8) ? 0 : reader.GetInt64(8)));
        }

        return rows;
    }

    private Attempt Try(ShopFacts shop, Group group, List<Row> rows)
    {
        try
        {
            return new(Open(shop, group, rows), null);
        }
        catch (Exception e)
        {
            return new(null, e);
        }
    }

    private async Task<Attempt> TryLinked(NpgsqlConnection connection, CustomerHistoryQuery query, Group group, CancellationToken ct)
    {
        try
        {
            return new(await OpenLinked(connection, query, group, ct), null);
        }
        catch (Exception e) when (e is not (OperationCanceledException or NpgsqlException))
        {
            return new(null, e);
        }
    }

    /// <returns>None where the customer ever was linked: whose each event is follows from the streams of all of them.</returns>
    private Opened? Open(ShopFacts shop, Group group, List<Row> rows)
    {
        var own = group.Members[0];
        IReadOnlyList<RecordedEvent> events = group.Members.Count > 1 ? [] : rows.ConvertAll(r => r.Recorded(own.Id));
        return group.Members.Count > 1 || events.Any(e => e.Event is CustomersLinked or CustomersUnlinked) ? null
            : Open(shop, group.Id, events, new(CustomerKey.Unwrap(keys, own.KeyVersion, own.Key, shop.Id, own.Id)));
    }

    private async Task<Opened> OpenLinked(NpgsqlConnection connection, CustomerHistoryQuery query, Group group, CancellationToken ct)
    {
        var ids = group.Members.Select(m => m.Id).ToList();
        var related = await LinkedCustomers.Ever(connection, query.Shop.Id, ids, ct);
        var rows = await Rows(connection, query, related, ct);
        var (owners, events) = (new EventOwners(), new List<RecordedEvent>());
        foreach (var (stream, row) in related.Zip(rows).SelectMany(s => s.Second.Select(row => (s.First, row))).OrderBy(s => s.row.Sequence))
        {
            var recorded = row.Recorded(stream);
            if (owners.Told(ids, recorded.Event, stream, recorded.Identity) is { } told)
            {
                events.Add(recorded with { Event = told });
            }
        }

        var found = await LinkedCustomers.Keys(connection, keys, query.Shop.Id, ids, ct);
        return Open(query.Shop, group.Id, events, new(found[0].Key, [.. found.Skip(1).Select(f => f.Key)]));
    }

    private Opened Open(ShopFacts shop, CustomerId id, IReadOnlyList<RecordedEvent> events, KeyRing ring)
    {
        using (ring)
        {
            var customer = CustomerFold.Evolve(CustomerFold.Start(id), events.Select(e => e.Event));
            return new(events, customer, Bars.Recipients(keys, shop, customer, ring));
        }
    }

    private readonly record struct Member(CustomerId Id, long Version, int KeyVersion, byte[] Key);

    /// <param name="Members">The one that leads, or stands alone, first.</param>
    private sealed record Group(CustomerId Id, IReadOnlyList<Member> Members);

    private readonly record struct Row(long Sequence, string Type, byte[] Data, DateTimeOffset At, string? Correlation, string? Cause, string? Identity, long ShopVersion)
    {
        public RecordedEvent Recorded(CustomerId stream) => new(
            (ICustomerEvent)EventCatalog.Read(Type, Data), stream, At, Correlation ?? "", Cause ?? "", Identity is { } identity ? new CustomerId(identity) : null, ShopVersion);
    }

    private sealed record Opened(IReadOnlyList<RecordedEvent> Events, Customer Customer, IReadOnlyList<KnownAddress> Recipients);

    /// <param name="Error">Why it cannot be opened.</param>
    private readonly record struct Attempt(Opened? Opened, Exception? Error);
}
