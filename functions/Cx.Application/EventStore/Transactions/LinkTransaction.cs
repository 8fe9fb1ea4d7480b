using Cx.Application.Observability;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>
/// Links customers and parts them again. All customers of both are locked in the order of their ids; then the states are folded from all their events, and
/// written anew in the transaction that appends the link. Done by hand or by a merge in the shop: rarely.
/// </summary>
public sealed partial class MartenEventStore
{
    private const string LeadsOf = "select coalesce(lead, id) from cx_customers where shop = $1 and id = any($2)";

    private const string Locked = """
        select id, lead, version, recorded_at, key is null from cx_customers where shop = $1 and id = any($2) order by id for update
        """;

    /// <summary>A customer's own row, locked.</summary>
    private sealed record LockedCustomer(CustomerId Id, CustomerId? Lead, long Version, DateTimeOffset RecordedAt, bool IsErased);

    public Task<LinkOutcome> Link(ShopId shop, CustomerId one, CustomerId other, DateTimeOffset occurredAt, Command command, CancellationToken ct) => Retried(
        () => ChangeLinks(shop, [one, other], command, (groups, _) => groups.Count == 1 ? [] : Linking.Link(groups[0], groups[1], occurredAt), ct), ct);

    public Task<LinkOutcome> Unlink(ShopId shop, CustomerId customer, CustomerId leaving, Command command, CancellationToken ct) => Retried(
        () => ChangeLinks(shop, [customer, leaving], command, (groups, at) => groups.Count == 1 && customer != leaving ? Linking.Unlink(groups[0], leaving, at) : [], ct), ct);

    /// <param name="decide">Given the groups of the customers named, which are one where they are linked: the one that leads each, with its members.</param>
    private async Task<LinkOutcome> ChangeLinks(
        ShopId shop, CustomerId[] named, Command command, Func<IReadOnlyList<Customer>, DateTimeOffset, IReadOnlyList<StreamEvent>> decide, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var rows = await LockGroups(connection, shop, named, ct);
        var loaded = (await Load(connection, [new(shop, new CustomerRef.ById(named[0]), command.Delivery, StateQuery.Open)], locking: false, ct))[0];
        if (command.Delivery is { } seen && loaded.SeenBody is { } body)
        {
            var repeated = await RecordRepeated(connection, transaction, shop, seen, body, ct);
            return new(repeated.Result, null, IsChange: false);
        }

        var at = LaterOf(clock.GetUtcNow(), rows.Values.Max(r => r.RecordedAt));
        var decided = decide([.. rows.Values.Where(r => r.Lead is null).Select(r => GroupOf(r, rows.Values))], at);
        var leads = decided.Aggregate(rows.ToDictionary(r => r.Key, r => r.Value.Lead ?? r.Key), Follow);
        var changes = decided.Count == 0 ? [] : await ChangesOf(connection, shop, await shops.Get(shop, loaded.ShopVersion, connection, ct), rows, leads, decided, at, command, ct);
        if (command.Delivery is { } delivery)
        {
            var lead = leads[named[0]];
            changes = changes.Count == 0
                ? [new(shop, CustomerFold.Start(lead) with { Version = rows[lead].Version }, rows[lead].Version, [], null) { ShopVersion = loaded.ShopVersion, Delivery = delivery }]
                : [.. changes.Select(c => c.After.Id == lead ? c with { Delivery = delivery, Others = [.. named.Where(n => n != lead)] } : c)];
        }

        if (changes.Count > 0)
        {
            await using var batch = new NpgsqlBatch(connection, transaction);
            TransactionWrites.AddChanges(batch, changes, instance.Id);
            await Write(batch, changes, ct);
            await transaction.CommitAsync(ct);
            Committed?.Invoke();
        }

        return new(TransactResult.Committed, leads[named[0]], decided.Count > 0);
    }

    // Who leads each customer after an event: it is in the stream of the one that leads and in that of the member.
    private static Dictionary<CustomerId, CustomerId> Follow(Dictionary<CustomerId, CustomerId> leads, StreamEvent decided)
    {
        if (decided.Event is CustomersLinked linked)
        {
            leads[linked.Member] = linked.Lead;
        }
        else if (decided.Event is CustomersUnlinked unlinked)
        {
            leads[unlinked.Member] = unlinked.Member;
        }

        return leads;
    }

    private static Customer GroupOf(LockedCustomer lead, IEnumerable<LockedCustomer> all) => CustomerFold.Start(lead.Id) with
    {
        Members = [.. all.Where(r => r.Lead == lead.Id).Select(r => r.Id)],
        ErasedAt = lead.IsErased ? lead.RecordedAt : null,
    };

