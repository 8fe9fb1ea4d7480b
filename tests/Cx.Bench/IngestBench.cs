using System.Globalization;

namespace Cx.Bench;

/// <summary>Signed 15 KB webhooks over keep-alive connections, against the plain idiom and against the same rows and bytes written by hand, in the same run.</summary>
internal static class IngestBench
{
    private const int Connections = 16;

    public static async Task Run(Effort effort)
    {
        await using var bench = await BenchHost.Start();
        await using var idiom = await PlainIdiom.Start(bench.Host.ConnectionString, BenchHost.Secret);
        var orders = new ShopifyOrder(BenchHost.Secret);
        var requests = Enumerable.Range(0, effort.Of(80_000)).Select(n => orders.Request("127.0.0.1", BenchHost.Shop.Value, n)).ToArray();
        Console.WriteLine($"ingest: {Connections} connections, body of {ShopifyOrder.Body(1).Length} bytes");

        var ours = await Measure.Run("signed webhook → events, state, delivery key, archive", Connections, effort, Sender(bench.Host.Address.Port, requests));
        var plain = await Measure.Run("plain idiom: one Marten session a request", Connections, effort, Sender(idiom.Port, requests));
        await PlainIdiom.Check(bench.Raw);
        var rows = await RawReference.Capture(bench.Raw);
        var insert = await Measure.Run("prepared INSERT of one row + commit", Connections, effort, _ => RawReference.OneRow(bench.Raw, rows));
        var raw = await Measure.Run("raw transaction of the same rows and bytes", Connections, effort, _ => RawReference.SameRows(bench.Raw, rows));
        ours.PrintRatioTo(insert, 0.25, "to the one-row INSERT");
        ours.PrintRatioTo(raw, 0.8, "to the raw transaction");
        ours.PrintRatioTo(plain, 1.5, "to the plain idiom");
        Target.Print(string.Create(CultureInfo.InvariantCulture, $"p99 {ours.P99:0.0} ms"), ours.P99, atMost: 50);
    }

    private static Func<int, Func<Task>> Sender(int port, byte[][] requests)
    {
        var number = -1;
        return _ =>
        {
            var connection = new HttpConnection(port);
            return () => connection.SendAndCheck(requests[Interlocked.Increment(ref number)]);
        };
    }
}
