using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Npgsql;
using static Cx.Application.EventStore.Sql;

namespace Cx.Application.EventStore;

/// <summary>
/// The statements that run before an append. The first one writes a row, so the transaction has its id before it draws sequence numbers.
/// The rows that guard against other transactions are always written in the same order (the customer's version, identifiers, delivery
/// key), so that two transactions cannot deadlock.
/// </summary>
internal static class TransactionWrites
{
    // In sorted order. A delivery whose payload is not kept gets no row in the archive.
    private const string Deliveries = """
        with recorded as (
          insert into cx_deliveries (shop, key, key_version, body, source, topic, received_at, left_out) select * from unnest($1, $2, $3, $4, $5, $6, $7, $13))
        insert into cx_archive (shop, delivery, customer, others, received_at, key_version, key, data)
        select shop, delivery, customer, string_to_array(others, ' '), received_at, key_version, key, data
        from unnest($1, $2, $8, $9, $7, $10, $11, $12) p (shop, delivery, customer, others, received_at, key_version, key, data) where data is not null
        """;

    /// <summary>Whose an order or a shop customer id is that nobody held when its person was erased.</summary>
    public const string Erased = "erased";

    // Claims an identifier that is new, or that only waiting deliveries name and that was read with them: otherwise those deliveries would
    // not be applied. In sorted order, so that two transactions cannot deadlock.
    private const string Claims = $"""
        with claimed as (
          insert into cx_identifiers (shop, kind, hash, key_version, customer, source)
          select * from unnest($1, $2, $3, $4, $5, $8)
          on conflict (shop, kind, hash) do update set customer = excluded.customer, source = excluded.source
            where (cx_identifiers.customer is null or cx_identifiers.customer = '{Erased}'
                or exists (select from cx_customers c where c.shop = cx_identifiers.shop and c.id = cx_identifiers.customer and c.key is null))
              and (excluded.customer is null or (excluded.kind, excluded.hash) in (select kind, hash from unnest($2, $3, $7) i (kind, hash, awaited) where awaited))
          returning 1)
        select cx_expect(count(*), $6) from claimed
        """;

    // A due instant that was found by former facts of the shop may be too late.
    private const string Customers = $"""
        with changed as (
          insert into cx_customers as c (shop, id, lead, version, fold, recorded_at, due_at, key_version, key, contact_on)
          select shop, id, lead, version, $10, recorded_at,
            case when lead is not null or shop_version = (select mt_version from {Snapshots.Shops} s where s.tenant_id = r.shop and s.id = '{Shop.StreamKey}') then due_at else recorded_at end,
            key_version, key, (coalesce(contact_at, recorded_at) at time zone 'UTC')::date
          from unnest($1, $2, $3, $4, $5, $6, $7, $8, $11, $12, $13) r (shop, id, before, version, recorded_at, due_at, key_version, key, lead, contact_at, shop_version)
          on conflict (shop, id) do update set lead = excluded.lead, version = excluded.version, fold = excluded.fold, recorded_at = excluded.recorded_at,
            due_at = excluded.due_at, wake_failures = 0, parked_at = null,
            contact_on = greatest(c.contact_on, (select (contact_at at time zone 'UTC')::date from unnest($1, $2, $12) b (shop, id, contact_at) where b.shop = c.shop and b.id = c.id))
          where c.version = (select before from unnest($1, $2, $3) b (shop, id, before) where b.shop = c.shop and b.id = c.id)
          returning 1)
        select cx_expect(count(*), $9) from changed
        """;

    // A payload is kept for those whom it concerns, and who were not erased since they were read: until this transaction ends, nobody erases them.
    private const string Concerned = """
        select cx_expect(count(*), $4)
        from unnest($1, $2, $3) r (shop, id, version),
        lateral (select from cx_customers c where c.shop = r.shop and c.id = r.id and c.key is not null and c.version = coalesce(r.version, c.version) limit 1 for share) c
        """;

    private const string Outbox = """
        insert into cx_outbox as o (shop, message, customer, status, due_at, queued_at, owner, follow_up, step, template, channel, category, order_id, language)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict (shop, message) do update set status = excluded.status, due_at = excluded.due_at, leased_until = null,
          owner = case when excluded.status = 'sending' then coalesce(excluded.owner, o.owner) end
        """;

