using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Npgsql;

namespace Cx.Application.EventStore.Postgres;

/// <summary>The customer a transaction turned out to be about, with what the identifiers said besides.</summary>
/// <param name="By">The customer whose own identifier led here; another than the customer's when the two are linked.</param>
internal sealed record Subject(
    Customer Customer, CustomerId By, CustomerKey Key, bool IsNew, IReadOnlyList<Claim> Claims,
    IReadOnlyDictionary<IdentifierKind, DateTimeOffset> Objections, IReadOnlyList<(CustomerId Other, IdentifierKind By)> Conflicts);

public sealed partial class PostgresEventStore
{
    private async Task<Subject> Subject(NpgsqlConnection connection, ShopId shop, CustomerRef who, Loaded loaded, CancellationToken ct)
    {
        if (who is not CustomerRef.ByIdentifiers named)
        {
            var customer = ((CustomerRef.ById)who).Customer;
            var row = loaded.Customers.Count > 0 ? loaded.Customers[0] : throw new UnknownCustomerException(shop, customer);
            return new(await State(connection, shop, row, ct), row.By, KeyOf(shop, row), IsNew: false, [], Nobody, []);
        }

        var found = loaded.Found.ToLookup(f => f.Kind);
        var pointers = named.Identifiers
            .OrderBy(i => i.Kind)
            .SelectMany(i => found[i.Kind].Where(f => f.Customer is not null && i.Hashes.Any(h => h.Hash.AsSpan().SequenceEqual(f.Hash))))
            .Select(f => (f.Kind, Row: loaded.Customers.First(c => c.By == f.Customer)))
            .ToList();
        var claims = named.Identifiers
            .Where(i => !found[i.Kind].Any(f => f.Customer is not null && i.Hashes.Any(h => h.Hash.AsSpan().SequenceEqual(f.Hash))))
            .SelectMany(i => Claims(i, found[i.Kind]))
            .DistinctBy(c => (c.Kind, Convert.ToHexString(c.Hash.Hash)))
            .ToList();
        var objections = loaded.Found.Where(f => f.ObjectedAt is not null).GroupBy(f => f.Kind).ToDictionary(g => g.Key, g => g.Max(f => f.ObjectedAt!.Value));

        if (pointers.Count == 0)
        {
            var id = new CustomerId(Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"));
            return new(CustomerFold.Start(id), id, CustomerKey.Create(), IsNew: true, claims, objections, []);
        }

        var lead = pointers[0].Row;
        claims.AddRange(named.Identifiers.Where(i => pointers.Any(p => p.Kind == i.Kind && p.Row.Id == lead.Id)).SelectMany(i => Rehashed(i, found[i.Kind])));
        var conflicts = pointers.Where(p => p.Row.Id != lead.Id).DistinctBy(p => p.Row.Id).Select(p => (p.Row.Id, p.Kind)).ToList();
        return new(await State(connection, shop, lead, ct), lead.By, KeyOf(shop, lead), IsNew: false, claims, objections, conflicts);
    }

    // Claimed under the current version of the lookup key, and where a delivery waits for it under an older one, there too.
    private static List<Claim> Claims(Identifier identifier, IEnumerable<Found> found)
    {
        var awaited = identifier.Hashes.Where(h => found.Any(f => f.Known && h.Hash.AsSpan().SequenceEqual(f.Hash))).Select(h => new Claim(identifier.Kind, h, Seen: true)).ToList();
        return awaited.Any(c => c.Hash == identifier.Hashes[0]) ? awaited : [new(identifier.Kind, identifier.Hashes[0]), .. awaited];
    }

    // Known by an older version of the lookup key only: known by the current one from now on.
    private static IEnumerable<Claim> Rehashed(Identifier identifier, IEnumerable<Found> found)
    {
        var current = found.Where(f => f.Hash.AsSpan().SequenceEqual(identifier.Hashes[0].Hash)).ToList();
        var older = found.Where(f => f.Customer is not null && identifier.Hashes.Skip(1).Any(h => h.Hash.AsSpan().SequenceEqual(f.Hash)));
        return older.Any() && !current.Exists(f => f.Customer is not null) ? [new(identifier.Kind, identifier.Hashes[0], Seen: current.Exists(f => f.Known))] : [];
    }

    private static IReadOnlyDictionary<IdentifierKind, DateTimeOffset> Nobody { get; } = new Dictionary<IdentifierKind, DateTimeOffset>();

    // An erased customer has no key any more; nothing is sealed for one, so any key will do.
    private CustomerKey KeyOf(ShopId shop, CustomerRow row) =>
        row is { Key: { } key, KeyVersion: { } version } ? CustomerKey.Unwrap(keys, version, key, shop, row.Id) : CustomerKey.Create();

    /// <summary>The kept state, or, where the fold has changed since or customers were linked, the fold of all their events.</summary>
    private async Task<Customer> State(NpgsqlConnection connection, ShopId shop, CustomerRow row, CancellationToken ct)
    {
        if (row.State is { } state)
        {
            return state with { Version = row.Version, RecordedAt = row.RecordedAt };
        }

        var streams = new List<string> { CustomerStream.Of(row.Id) };
        await using (var members = new NpgsqlCommand("select id from cx_customers where shop = $1 and lead = $2", connection) { Parameters = { Sql.Text(shop.Value), Sql.Text(row.Id.Value) } })
        await using (var reader = await members.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                streams.Add(CustomerStream.Of(new(reader.GetString(0))));
            }
        }

        var customer = CustomerFold.Start(row.Id);
        await foreach (var recorded in tables.Read(connection, shop, streams, AsOf.Now, ct))
        {
            customer = CustomerFold.Evolve(customer, (ICustomerEvent)recorded.Event);
        }

        return customer with { Version = row.Version, RecordedAt = row.RecordedAt };
    }

