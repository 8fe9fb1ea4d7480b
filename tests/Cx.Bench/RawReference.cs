using Npgsql;
using NpgsqlTypes;

namespace Cx.Bench;

/// <summary>What an append writes, written by hand: the rows of one transaction as the store left them, copied into tables of the same shape with fresh keys.</summary>
internal static class RawReference
{
    private static readonly (string Table, string Keys)[] Tables =
    [
        ("cx_deliveries", "key"), ("cx_identifiers", "hash,customer"), ("cx_customers", "id"), ("cx_states", "customer"), ("mt_streams", "id"), ("mt_events", "seq_id,id,stream_id"), ("cx_archive", "delivery,customer"),
    ];

    private static int next;

    /// <summary>The rows that the newest delivery wrote, as column names and values.</summary>
    internal sealed record Rows(string Table, string[] Columns, List<object?[]> Values, HashSet<string> Keys);

    public static async Task<List<Rows>> Capture(NpgsqlDataSource database)
    {
        string Where(string table) => table switch
        {
            "cx_deliveries" => "key = (select delivery from newest)",
            "cx_archive" => "delivery = (select delivery from newest)",
            "cx_identifiers" => "customer = (select customer from newest)",
            "cx_states" => "customer = (select customer from newest)",
            "cx_customers" => "id = (select customer from newest)",
            "mt_streams" => "id = 'customer-' || (select customer from newest)",
            _ => "stream_id = 'customer-' || (select customer from newest)",
        };
        var captured = new List<Rows>();
        foreach (var (table, keys) in Tables)
        {
            await using (var copy = database.CreateCommand($"drop table if exists raw_{table}; create table raw_{table} (like {table} including all)"))
            {
                await copy.ExecuteNonQueryAsync();
            }

            await using var read = database.CreateCommand($"with newest as (select delivery, customer from cx_archive where customer is not null order by received_at desc limit 1) select * from {table} where {Where(table)}");
            await using var reader = await read.ExecuteReaderAsync();
            var columns = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToArray();
            var values = new List<object?[]>();
            while (await reader.ReadAsync())
            {
                values.Add([.. columns.Select((_, i) => reader.IsDBNull(i) ? null : reader.GetDataTypeName(i) is "json" or "jsonb" ? reader.GetFieldValue<byte[]>(i) : reader.GetValue(i))]);
            }

            captured.Add(new(table, columns, values, [.. keys.Split(',')]));
        }

        return captured;
    }

    public static Func<Task> SameRows(NpgsqlDataSource database, List<Rows> rows) => Writer(database, rows);

    public static Func<Task> OneRow(NpgsqlDataSource database, List<Rows> rows) =>
        Writer(database, [.. rows.Where(r => r.Table == "mt_events").Select(r => r with { Values = r.Values[^1..] })]);

    // One prepared batch a connection; each run changes the keys only.
    private static Func<Task> Writer(NpgsqlDataSource database, List<Rows> rows)
    {
        var connection = database.OpenConnection();
        var batch = new NpgsqlBatch(connection);
        var changes = new List<Action<long>>();
        foreach (var table in rows)
        {
            foreach (var values in table.Values)
            {
                var command = new NpgsqlBatchCommand();
                var names = new List<string>();
                var places = new List<string>();
                foreach (var (name, value) in table.Columns.Zip(values).Where(c => c.Second is not null))
                {
                    names.Add(name);
                    if (name == "seq_id")
                    {
                        places.Add("nextval('mt_events_sequence')");
                        continue;
                    }

                    var parameter = Parameter(table.Table, name, value!);
                    command.Parameters.Add(parameter);
                    places.Add($"${command.Parameters.Count}");
                    if (table.Keys.Contains(name))
                    {
                        changes.Add(number => parameter.Value = Fresh(value!, number));
                    }
                }

                command.CommandText = $"insert into raw_{table.Table} ({string.Join(',', names)}) values ({string.Join(',', places)})";
                batch.BatchCommands.Add(command);
            }
        }

        batch.Prepare();
        return async () =>
        {
            var number = (long)Interlocked.Increment(ref next);
            foreach (var change in changes)
            {
                change(number);
            }

            await batch.ExecuteNonQueryAsync();
        };
    }

    private static NpgsqlParameter Parameter(string table, string column, object value)
    {
        var parameter = new NpgsqlParameter { Value = value };
        if ((table, column) is ("mt_events", "data") or (_, "headers"))
        {
            parameter.NpgsqlDbType = NpgsqlDbType.Jsonb;
        }
        else if ((table, column) is ("cx_states", "data"))
        {
            parameter.NpgsqlDbType = NpgsqlDbType.Json;
        }

        return parameter;
    }

    // As long as the real one, and never the same twice.
    private static object Fresh(object value, long number) => value switch
    {
        byte[] bytes => Scatter(bytes, number),
        Guid => Guid.CreateVersion7(),
        string text => string.Concat(text.AsSpan(0, text.Length - 12), number.ToString("d12", System.Globalization.CultureInfo.InvariantCulture)),
        _ => value,
    };

    private static byte[] Scatter(byte[] bytes, long number)
    {
        var fresh = System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes((number * 31) + bytes[0]));
        return fresh[..bytes.Length];
    }
}