    private const string Waiting = """
        insert into cx_waiting (shop, kind, hash, delivery, source, key_version, key, facts, received_at)
        select $1, i.kind, i.hash, $2, $3, $4, $5, $6, $7 from unnest($8, $9) i (kind, hash)
        """;

    private const string Applied = """
        with applied as (
          delete from cx_waiting w where w.shop = $1 and w.delivery = any (array(
            select r.delivery from unnest($2, $3) i (kind, hash) join cx_waiting r on r.shop = $1 and r.kind = i.kind and r.hash = i.hash))
          returning w.delivery),
        linked as (update cx_archive a set customer = $5 from (select distinct delivery from applied) d where a.shop = $1 and a.delivery = d.delivery)
        select cx_expect((select count(*) from applied), $4)
        """;

    // All that could still be found or opened. The log keeps its events, sealed under a key that no longer exists. The hashes of orders and of the shop
    // customer id stay, so that late news of them is known for what it is.
    private static readonly string[] Erasure =
    [
        "delete from cx_failed_deliveries where shop = $1 and concerns && array(select hash from cx_identifiers where shop = $1 and customer = any($2))",
        $"delete from cx_suppressions s using cx_identifiers i where i.shop = $1 and i.customer = any($2) and s.shop = $1 and s.kind = i.kind and s.hash = i.hash and s.purpose in ({Refusals.Refused}, {Refusals.GivenAnew})",
        $"delete from cx_identifiers where shop = $1 and customer = any($2) and kind not in ({(int)IdentifierKind.Order}, {(int)IdentifierKind.ShopCustomerId})",
        "delete from cx_archive where shop = $1 and (customer = any($2) or others && $2::varchar[])",
        "update cx_outbox set content = null where shop = $1 and customer = any($2)",
        "delete from cx_summaries where shop = $1 and customer = any($2)",
        "delete from cx_simulated_customers where shop = $1 and customer = any($2)",
        "update cx_customers set key = null, key_version = null where shop = $1 and id = any($2)",
    ];

    /// <summary>Records a delivery that changes no customer, with its payload where it has one.</summary>
    public static void AddDelivery(NpgsqlBatch batch, ShopId shop, Delivery delivery) => AddDeliveries(batch, [(shop, delivery, null, [])]);

    public static void AddWaiting(NpgsqlBatch batch, ShopId shop, Delivery delivery, IReadOnlyList<Claim> references, WaitingDelivery row)
    {
        batch.BatchCommands.Add(Command(Claims, ClaimParameters(references.Select(c => (shop, c, (CustomerId?)null)))));
        AddDelivery(batch, shop, delivery);
        batch.BatchCommands.Add(Command(
            Waiting, Text(shop.Value), Bytes(row.Delivery), Text(row.Source), Int(row.KeyVersion), Bytes(row.Key), Jsonb(row.Facts), Instant(delivery.ReceivedAt),
            Shorts([.. references.Select(r => (short)r.Kind)]), Bytes([.. references.Select(r => r.Hash.Hash)])));
    }

    /// <param name="changes">One a customer, in the order of shop and id.</param>
    public static void AddChanges(NpgsqlBatch batch, IReadOnlyList<CustomerChange> changes, long owner)
    {
        var changed = changes.Where(c => c.IsChange).ToArray();
        if (changed.Length > 0)
        {
            AddCustomers(batch, changed);
            AddClaims(batch, changed);
        }

        var deliveries = changes.Where(c => c.Delivery is not null).Select(c => (c.Shop, c.Delivery!, c.Customer is null ? null : c.By ?? c.Customer, c.Others)).ToArray();
        if (deliveries.Length > 0)
        {
            AddConcerned(batch, changes);
            AddDeliveries(batch, deliveries);
        }

        var appended = changed.Where(c => c.Events.Count > 0).ToArray();
        if (appended.Length > 0)
        {
            AddOutbox(batch, appended, owner);
        }

        Bars.Add(batch, changes);
        AddErasures(batch, appended);
        AuditLog.Add(batch, changes);
    }