    /// <summary>Each customer's row as it is to be, and the whole state of each that leads or stands alone.</summary>
    private async Task<IReadOnlyList<CustomerChange>> ChangesOf(
        NpgsqlConnection connection, ShopId shop, ShopFacts facts, IReadOnlyDictionary<CustomerId, LockedCustomer> rows, Dictionary<CustomerId, CustomerId> leads,
        IReadOnlyList<StreamEvent> decided, DateTimeOffset at, Command command, CancellationToken ct)
    {
        var changes = new List<CustomerChange>();
        foreach (var row in rows.Values)
        {
            var events = decided.Where(d => d.Stream == row.Id).Select(d => d.Event).ToList();
            if (events.Count == 0)
            {
                continue;
            }

            CustomerId[] group = [row.Id, .. leads.Where(l => l.Value == row.Id && l.Key != row.Id).Select(l => l.Key)];
            var (before, after) = (CustomerFold.Start(row.Id), CustomerFold.Start(row.Id));
            if (leads[row.Id] == row.Id)
            {
                before = await CustomerStates.Fold(marten, connection, shop, group, ct);

                var context = new DecisionContext(facts, at, command.Correlation, v => v, [], []);
                after = CustomerFold.Evolve(before, decided.Where(d => group.Contains(d.Stream)).Select(d => d.Event));
                var effects = FollowUpDecisions.React(before, after, events, context);
                after = CustomerFold.Evolve(after, effects);
                events.AddRange(effects);
            }

            after = after with { Version = row.Version + events.Count, RecordedAt = at };
            var headers = new EventHeaders(command.Source, row.Id.Value, facts.Version, Instruments.TraceParent);
            changes.Add(new(shop, after, row.Version, [.. events.Select(e => Tag(e, after, command.Correlation, command.Cause, headers))], null)
            {
                ShopVersion = facts.Version,
                Lead = leads[row.Id] == row.Id ? null : leads[row.Id],
                At = at,
                IsRebuilt = true,
                Audit = command.Audit,
                LastContact = after.LastContactAt,
            });
            if (leads[row.Id] == row.Id)
            {
                changes[^1] = changes[^1] with { Rows = CustomerState.Rebuilt(before).Changes(after, facts).Rows, DueAt = FollowUpDecisions.NextDue(after, facts) };
            }
        }

        return changes;
    }

    /// <summary>Locks the customers that some are linked with, themselves included, in the order of their ids.</summary>
    private static async Task<IReadOnlyDictionary<CustomerId, LockedCustomer>> LockGroups(
        NpgsqlConnection connection, ShopId shop, IReadOnlyCollection<CustomerId> named, CancellationToken ct)
    {
        while (true)
        {
            // One of them may join another group between the statements that find it: each is locked by its own id as well.
            var group = await GroupsOf(connection, shop, named, ct);
            var locked = await Lock(connection, shop, group.Union(named), ct);
            if (named.Cast<CustomerId?>().FirstOrDefault(n => !locked.ContainsKey(n!.Value)) is { } unknown)
            {
                throw new UnknownCustomerException(shop, unknown);
            }

            // Somebody was linked to one of them meanwhile: locked as well. Whoever links or unlinks one of these now waits.
            if ((await GroupsOf(connection, shop, named, ct)).All(locked.ContainsKey))
            {
                return locked;
            }
        }
    }

    private static async Task<IReadOnlyList<CustomerId>> GroupsOf(NpgsqlConnection connection, ShopId shop, IEnumerable<CustomerId> named, CancellationToken ct)
    {
        var leads = new List<CustomerId>();
        await using (var command = new NpgsqlCommand(LeadsOf, connection) { Parameters = { Sql.Text(shop.Value), Sql.Texts([.. named.Select(n => n.Value)]) } })
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                leads.Add(new(reader.GetString(0)));
            }
        }

        var all = new List<CustomerId>();
        foreach (var lead in leads.Distinct())
        {
            all.AddRange(await LinkedCustomers.Group(connection, shop, lead, ct));
        }

        return all;
    }

    private static async Task<IReadOnlyDictionary<CustomerId, LockedCustomer>> Lock(
        NpgsqlConnection connection, ShopId shop, IEnumerable<CustomerId> ids, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Locked, connection) { Parameters = { Sql.Text(shop.Value), Sql.Texts([.. ids.Select(i => i.Value)]) } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new SortedDictionary<CustomerId, LockedCustomer>();
        while (await reader.ReadAsync(ct))
        {
            var id = new CustomerId(reader.GetString(0));
            rows.Add(id, new(id, reader.TextOrNull(1) is { } lead ? new(lead) : null, reader.GetInt64(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetBoolean(4)));
        }

        return rows;
    }
}