    private async Task<Change> Change(
        NpgsqlConnection connection, ShopId shop, Subject subject, Command command, DecisionContext context, IReadOnlyList<ICustomerEvent> events, CancellationToken ct)
    {
        var customer = CustomerFold.Evolve(subject.Customer, events);
        var appended = events.Select(e => Tag(e, customer, subject.By, command.Correlation, command.Cause, command.Source, context.Shop.Version)).ToList();

        var awaited = subject.Claims.Where(c => c.Seen).ToList();
        var applied = awaited.Count == 0 ? [] : await WaitingFor(connection, shop, awaited, ct);
        foreach (var row in applied.DistinctBy(r => Correlations.Of(r.Delivery)))
        {
            var correlation = Correlations.Of(row.Delivery);
            var late = Recording.Decide(customer, context with { Correlation = correlation, Conflicts = [], Suppressed = Nobody }, WaitingFacts.Open(keys, shop, row));
            customer = CustomerFold.Evolve(customer, late);
            appended.AddRange(late.Select(e => Tag(e, customer, subject.By, correlation, "waiting", row.Source, context.Shop.Version)));
        }

        // Nothing happened yet with somebody who is only named: no customer is made of that.
        if (subject.IsNew && appended.Count == 0)
        {
            return new(shop, customer, 0, [], null);
        }

        customer = customer with { Version = subject.Customer.Version + appended.Count, RecordedAt = context.At };
        return new(shop, customer, subject.Customer.Version, appended, FollowUpDecisions.NextDue(customer, context.Shop))
        {
            NewKey = subject.IsNew ? subject.Key.Wrap(keys, shop, customer.Id) : null,
            // What waited may have named the person in a second way.
            Claims = [.. subject.Claims.Concat(applied.Select(r => new Claim((IdentifierKind)r.Kind, new(0, r.Hash), Seen: true))).DistinctBy(c => (c.Kind, Convert.ToHexString(c.Hash.Hash)))],
            Applied = applied,
        };
    }

    private static Appended Tag(ICustomerEvent e, Customer customer, CustomerId by, string correlation, string cause, string source, long shopVersion) => new(
        e,
        // What a follow-up does goes back to the delivery that triggered it, whoever woke it.
        e is IFollowUpEvent step && customer.FollowUps.TryGetValue(step.FollowUp, out var followUp) ? followUp.CorrelationId : correlation,
        cause,
        new(source, by.Value, shopVersion));

    private static async Task<IReadOnlyList<WaitingRow>> WaitingFor(NpgsqlConnection connection, ShopId shop, IReadOnlyList<Claim> references, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            with recursive reached (kind, hash, delivery) as (
              select w.kind, w.hash, w.delivery from unnest($2, $3) i (kind, hash) join cx_waiting w on w.shop = $1 and w.kind = i.kind and w.hash = i.hash
              union
              select w.kind, w.hash, w.delivery
              from reached r join cx_waiting w on w.shop = $1 and (w.delivery = r.delivery or (w.kind = r.kind and w.hash = r.hash)))
            select w.kind, w.hash, w.delivery, w.source, w.key_version, w.key, w.facts
            from reached r join cx_waiting w on w.shop = $1 and w.kind = r.kind and w.hash = r.hash and w.delivery = r.delivery
            order by w.received_at, w.delivery
            """, connection)
        {
            Parameters = { Sql.Text(shop.Value), Sql.Shorts([.. references.Select(r => (short)r.Kind)]), Sql.Bytes([.. references.Select(r => r.Hash.Hash)]) },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<WaitingRow>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new(
                reader.GetInt16(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(2), reader.GetString(3), reader.GetInt32(4),
                reader.GetFieldValue<byte[]>(5), reader.GetFieldValue<byte[]>(6)));
        }

        return rows;
    }
}
