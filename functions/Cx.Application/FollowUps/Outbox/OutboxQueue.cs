using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>A message in the outbox.</summary>
public readonly record struct OutboxRow(ShopId Shop, MessageId Message, CustomerId Customer, FollowUpId FollowUp);

/// <summary>
/// Which process handles which message. Leases run by the database's clock and only keep processes from handling the same message at once:
/// whether it is sent is decided in the transaction that claims it, so a lease that ends early costs nothing but a second decision.
/// </summary>
public sealed class OutboxQueue(NpgsqlDataSource database, Instance instance)
{
    // A customer whom a newer version has written is first left to it: a lease of ours, with which we can do nothing, would hold it up.
    private const string Queued = """
        update cx_outbox o set leased_until = clock_timestamp() + interval '1 minute'
        from (
          select o.shop, o.message
          from cx_outbox o join cx_customers m on m.shop = o.shop and m.id = o.customer join cx_customers c on c.shop = m.shop and c.id = coalesce(m.lead, m.id)
          where o.status = 'queued' and o.due_at <= $1 and (o.leased_until is null or o.leased_until <= clock_timestamp())
            and (c.fold <= $3 or o.due_at <= $1 - interval '2 minutes')
          order by o.due_at limit $2 for update of o skip locked) q
        where o.shop = q.shop and o.message = q.message
        returning o.shop, o.message, o.customer, o.follow_up
        """;

    // The owner holds the lock on its number as long as it lives (InstanceLease).
    private const string Abandoned = """
        with alive as materialized (
          select (l.classid::bigint << 32) | l.objid::bigint as id from pg_locks l
          where l.locktype = 'advisory' and l.objsubid = 1 and l.granted and l.database = (select oid from pg_database where datname = current_database()))
        update cx_outbox o set leased_until = clock_timestamp() + interval '1 minute'
        from (
          select shop, message from cx_outbox
          where status = 'sending' and owner is distinct from $1 and (owner is null or owner not in (select id from alive))
            and (leased_until is null or leased_until <= clock_timestamp())
          order by queued_at limit $2 for update skip locked) q
        where o.shop = q.shop and o.message = q.message
        returning o.shop, o.message, o.customer, o.follow_up
        """;

    private const string Mine = "select shop, message, customer, follow_up from cx_outbox where status = 'sending' and owner = $1";

    private const string Content = "update cx_outbox set content = $3 where shop = $1 and message = $2 and status = 'sending' and owner = $4";

    /// <summary>
    /// Messages due by an instant, leased for a minute; those to customers whom a newer version has written only when two minutes overdue: by
    /// then no newer one seems to run.
    /// </summary>
    public Task<List<OutboxRow>> LeaseQueued(DateTimeOffset at, int atMost, CancellationToken ct) =>
        Rows(Queued, [Sql.Instant(at), Sql.Int(atMost), Sql.Int(Customer.FoldVersion)], ct);

    /// <summary>Messages whose attempt was begun by a process that is gone, leased for a minute.</summary>
    public Task<List<OutboxRow>> LeaseAbandoned(int atMost, CancellationToken ct) => Rows(Abandoned, [Sql.Long(instance.Id), Sql.Int(atMost)], ct);

    /// <summary>Messages that this instance claimed, by what is committed.</summary>
    public Task<List<OutboxRow>> Own(CancellationToken ct) => Rows(Mine, [Sql.Long(instance.Id)], ct);

    /// <summary>Stores what is about to be handed over.</summary>
    /// <param name="content">Sealed.</param>
    public async Task Keep(OutboxRow row, string content, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Content);
        command.Parameters.Add(Sql.Text(row.Shop.Value));
        command.Parameters.Add(Sql.Text(row.Message.Value));
        command.Parameters.Add(Sql.Text(content));
        command.Parameters.Add(Sql.Long(instance.Id));
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<List<OutboxRow>> Rows(string sql, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<OutboxRow>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new(new(reader.GetString(0)), new(reader.GetString(1)), new(reader.GetString(2)), new(reader.GetString(3))));
        }

        return rows;
    }
}
