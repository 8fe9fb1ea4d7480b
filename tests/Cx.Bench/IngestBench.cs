using Cx.Domain.Shops;
using Cx.Functions.Hosting.Standalone;
using Cx.Functions.Store;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Cx.Bench;

/// <summary>Signed 15 KB webhooks over 16 keep-alive connections, against the same rows and bytes written by hand in the same run.</summary>
internal static class IngestBench
{
    private const int Connections = 16;

    public static async Task<int> Run()
    {
        var folder = Directory.CreateTempSubdirectory("cx-bench-").FullName;
        Environment.SetEnvironmentVariable("Cx__DataFolder", folder);
        Environment.SetEnvironmentVariable("Logging__LogLevel__Default", "Warning");
        await using var host = await StandaloneHost.Start(["--urls", "http://127.0.0.1:0", "--Cx:Workers", "false"], new Progress<string>(), CancellationToken.None);
        await host.Services.GetRequiredService<IEventStore>().Append(
            new("bench"), "shop", [new ShopConfigured(new("Bench", "Europe/Rome", ["it"]), DateTimeOffset.UtcNow)], new(new("Bench", "Europe/Rome", ["it"]), Sending.Off), 0, default);
        await host.Services.GetRequiredService<SourceDirectory>().Set(new("bench"), "shopify", new(["bench-secret-of-the-app"], 1_000_000), default);
        var orders = new ShopifyOrder("bench-secret-of-the-app");
        Console.WriteLine($"body {ShopifyOrder.Body(1).Length} bytes");
        var requests = Enumerable.Range(0, 60_000).Select(n => orders.Request("127.0.0.1", "bench", n)).ToArray();
        var number = 0;
        var ours = await Measure.Run("webhook → event, view, dedupe key, archive", Connections, TimeSpan.FromSeconds(10), _ =>
        {
            var connection = new HttpConnection(host.Address.Port);
            return async () =>
            {
                var status = await connection.Send(requests[Interlocked.Increment(ref number) % requests.Length]);
                if (status != 200)
                {
                    throw new InvalidOperationException($"status {status}");
                }
            };
        }, warmUp: TimeSpan.FromSeconds(20));
        ours.Print();
        await using var database = NpgsqlDataSource.Create(host.ConnectionString);
        var rows = await RawReference.Capture(database);
        var insert = await Measure.Run("prepared one-row INSERT + commit", Connections, TimeSpan.FromSeconds(6), _ => RawReference.OneRow(database, rows));
        insert.Print();
        var raw = await Measure.Run("raw transaction of the same rows and bytes", Connections, TimeSpan.FromSeconds(6), _ => RawReference.SameRows(database, rows));
        raw.Print();
        ours.RatioTo(insert, 0.25, "to one-row INSERT");
        ours.RatioTo(raw, 0.6, "to the raw transaction");
        return 0;
    }
}
