using System.Globalization;
using Cx.Application.EventStore;
using Cx.Domain;
using Npgsql;
using NpgsqlTypes;

namespace Cx.Bench;

/// <summary>Reading one customer's stream, and the whole log, against a plain select of the same rows in the same run.</summary>
internal static class ReadBench
{
    private const int Events = 300_000;

    // As many as the store reads at a time.
    private const int Batch = 5000;

    private const string StreamRows = """
        select seq_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers from mt_events where tenant_id = $1 and stream_id = any($2) order by seq_id
        """;

    private const string LogRows = "select seq_id, tenant_id, stream_id, type, timestamp, data from mt_events where seq_id > $1 order by seq_id limit $2";

    public static async Task Run()
    {
        await using var bench = await BenchHost.Start();
        await using var database = new DatabaseAddress(bench.Host.ConnectionString).Pool();
        await SyntheticLog.Write(database, Events);
        var store = bench.Store;

        var random = new Random(3);
        var ours = await Measure.Run("a customer's stream through the store", workers: 1, TimeSpan.FromSeconds(6), _ => async () =>
        {
            await foreach (var _ in store.Read(BenchHost.Shop, [SyntheticLog.Stream(random.Next(SyntheticLog.Customers))], AsOf.Now, default))
            {
            }
        });
        var raw = await Measure.Run("raw select of the same rows", workers: 1, TimeSpan.FromSeconds(6), _ => () => ReadStream(database, SyntheticLog.Stream(random.Next(SyntheticLog.Customers))));
        Print(ours, raw);

        IReadOnlySet<string> all = EventCatalog.Names.ToHashSet(StringComparer.Ordinal);
        IReadOnlySet<string> orders = new HashSet<string>(StringComparer.Ordinal) { "order-placed.v1" };
        var log = await Measure.Run("the whole log through the store", workers: 1, TimeSpan.FromSeconds(10), _ => () => ReadLog(store, all));
        var rawLog = await Measure.Run("raw select of the same rows", workers: 1, TimeSpan.FromSeconds(10), _ => () => ReadLog(database));
        Print(log, rawLog);
        var some = await Measure.Run("the whole log, data of orders only", workers: 1, TimeSpan.FromSeconds(6), _ => () => ReadLog(store, orders));
        some.Print();
        foreach (var measured in new[] { log, rawLog, some })
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {measured.Name,-40} {measured.Rate * Events,9:0} events/s   {measured.AllocatedPerOperation / Events,6:0} B/event   {measured.CpuPerOperation * 1000 / Events,6:0.00} µs CPU/event"));
        }
    }

    private static void Print(Measured ours, Measured raw)
    {
        ours.Print();
        raw.Print();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  ratio {ours.Rate / raw.Rate:0.000}, allocated {ours.AllocatedPerOperation / raw.AllocatedPerOperation:0.00} times, processor {ours.CpuPerOperation / raw.CpuPerOperation:0.00} times"));
    }

    private static async Task ReadStream(NpgsqlDataSource database, string stream)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(StreamRows, connection)
        {
            Parameters = { new() { Value = BenchHost.Shop.Value, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = new[] { stream }, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            _ = (reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3), reader.GetFieldValue<byte[]>(4), reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<byte[]>(8));
        }
    }

    private static async Task ReadLog(IEventStore store, IReadOnlySet<string> types)
    {
        var count = 0;
        await foreach (var batch in store.ReadAll(0, types, default))
        {
            count += batch.Count;
        }

        if (count < Events)
            throw new InvalidOperationException($"{count} events were read.");
    }

    private static async Task ReadLog(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        var after = 0L;
        for (var count = Batch; count == Batch;)
        {
            count = 0;
            await using var command = new NpgsqlCommand(LogRows, connection) { Parameters = { new() { Value = after }, new() { Value = Batch } } };
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                after = reader.GetInt64(0);
                count++;
                _ = (reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetFieldValue<byte[]>(5));
            }
        }
    }
}
