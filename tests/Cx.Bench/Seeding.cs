using Cx.Application.EventStore;
using Cx.Domain;

namespace Cx.Bench;

/// <summary>Customers who have each just ordered, taken in through the front door.</summary>
internal static class Seeding
{
    private const int Connections = 16;

    /// <param name="first">The number of the first order, and of its customer; those of an earlier call must not be used again.</param>
    /// <returns>The new customers.</returns>
    public static async Task<CustomerId[]> Customers(BenchHost bench, int count, int first = 1)
    {
        var orders = new ShopifyOrder(BenchHost.Secret);
        var begun = DateTimeOffset.UtcNow;
        var next = first - 1;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            using var connection = new HttpConnection(bench.Host.Address.Port);
            while (Interlocked.Increment(ref next) is var number && number < first + count)
            {
                await connection.SendAndCheck(orders.Request("127.0.0.1", BenchHost.Shop.Value, number));
            }
        })));

        var made = await bench.Raw.Rows(
            "select id from cx_customers where recorded_at >= $1 order by id", reader => new CustomerId(reader.GetString(0)), default, Sql.Instant(begun));
        return made.Count == count ? [.. made] : throw new InvalidOperationException($"{count} orders made {made.Count} customers.");
    }
}
