using System.Globalization;
using Cx.Application.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace Cx.Bench;

/// <summary>Reading one customer's stream, against a plain select of the same rows in the same run.</summary>
internal static class ReadBench
{
    private const int Events = 300_000;

    private const string StreamRows = """
        select seq_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers from mt_events where tenant_id = $1 and stream_id = any($2) order by seq_id
        """;

    public static async Task Run(Effort effort)
    {
        await using var bench = await BenchHost.Start();
        await using var database = new DatabaseAddress(bench.Host.ConnectionString).Pool();
        await SyntheticLog.Write(database, effort.Of(Events));
        var store = bench.Store;

        Console.WriteLine($"read: one of {SyntheticLog.Customers} streams of a log of {effort.Of(Events)} events");
        var random = new Random(3);
        var ours = await Measure.Run("a customer's stream through the store", workers: 1, effort, _ => async () =>
        {
            await foreach (var _ in store.Read(BenchHost.Shop, [SyntheticLog.Stream(random.Next(SyntheticLog.Customers))], AsOf.Now, default))
            {
            }
        });
        var raw = await Measure.Run("raw select of the same rows", workers: 1, effort, _ => () => ReadStream(database, SyntheticLog.Stream(random.Next(SyntheticLog.Customers))));
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
}
