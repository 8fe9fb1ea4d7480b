namespace Cx.Bench;

/// <summary>Signed 15 KB webhooks over keep-alive connections, against the same rows and bytes written by hand in the same run.</summary>
internal static class IngestBench
{
    private const int Connections = 16;

    public static async Task Run()
    {
        await using var bench = await BenchHost.Start();
        var orders = new ShopifyOrder(BenchHost.Secret);
        var requests = Enumerable.Range(0, 60_000).Select(n => orders.Request("127.0.0.1", BenchHost.Shop.Value, n)).ToArray();
        Console.WriteLine($"ingest: {Connections} connections, body of {ShopifyOrder.Body(1).Length} bytes");

        var number = 0;
        var ours = await Measure.Run("signed webhook → event, view, dedupe key, archive", Connections, TimeSpan.FromSeconds(10), _ => Sender(bench, () => requests[Interlocked.Increment(ref number)]), warmUp: TimeSpan.FromSeconds(10));
        ours.Print();

        var rows = await RawReference.Capture(bench.Raw);
        var insert = await Measure.Run("prepared INSERT of one row + commit", Connections, TimeSpan.FromSeconds(6), _ => RawReference.OneRow(bench.Raw, rows));
        insert.Print();
        var raw = await Measure.Run("raw transaction of the same rows and bytes", Connections, TimeSpan.FromSeconds(6), _ => RawReference.SameRows(bench.Raw, rows));
        raw.Print();
        ours.PrintRatioTo(insert, 0.25, "to the one-row INSERT");
        ours.PrintRatioTo(raw, 0.6, "to the raw transaction");
        Console.WriteLine($"  p99 {ours.P99:0.0} ms   (target ≤ 50 ms)");
    }

    private static Func<Task> Sender(BenchHost bench, Func<byte[]> next)
    {
        var connection = new HttpConnection(bench.Host.Address.Port);
        return async () =>
        {
            if (await connection.Send(next()) is not 200 and var status)
            {
                throw new InvalidOperationException($"The host answered {status}.");
            }
        };
    }
}
