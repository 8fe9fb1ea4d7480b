using System.Net.Http.Headers;
using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Cx.Bench;

/// <summary>The same work in an installation of a hundred thousand events and in one of many, by turns.</summary>
internal static class ScaleBench
{
    private const long Small = 100_000;
    private const double Target = 1.2;

    public static async Task Run(long events, Effort effort)
    {
        Console.WriteLine($"scale: an installation of {Small} events, and one of {events}");
        await using var small = await Installation.Of(Small);
        await using var large = await Installation.Of(events);
        foreach (var (name, rounds, perRound, side) in Operations())
        {
            var compared = await Alternating.Run(name, effort.Of(rounds), perRound, _ => (side(small), side(large)));
            compared.Print(Target);
        }
    }

    private static IEnumerable<(string Name, int Rounds, int PerRound, Func<Installation, Side> Side)> Operations() =>
    [
        ("webhook, new customer", 40, 10, i => new(i.Database, i.Post)),
        ("append", 40, 10, i => new(i.Database, i.Append)),
        ("timeline", 40, 10, i => new(i.Database, () => i.Get($"customers/{i.NextSample()}/touchpoints?limit=50"))),
        ("experience", 40, 10, i => new(i.Database, () => i.Get($"customers/{i.NextSample()}/experience"))),
        ("customer list of 50", 40, 4, i => new(i.Database, i.ListNext)),
        ("outbox, 100 leased", 40, 2, i => new(i.Database, i.Lease, i.Unlease)),
        ("wake of 100", 40, 2, i => new(i.Database, i.Wake, i.MakeDue)),
        ("erasure of one customer", 40, 2, i => new(i.Database, i.Erase)),
    ];
}

/// <summary>A host on a database of some size, with customers of its own among copies of them.</summary>
internal sealed class Installation : IAsyncDisposable
{
    // As many come first in the log as come last.
    private const int Samples = 600;
    private const int Together = 100;

    private readonly BenchHost bench;
    private readonly HttpClient client;
    private readonly ShopifyOrder orders = new(BenchHost.Secret);
    private readonly HttpConnection webhooks;
    private readonly CustomerId[] samples;
    private int sample;
    private int erased;
    private int order = 10 * Samples;
    private string? cursor;

    private Installation(BenchHost bench, CustomerId[] samples)
    {
        (this.bench, this.samples) = (bench, samples);
        client = new() { BaseAddress = new(bench.Host.Address, $"api/shops/{BenchHost.Shop}/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bench.Host.AdminKey);
        webhooks = new(bench.Host.Address.Port);
    }

    public NpgsqlDataSource Database => bench.Raw;

    public static async Task<Installation> Of(long events)
    {
        var bench = await BenchHost.Start(Sending.On);
        var first = await Seeding.Customers(bench, Samples);
        await bench.Host.Services.GetRequiredService<Waker>().WakeDue(default);
        await Clones.FillTo(bench.Raw, events);
        var last = await Seeding.Customers(bench, Samples, first: Samples + 1);
        await bench.Host.Services.GetRequiredService<Waker>().WakeDue(default);
        return new(bench, [.. first.Zip(last).SelectMany(p => new[] { p.First, p.Second })]);
    }

    // The first half is read and written, the other one erased.
    public CustomerId NextSample() => samples[sample++ % Samples];

    public Task Post() => webhooks.SendAndCheck(orders.Request("127.0.0.1", BenchHost.Shop.Value, order++));

    public Task Append()
    {
        ICustomerEvent[] facts = [new VisitMade($"visit-{sample}", Channel.Web, Stage.Information, DateTimeOffset.UtcNow)];
        var command = new Command("bench", "bench", "bench") { Reads = bench.ReadsOf(facts) };
        return bench.Store.Transact(BenchHost.Shop, new CustomerRef.ById(NextSample()), command, Recording.Of(facts), default);
    }

    public Task<byte[]> Get(string path) => client.GetByteArrayAsync(path);

    /// <summary>Each page after the one before.</summary>
    public async Task ListNext()
    {
        using var page = JsonDocument.Parse(await Get($"customers?limit=50{(cursor is null ? "" : $"&cursor={cursor}")}"));
        cursor = page.RootElement.GetProperty("next").GetString();
    }

    public async Task Lease()
    {
        var leased = await bench.Host.Services.GetRequiredService<OutboxQueue>().LeaseQueued(DateTimeOffset.UtcNow, Together, default);
        if (leased.Count != Together)
            throw new InvalidOperationException($"Of {Together} messages {leased.Count} were leased.");
    }

    public Task Unlease() => Execute("update cx_outbox set leased_until = null where status = 'queued' and leased_until is not null");

    public async Task Wake()
    {
        var woken = await bench.Host.Services.GetRequiredService<Waker>().WakeDue(default);
        if (woken < Together)
            throw new InvalidOperationException($"Of {Together} customers {woken} were woken.");
    }

    public Task MakeDue() => Execute(
        "update cx_customers set due_at = now() - interval '1 second' where shop = $1 and id = any($2)",
        Sql.Text(BenchHost.Shop.Value), Sql.Texts([.. Enumerable.Range(0, Together).Select(_ => NextSample().Value)]));

    public async Task Erase()
    {
        using var answer = await client.DeleteAsync($"customers/{samples[Samples + erased++]}");
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        webhooks.Dispose();
        await bench.DisposeAsync();
    }

    private async Task Execute(string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = Database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync();
    }
}
