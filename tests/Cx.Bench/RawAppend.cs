using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;
using NpgsqlTypes;

namespace Cx.Bench;

/// <summary>What one more event of a customer writes, written by hand: the customer's row and stream moved on, one row of the state and one event added; on copies of the tables.</summary>
internal static class RawAppend
{
    private static readonly string[] Tables = ["cx_customers", "cx_states", "mt_streams", "mt_events"];

    public static async Task<Func<Task>> Writer(NpgsqlDataSource database, IReadOnlyList<CustomerId> customers)
    {
        foreach (var table in Tables)
        {
            await using var copy = database.CreateCommand($"drop table if exists raw_{table}; create table raw_{table} (like {table} including all); insert into raw_{table} select * from {table}");
            await copy.ExecuteNonQueryAsync();
        }

        var (state, data, headers) = await Newest(database);
        var connection = await database.OpenConnectionAsync();
        var id = Parameter("", NpgsqlDbType.Text);
        var of = Parameter("", NpgsqlDbType.Text);
        var referral = Parameter("", NpgsqlDbType.Text);
        var eventId = Parameter(Guid.Empty, NpgsqlDbType.Uuid);
        var streams = Enumerable.Range(0, 2).Select(_ => Parameter("", NpgsqlDbType.Text)).ToArray();
        var versions = Enumerable.Range(0, 3).Select(_ => Parameter(0L, NpgsqlDbType.Bigint)).ToArray();
        var instants = Enumerable.Range(0, 3).Select(_ => Parameter(DateTime.UtcNow, NpgsqlDbType.TimestampTz)).ToArray();
        var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Command("update raw_cx_customers set version = $2, recorded_at = $3, due_at = $3 where shop = 'bench' and id = $1", id, versions[0], instants[0]),
                Command("insert into raw_cx_states (shop, customer, kind, id, part, reach, data) values ('bench', $1, 6, $2, '', 0, $3)", of, referral, Parameter(state, NpgsqlDbType.Json)),
                Command("update raw_mt_streams set version = $2, timestamp = $3 where tenant_id = 'bench' and id = $1", streams[0], versions[1], instants[1]),
                Command(
                    """
                    insert into raw_mt_events (seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers)
                    values (nextval('mt_events_sequence'), $1, 'bench', $2, $3, 'referral-made.v1', $4, $5, 'append-1', 'bench', $6)
                    """, eventId, streams[1], versions[2], Parameter(data, NpgsqlDbType.Jsonb), instants[2], Parameter(headers, NpgsqlDbType.Jsonb)),
            },
        };
        await batch.PrepareAsync();
        var number = 0;
        return () =>
        {
            var customer = customers[number++ % customers.Count];
            (id.Value, of.Value, eventId.Value, referral.Value) = (customer.Value, customer.Value, Guid.CreateVersion7(), $"raw-{number}");
            Array.ForEach(streams, s => s.Value = CustomerStream.Of(customer));
            Array.ForEach(versions, v => v.Value = 1_000_000L + number);
            Array.ForEach(instants, i => i.Value = DateTime.UtcNow);
            return batch.ExecuteNonQueryAsync();
        };
    }

    private static async Task<(byte[] State, byte[] Data, byte[] Headers)> Newest(NpgsqlDataSource database)
    {
        await using var read = database.CreateCommand(
            """
            select s.data, e.data, e.headers from mt_events e join cx_states s on 'customer-' || s.customer = e.stream_id and s.kind = 6 and s.id = e.data ->> 'referral'
            where e.type = 'referral-made.v1' order by e.seq_id desc limit 1
            """);
        await using var reader = await read.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(2));
    }

    private static NpgsqlParameter Parameter(object value, NpgsqlDbType type) => new() { Value = value, NpgsqlDbType = type };

    private static NpgsqlBatchCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