    private static void AddConcerned(NpgsqlBatch batch, IReadOnlyList<CustomerChange> changes)
    {
        var rows = changes.Where(c => c.Delivery is not null)
            .SelectMany(c => c.Others.Select(o => (c.Shop, Id: o, Version: (long?)null)).Concat(c is { IsChange: false, Customer: { } id } ? [(c.Shop, id, c.Before)] : []))
            .DistinctBy(r => (r.Shop, r.Id)).OrderBy(r => r.Shop).ThenBy(r => r.Id.Value, StringComparer.Ordinal).ToArray();
        if (rows.Length > 0)
        {
            batch.BatchCommands.Add(Command(
                Concerned, Texts([.. rows.Select(r => r.Shop.Value)]), Texts([.. rows.Select(r => r.Id.Value)]), Longs([.. rows.Select(r => r.Version)]), Long(rows.Length)));
        }
    }

    private static void AddDeliveries(
        NpgsqlBatch batch, IEnumerable<(ShopId Shop, Delivery Delivery, CustomerId? Customer, IReadOnlyList<CustomerId> Others)> deliveries)
    {
        var rows = deliveries.OrderBy(d => d.Shop).ThenBy(d => d.Delivery.Key, ByteOrder).ToArray();
        batch.BatchCommands.Add(Command(
            Deliveries,
            Texts([.. rows.Select(r => r.Shop.Value)]), Bytes([.. rows.Select(r => r.Delivery.Key)]), Ints([.. rows.Select(r => (int?)r.Delivery.Keys[0].Version)]),
            Bytes([.. rows.Select(r => r.Delivery.Body)]), Texts([.. rows.Select(r => r.Delivery.Source)]), Texts([.. rows.Select(r => r.Delivery.Topic)]),
            Instants([.. rows.Select(r => (DateTimeOffset?)r.Delivery.ReceivedAt)]), Texts([.. rows.Select(r => r.Customer?.Value)]),
            Texts([.. rows.Select(r => r.Others.Count == 0 ? null : string.Join(' ', r.Others.Select(o => o.Value)))]),
            Ints([.. rows.Select(r => r.Delivery.Archive?.KeyVersion)]), Bytes([.. rows.Select(r => r.Delivery.Archive?.WrappedKey)]), Bytes([.. rows.Select(r => r.Delivery.Archive?.Data)]),
            Texts([.. rows.Select(r => r.Delivery.LeftOut.Count == 0 ? null : string.Join('\n', r.Delivery.LeftOut))])));
    }

    private static void AddClaims(NpgsqlBatch batch, CustomerChange[] changes)
    {
        var claims = changes.SelectMany(c => c.Claims, (c, claim) => (c.Shop, claim, claim.For ?? c.By ?? (CustomerId?)c.After.Id)).ToArray();
        if (claims.Length > 0)
        {
            batch.BatchCommands.Add(Command(Claims, ClaimParameters(claims)));
        }

        OrderMoves.AddPointers(batch, changes);
        foreach (var change in changes)
        {
            var references = change.Claims.Where(c => c.IsAwaited).ToArray();
            if (references.Length > 0)
            {
                batch.BatchCommands.Add(Command(
                    Applied, Text(change.Shop.Value), Shorts([.. references.Select(c => (short)c.Kind)]), Bytes([.. references.Select(c => c.Hash.Hash)]),
                    Long(change.Applied.Count), Text((change.By ?? change.After.Id).Value)));
            }
        }
    }

    private static NpgsqlParameter[] ClaimParameters(IEnumerable<(ShopId Shop, Claim Claim, CustomerId? Customer)> claims)
    {
        var sorted = claims.OrderBy(c => c.Shop).ThenBy(c => c.Claim.Kind).ThenBy(c => c.Claim.Hash.Hash, ByteOrder).ToArray();
        return
        [
            Texts([.. sorted.Select(c => c.Shop.Value)]), Shorts([.. sorted.Select(c => (short)c.Claim.Kind)]), Bytes([.. sorted.Select(c => c.Claim.Hash.Hash)]),
            Ints([.. sorted.Select(c => (int?)c.Claim.Hash.Version)]), Texts([.. sorted.Select(c => c.Customer?.Value)]), Long(sorted.Length),
            Bools([.. sorted.Select(c => c.Claim.IsAwaited)]), Texts([.. sorted.Select(c => c.Claim.Source)]),
        ];
    }

