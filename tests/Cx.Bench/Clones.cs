using System.Globalization;
using Npgsql;

namespace Cx.Bench;

/// <summary>
/// Fills an installation with copies of the customers that it has: every row of theirs under other ids, written by the database itself, so that ten
/// million events take minutes and no memory here. The copies can be listed, and are found by the same indexes; their sealed values cannot be opened, since
/// the keys were wrapped for the originals, and nothing of them is due.
/// </summary>
internal static class Clones
{
    private const int EventsAtOnce = 200_000;

    // The number of the copy makes the ids, which come before all others, and moves every hash elsewhere.
    private const string Id = "'00' || lpad(to_hex(g), 30, '0')";

    private const string Copies = "generate_series(@from::bigint, @to::bigint) g join bench_originals t on t.n = g % (select count(*) from bench_originals)";

    private static readonly string[] Statements =
    [
        $"""
        insert into cx_customers (shop, id, version, fold, recorded_at, due_at, key_version, key)
        select shop, {Id}, version, fold, recorded_at, now() + interval '30 days' + g % 100000 * interval '1 second', key_version, key
        from {Copies} join cx_customers c using (id)
        """,
        $"""
        insert into cx_states (shop, customer, kind, id, part, reach, at, about, orders_at, data)
        select shop, {Id}, kind, s.id, part, reach, at, about, orders_at, replace(data::text, t.id, {Id})::json
        from {Copies} join cx_states s on s.customer = t.id
        """,
        $"insert into cx_identifiers select shop, kind, {Hash("hash")}, key_version, {Id} from {Copies} join cx_identifiers i on i.customer = t.id",
        $"""
        insert into cx_deliveries (shop, key, key_version, body, source, topic, received_at)
        select d.shop, {Hash("d.key")}, d.key_version, d.body, d.source, d.topic, d.received_at
        from {Copies} join cx_archive a on a.customer = t.id join cx_deliveries d on d.key = a.delivery
        """,
        $"""
        insert into cx_archive (shop, delivery, customer, received_at, key_version, key, data)
        select shop, {Hash("delivery")}, {Id}, received_at, key_version, key, data
        from {Copies} join cx_archive a on a.customer = t.id
        """,
        $"""
        insert into cx_outbox (shop, message, customer, follow_up, step, template, channel, category, order_id, status, due_at, queued_at)
        select shop, message || '-' || g, {Id}, follow_up || '-' || g, step, template, channel, category, order_id, 'accepted', due_at, queued_at
        from {Copies} join cx_outbox o on o.customer = t.id
        """,
        $"""
        insert into mt_streams (tenant_id, id, version, type)
        select tenant_id, 'customer-' || {Id}, version, type from {Copies} join mt_streams s on s.id = 'customer-' || t.id
        """,
        $$"""
        insert into mt_events (seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers, mt_dotnet_type)
        select nextval('mt_events_sequence'), gen_random_uuid(), tenant_id, 'customer-' || {{Id}}, version, type,
          case when data ? 'followUp' then jsonb_set(data, '{followUp}', to_jsonb(data ->> 'followUp' || '-' || g)) else data end,
          timestamp, correlation_id, causation_id, headers, mt_dotnet_type
        from {{Copies}} join mt_events e on e.stream_id = 'customer-' || t.id order by g, version
        """,
    ];

    /// <summary>Copies the customers that are there until the log has so many events.</summary>
    public static async Task FillTo(NpgsqlDataSource database, long events)
    {
        var (customers, each) = await Originals(database);
        var present = await Number(database, "select count(*) from mt_events");
        await Make(database, (long)Math.Max(0, (events - present) / each), (long)Math.Max(1, EventsAtOnce / each));
        var (all, of) = (await Number(database, "select count(*) from mt_events"), await Number(database, "select count(*) from cx_customers"));
        var size = await Number(database, "select pg_database_size(current_database()) / 1048576");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  filled: {all} events, {of} customers, all but {customers} of them copies; {size} MB"));
    }

    /// <summary>Makes so many copies, and lets the server know of what it has.</summary>
    public static async Task Make(NpgsqlDataSource database, long copies, long atOnce)
    {
        await Originals(database);
        for (var from = 0L; from < copies; from += atOnce)
        {
            await using var connection = await database.OpenConnectionAsync();

            // Whether the stream of an event exists is not asked for each row, and no commit waits for the disk.
            await Execute(connection, "set session_replication_role = replica; set synchronous_commit = off");
            await using var transaction = await connection.BeginTransactionAsync();
            foreach (var statement in Statements)
                await Execute(connection, statement, new("from", from), new("to", Math.Min(copies, from + atOnce) - 1));

            await transaction.CommitAsync();
            await Execute(connection, "reset session_replication_role; reset synchronous_commit");
        }

        await using var settled = await database.OpenConnectionAsync();
        await Execute(settled, "vacuum analyze");
        await Execute(settled, "checkpoint");
    }

    private static string Hash(string column) => $"substring(sha256({column} || int8send(g)) for octet_length({column}))";

    private static async Task<(long Customers, double EventsEach)> Originals(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        await Execute(connection, """
            create table if not exists bench_originals as select row_number() over (order by id) - 1 n, id from cx_customers where key is not null;
            create unique index if not exists bench_originals_n on bench_originals (n);
            analyze
            """);
        var customers = await Number(database, "select count(*) from bench_originals");
        return (customers, (double)await Number(database, "select count(*) from mt_events e join bench_originals t on e.stream_id = 'customer-' || t.id") / customers);
    }

    private static async Task<long> Number(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync();
    }
}
