using System.Diagnostics;
using System.Globalization;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Simulations;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Cx.Bench;

/// <summary>A draft simulated over the log of a shop by the job that does it: how long a million events take, and whether memory grows with the customers.</summary>
internal static class SimulateBench
{
    private const int Chunk = 5_000;

    // The events of a customer, on average.
    private const int EventsEach = 10;

    private const double MostSeconds = 60;
    private const double MostGrowth = 1.1;

    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(200);

    public static async Task Run(int customers, Effort effort)
    {
        await using var bench = await BenchHost.Start(Sending.On);
        var begin = DateTimeOffset.UtcNow.AddMinutes(1);
        begin = new(begin.UtcTicks - (begin.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        var count = effort.Of(customers);
        await Fill(bench, count, begin);
        Console.WriteLine($"simulate: {count} customers with about {count * EventsEach} events");

        var draft = DefaultCadences.PostSale with
        {
            Version = 2,
            Steps = [.. DefaultCadences.PostSale.Steps.Select(s => s.Id == "review-request" ? s with { Anchor = new("order-delivered", 5) } : s)],
        };
        var input = new SimulationInput(draft, DefaultCadences.PostSale, null, null, begin.AddDays(430), null);
        var (directory, runner) = (bench.Host.Services.GetRequiredService<SimulationDirectory>(), bench.Host.Services.GetRequiredService<SimulationRunner>());
        await using var nothing = new NpgsqlCommand("select 1");
        await directory.Add(BenchHost.Shop, "bench", SimulationSubject.Cadence("post-sale"), input, "bench", nothing, begin, default);

        GC.Collect();
        var (cpu, watch, running) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew(), runner.RunNext(default));
        var memory = new List<long>();
        using var turns = new PeriodicTimer(SampleEvery);
        while (await Task.WhenAny(running, turns.WaitForNextTickAsync().AsTask()) != running)
            memory.Add(GC.GetTotalMemory(forceFullCollection: false));
        await running;
        watch.Stop();
        cpu = Environment.CpuUsage.TotalTime - cpu;

        var done = await directory.Find(BenchHost.Shop, SimulationSubject.Cadence("post-sale"), "bench", default);
        var result = done?.Report?.Result is { } found && found.Customers == count ? found : throw new InvalidOperationException($"The simulation is {done?.State}: {done?.Failure}.");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  {result.Events} events in {watch.Elapsed.TotalSeconds:0.0} s, {cpu.TotalMicroseconds / result.Events:0} µs CPU an event   differing {result.Differing}, messages {result.CurrentPressure.Mean:0.00} and {result.DraftPressure.Mean:0.00} a customer"));
        var seconds = watch.Elapsed.TotalSeconds * 1_000_000 / result.Events;
        Target.Print(string.Create(CultureInfo.InvariantCulture, $"seconds for a million events: {seconds:0.0}"), seconds, atMost: MostSeconds);
        var growth = memory.Count < 4 ? 1 : memory.Skip(memory.Count / 2).Average() / memory.Take(memory.Count / 2).Average();
        Target.Print(string.Create(CultureInfo.InvariantCulture, $"managed memory of the second half to that of the first: {growth:0.00} ({memory.DefaultIfEmpty().Max() / 1048576} MB at most)"), growth, atMost: MostGrowth);
    }

    // Beneath the store, as appending is measured elsewhere; each customer has a key, with which the address is sealed.
    private static async Task Fill(BenchHost bench, int customers, DateTimeOffset begin)
    {
        var keys = bench.Host.Services.GetRequiredService<InstallationKeys>();
        await using var connection = await bench.Raw.OpenConnectionAsync();
        await Execute(connection, "set session_replication_role = replica");
        var sequence = await Number(connection, "select coalesce(max(seq_id), 0) from mt_events");
        for (var first = 0; first < customers; first += Chunk)
        {
            var made = Enumerable.Range(first, Math.Min(Chunk, customers - first)).Select(n => Customer(n, keys, begin)).ToList();
            await using (var copy = await connection.BeginBinaryImportAsync("copy mt_events (seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, headers) from stdin binary"))
            {
                foreach (var (id, _, events) in made)
                {
                    foreach (var (i, e) in events.Index())
                    {
                        await copy.StartRowAsync();
                        await copy.WriteAsync(++sequence);
                        await copy.WriteAsync(Guid.CreateVersion7());
                        await copy.WriteAsync(BenchHost.Shop.Value);
                        await copy.WriteAsync(CustomerStream.Of(id));
                        await copy.WriteAsync(i + 1L);
                        await copy.WriteAsync(EventCatalog.NameOf(e));
                        await copy.WriteAsync(EventCatalog.Write(e), NpgsqlDbType.Jsonb);
                        await copy.WriteAsync(e.OccurredAt.UtcDateTime);
                        await copy.WriteAsync($"delivery-{sequence}");
                        await copy.WriteAsync("orders/updated");
                        await copy.WriteAsync($$"""{"source":"bench","identity":"{{id}}","shop":2}""", NpgsqlDbType.Jsonb);
                    }
                }

                await copy.CompleteAsync();
            }

            await using (var copy = await connection.BeginBinaryImportAsync("copy mt_streams (tenant_id, id, version) from stdin binary"))
            {
                foreach (var (id, _, events) in made)
                    await Row(copy, BenchHost.Shop.Value, CustomerStream.Of(id), (long)events.Count);
                await copy.CompleteAsync();
            }

            await using (var copy = await connection.BeginBinaryImportAsync("copy cx_customers (shop, id, version, fold, recorded_at, key_version, key) from stdin binary"))
            {
                foreach (var (id, key, events) in made)
                    await Row(copy, BenchHost.Shop.Value, id.Value, (long)events.Count, Domain.Customers.Customer.FoldVersion, events[^1].OccurredAt.UtcDateTime, key.Version, key.Bytes);
                await copy.CompleteAsync();
            }
        }

        await Execute(connection, "reset session_replication_role; select setval('mt_events_sequence', (select max(seq_id) from mt_events)); vacuum analyze mt_events; vacuum analyze cx_customers; checkpoint");
    }

    private static (CustomerId Id, Wrapped Key, IReadOnlyList<ICustomerEvent> Events) Customer(int number, InstallationKeys keys, DateTimeOffset begin)
    {
        var (id, random) = (new CustomerId(string.Create(CultureInfo.InvariantCulture, $"{number:d32}")), new Random(number));
        using var ring = new KeyRing(CustomerKey.Create());
        var at = begin.AddMinutes(random.Next(90 * 24 * 60));
        var events = new List<ICustomerEvent>
        {
            new CustomerDetailsLearned(ring.Seal(Personal.Clear($"customer{number}@example.com")), null, null, null, null, null, null, null, null, "IT", null, at),
            new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "bench", null, at),
        };
        for (var orders = random.Next(4) == 0 ? 2 : 1; orders > 0; orders--)
        {
            at = at.AddMinutes(random.Next(60 * 24 * 60));
            var placed = SyntheticLog.Order((number * 10) + orders, random, at);
            events.AddRange(
                new VisitMade($"v{number}-{orders}", Channel.Web, Stage.Information, at), placed, new OrderPaid(placed.Order, at.AddMinutes(2)), new OrderShipped(placed.Order, "s", at = at.AddHours(30)),
                new OrderDelivered(placed.Order, "s", at = at.AddHours(50)), new VisitMade($"w{number}-{orders}", Channel.Web, Stage.PostSale, at = at.AddHours(random.Next(400))));
            if (random.Next(15) == 0)
                events.Add(new OrderRefunded(placed.Order, "r", null, Full: true, at = at.AddHours(random.Next(200))));
        }

        return (id, ring.Wrap(keys, BenchHost.Shop, id), events);
    }

    private static async Task Row(NpgsqlBinaryImporter copy, params object[] values)
    {
        await copy.StartRowAsync();
        foreach (var value in values)
            await copy.WriteAsync(value);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        foreach (var statement in sql.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 600 };
            await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task<long> Number(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