    private static void AddCustomers(NpgsqlBatch batch, CustomerChange[] changes) => batch.BatchCommands.Add(Command(
        Customers,
        Texts([.. changes.Select(c => c.Shop.Value)]), Texts([.. changes.Select(c => c.After.Id.Value)]), Longs([.. changes.Select(c => c.Before)]),
        Longs([.. changes.Select(c => c.After.Version)]), Instants([.. changes.Select(c => (DateTimeOffset?)c.After.RecordedAt)]), Instants([.. changes.Select(c => c.DueAt)]),
        Ints([.. changes.Select(c => c.NewKey?.Version)]), Bytes([.. changes.Select(c => c.NewKey?.Bytes)]), Long(changes.Length), Int(Customer.FoldVersion),
        Texts([.. changes.Select(c => c.Lead?.Value)]), Instants([.. changes.Select(c => c.LastContact)]), Longs([.. changes.Select(c => c.ShopVersion)])));

    // A row has what the message is, from its beginning, and its latest status. The process that claims an attempt owns it, whichever
    // process records further facts about the message meanwhile. It is that of the linked customer whose follow-up it belongs to.
    private static void AddOutbox(NpgsqlBatch batch, CustomerChange[] changes, long owner)
    {
        var rows = changes.SelectMany(
            c => c.Events.Select(e => e.Event switch { MessageQueued q => q.Message, IMessageEvent m => (MessageId?)m.Message, _ => null }).OfType<MessageId>().Distinct(),
            (c, id) => (c.Shop, Customer: c.After.FollowUps.GetValueOrDefault(c.After.Messages[id].FollowUp)?.By ?? c.After.Id, Id: id, Message: c.After.Messages[id], IsClaim: c.Events.Any(e => e.Event is MessageAttempted a && a.Message == id))).ToArray();
        if (rows.Length > 0)
        {
            batch.BatchCommands.Add(Command(
                Outbox,
                Texts([.. rows.Select(r => r.Shop.Value)]), Texts([.. rows.Select(r => r.Id.Value)]), Texts([.. rows.Select(r => r.Customer.Value)]),
                Texts([.. rows.Select(r => JsonNaming.Kebab(r.Message.Status))]), Instants([.. rows.Select(r => (DateTimeOffset?)(r.Message.RetryAt ?? r.Message.QueuedAt))]),
                Instants([.. rows.Select(r => (DateTimeOffset?)r.Message.QueuedAt)]), Longs([.. rows.Select(r => r.IsClaim ? owner : (long?)null)]),
                Texts([.. rows.Select(r => r.Message.FollowUp.Value)]), Texts([.. rows.Select(r => r.Message.Step)]), Texts([.. rows.Select(r => r.Message.Template)]),
                Texts([.. rows.Select(r => JsonNaming.Kebab(r.Message.Channel))]), Texts([.. rows.Select(r => JsonNaming.Kebab(r.Message.Category))]),
                Texts([.. rows.Select(r => r.Message.Order?.Value)]), Texts([.. rows.Select(r => r.Message.Language)])));
        }
    }

    private static void AddErasures(NpgsqlBatch batch, CustomerChange[] changes)
    {
        foreach (var change in changes.Where(c => c.Events.Any(e => e.Event is CustomerErased)))
        {
            foreach (var sql in Erasure)
            {
                batch.BatchCommands.Add(Command(sql, Text(change.Shop.Value), Texts(Members(change))));
            }
        }
    }

    internal static string[] Members(CustomerChange change) => [change.After.Id.Value, .. change.After.Members.Select(m => m.Value)];

    internal static short[] KindsOf(Channel channel) => channel switch
    {
        Channel.Email => [(short)IdentifierKind.Email],
        Channel.Phone or Channel.Messaging => [(short)IdentifierKind.Phone],
        Channel.Social => [(short)IdentifierKind.Handle],
        _ => [],
    };

    private static readonly Comparer<byte[]> ByteOrder = Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y));
}
