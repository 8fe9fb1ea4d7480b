using System.Globalization;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;
using Npgsql;
using NpgsqlTypes;

namespace Cx.Bench;

/// <summary>
/// The log of a shop of some size: one event in six is an order of two or three lines, products sell by Zipf's law, a few orders are
/// cancelled or refunded. Always the same one; copied in beneath the store, as appending is measured elsewhere.
/// </summary>
internal static class SyntheticLog
{
    public const int Customers = 50_000;

    private const int Products = 2_000;

    private const int EventsPerOrder = 6;

    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly double[] Popularity = Cumulated(Enumerable.Range(1, Products).Select(rank => 1.0 / rank));

    public static string Stream(int customer) => CustomerStream.Of(new(Id(customer)));

    private static string Id(int customer) => string.Create(CultureInfo.InvariantCulture, $"{customer:d26}");

    /// <summary>Writes the log after what is there; returns the last sequence number.</summary>
    public static async Task<long> Write(NpgsqlDataSource database, int events)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var newest = new NpgsqlCommand("select coalesce(max(seq_id), 0) from mt_events", connection);
        var last = (long)(await newest.ExecuteScalarAsync())!;
        var versions = new Dictionary<string, long>();
        await using (var drop = new NpgsqlCommand("alter table mt_events drop constraint fkey_mt_events_stream_id_tenant_id", connection))
        {
            await drop.ExecuteNonQueryAsync();
        }

        await using (var copy = await connection.BeginBinaryImportAsync("copy mt_events (seq_id, id, tenant_id, stream_id, version, type, data, timestamp, headers) from stdin binary"))
        {
            foreach (var (customer, e) in Events().Take(events))
            {
                var stream = Stream(customer);
                var version = versions[stream] = versions.GetValueOrDefault(stream) + 1;
                await copy.StartRowAsync();
                await copy.WriteAsync(++last);
                await copy.WriteAsync(Guid.CreateVersion7());
                await copy.WriteAsync(BenchHost.Shop.Value);
                await copy.WriteAsync(stream);
                await copy.WriteAsync(version);
                await copy.WriteAsync(EventCatalog.NameOf(e));
                await copy.WriteAsync(EventCatalog.Write(e), NpgsqlDbType.Jsonb);
                await copy.WriteAsync(e.OccurredAt.UtcDateTime);
                await copy.WriteAsync($"{{\"source\":\"bench\",\"identity\":\"{Id(customer)}\",\"shop\":1}}", NpgsqlDbType.Jsonb);
            }

            await copy.CompleteAsync();
        }

        await using (var copy = await connection.BeginBinaryImportAsync("copy mt_streams (tenant_id, id, version) from stdin binary"))
        {
            foreach (var (stream, version) in versions)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(BenchHost.Shop.Value);
                await copy.WriteAsync(stream);
                await copy.WriteAsync(version);
            }

            await copy.CompleteAsync();
        }

        await using var settle = new NpgsqlCommand("""
            alter table mt_events add constraint fkey_mt_events_stream_id_tenant_id foreign key (tenant_id, stream_id) references mt_streams (tenant_id, id);
            select setval('mt_events_sequence', (select max(seq_id) from mt_events))
            """, connection) { CommandTimeout = 300 };
        await settle.ExecuteNonQueryAsync();
        await using var vacuum = new NpgsqlCommand("vacuum analyze mt_events", connection) { CommandTimeout = 300 };
        await vacuum.ExecuteNonQueryAsync();
        await using var checkpoint = new NpgsqlCommand("checkpoint", connection) { CommandTimeout = 300 };
        await checkpoint.ExecuteNonQueryAsync();
        return last;
    }

    /// <summary>An order of a customer; the same number is the same order.</summary>
    public static OrderPlaced Order(int number, Random random, DateTimeOffset at)
    {
        var lines = Enumerable.Range(0, random.Next(2, 4)).Select(_ => Product(random)).Distinct()
            .Select(p => new OrderLine(new($"81{p:d11}"), $"SKU-{p}", $"Handmade ceramic piece no. {p}", 1, 10 + p, $"category {p % 40}")).ToArray();
        return new(new($"{5_000_000_000_000L + number}"), $"#{number}", new(lines.Sum(l => l.Price), "EUR"), lines, null, at, at);
    }

    private static IEnumerable<(int Customer, IEvent Event)> Events()
    {
        var random = new Random(1);
        var orders = new List<(int Customer, OrderId Order)>();
        for (var number = 0; ; number++)
        {
            var at = Start.AddMinutes(number * 10);
            var customer = random.Next(Customers);
            var placed = Order(number, random, at);
            orders.Add((customer, placed.Order));
            yield return (customer, new VisitMade($"v{number}", Channel.Web, Stage.Information, at));
            yield return (customer, placed);
            yield return (customer, new OrderPaid(placed.Order, at));
            var earlier = orders[Math.Max(0, number - 200)];
            yield return (earlier.Customer, new OrderShipped(earlier.Order, "s", at));
            yield return (earlier.Customer, new OrderDelivered(earlier.Order, "s", at));
            yield return random.Next(EventsPerOrder * 5) switch
            {
                0 => (earlier.Customer, new OrderCancelled(earlier.Order, Canceller.Customer, at)),
                1 => (earlier.Customer, new OrderRefunded(earlier.Order, "r", null, Full: true, at)),
                _ => (random.Next(Customers), new VisitMade($"w{number}", Channel.Web, Stage.Information, at)),
            };
        }
    }

    private static int Product(Random random)
    {
        var found = Array.BinarySearch(Popularity, random.NextDouble() * Popularity[^1]);
        return Math.Min(found < 0 ? ~found : found, Products - 1);
    }

    private static double[] Cumulated(IEnumerable<double> weights)
    {
        var sum = 0.0;
        return [.. weights.Select(w => sum += w)];
    }
}
