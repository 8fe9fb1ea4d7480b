using Cx.Domain;

namespace Cx.Bench;

/// <summary>Customers who have each just ordered, taken in through the front door.</summary>
internal static class Seeding
{
    private const int Connections = 16;

    public static async Task<CustomerId[]> Customers(BenchHost bench, int count)
    {
        var orders = new ShopifyOrder(BenchHost.Secret);
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            using var connection = new HttpConnection(bench.Host.Address.Port);
            while (Interlocked.Increment(ref next) is var number && number <= count)
            {
                await connection.Send(orders.Request("127.0.0.1", BenchHost.Shop.Value, number));
            }
        })));

        await using var command = bench.Raw.CreateCommand("select id from cx_customers order by id");
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new List<CustomerId>();
        while (await reader.ReadAsync())
        {
            ids.Add(new(reader.GetString(0)));
        }

        return [.. ids];
    }
}
