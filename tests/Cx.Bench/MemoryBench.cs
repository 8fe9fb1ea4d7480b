using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Cx.Application.EventStore;

namespace Cx.Bench;

/// <summary>The resident memory of a host whose customers have long histories: at parallel lists and exports, and under steady load.</summary>
internal static class MemoryBench
{
    private const int Touchpoints = 1_000;
    private const int Listed = 200;
    private const int Parallel = 10;
    private const int WebhooksPerSecond = 50;
    private const int ReadsPerSecond = 10;
    private const int Samples = 40;
    private const double MostMegabytes = 300;
    private const double MostGrowth = 1.1;

    public static async Task Run(double minutes)
    {
        await using var host = await ChildHost.Start();
        Console.WriteLine($"memory: {Listed} customers of {Touchpoints} touchpoints each, in a process of its own");
        Print("started", host);
        var customers = await Fill(host);
        Print("filled", host);
        foreach (var when in new[] { "for the first time", "again" })
        {
            await Task.WhenAll(Enumerable.Range(0, Parallel).Select(_ => List(host)));
            Print($"{Parallel} lists of {Listed}, {when}", host);
        }

        await Task.WhenAll(customers.Select(c => Read(host, $"customers/{c}/export")));
        Print($"{Parallel} parallel exports", host);
        await Load(host, customers, TimeSpan.FromMinutes(minutes));
    }

    // The exported ones are real; of those that are only listed, all but these are copies.
    private static async Task<IReadOnlyList<string>> Fill(ChildHost host)
    {
        await Task.WhenAll(Enumerable.Range(0, Parallel).Select(async customer =>
        {
            foreach (var (part, numbers) in Enumerable.Range(0, Touchpoints).Chunk(500).Index())
            {
                using var content = JsonContent.Create(numbers.Select(n => Touchpoint(customer, n)));
                using var request = new HttpRequestMessage(HttpMethod.Post, "touchpoints") { Content = content };
                request.Headers.Add("Idempotency-Key", $"{customer}-{part}");
                using var answer = await host.Client.SendAsync(request);
                answer.EnsureSuccessStatusCode();
                using var results = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
                foreach (var item in results.RootElement.GetProperty("items").EnumerateArray())
                {
                    if (item.GetProperty("status").GetString() != "applied")
                        throw new InvalidOperationException(item.ToString());
                }
            }
        }));
        await Clones.Make(host.Database, Listed - Parallel, Parallel);
        return await host.Database.Rows("select id from bench_originals", reader => reader.GetString(0), default);
    }

    private static object Touchpoint(int customer, int n)
    {
        var person = new { email = $"long{customer}@example.com" };
        var at = DateTimeOffset.UtcNow.AddDays(-500).AddHours(12 * n);
        var id = $"t-{customer}-{n}";
        return (n % 5) switch
        {
            0 => new { id, type = "visit", occurredAt = at, customer = person },
            1 => new { id, type = "contact", occurredAt = at, customer = person, channel = "phone", data = new { text = "Asked about the glaze of the large bowl." } },
            2 => new { id, type = "feedback", occurredAt = at, customer = person, data = new { kind = "nps", score = 8 } },
            3 => new { id, type = "review", occurredAt = at, customer = person, data = new { stars = 4, text = "Just as described, well wrapped." } },
            _ => new { id, type = "mention", occurredAt = at, customer = person, channel = "social", data = new { sentiment = 0.5, audience = 100 } },
        };
    }

    private static async Task Load(ChildHost host, IReadOnlyList<string> customers, TimeSpan duration)
    {
        using var end = new CancellationTokenSource(duration);
        using var connection = new HttpConnection(host.Address.Port);
        var orders = new ShopifyOrder(BenchHost.Secret);
        string[] reads = [.. customers.SelectMany(c => new[] { $"customers/{c}/experience", $"customers/{c}/touchpoints?limit=50", "customers?limit=10" })];
        var (sent, read) = (0, 0);
        var load = Task.WhenAll(
            Pace(WebhooksPerSecond, () => connection.SendAndCheck(orders.Request("127.0.0.1", BenchHost.Shop.Value, ++sent)), end.Token),
            Pace(ReadsPerSecond, () => Read(host, reads[read++ % reads.Length]), end.Token));
        var samples = new List<(double Minutes, double Megabytes)>();
        var begun = Stopwatch.GetTimestamp();
        await Pace(Samples / duration.TotalSeconds, Sample, end.Token);
        await load;
        Print(samples, host, $"{sent} webhooks and {read} reads");

        Task Sample()
        {
            samples.Add((Stopwatch.GetElapsedTime(begun).TotalMinutes, host.Memory().Now));
            if (samples.Count % (Samples / 10) == 0)
                Print(string.Create(CultureInfo.InvariantCulture, $"after {samples[^1].Minutes:0.0} min of load"), host);
            return Task.CompletedTask;
        }
    }

    private static void Print(List<(double Minutes, double Megabytes)> samples, ChildHost host, string load)
    {
        var halves = samples.Chunk((samples.Count + 1) / 2).Select(half => Alternating.Median([.. half.Select(s => s.Megabytes)])).ToArray();
        var (growth, peak) = (halves[1] / halves[0], host.Memory().Peak);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {load} in {samples[^1].Minutes:0.0} min; slope {Slope(samples):0.00} MB a minute"));
        Target.Print(
            string.Create(CultureInfo.InvariantCulture, $"second half {halves[1]:0} MB to first half {halves[0]:0} MB: {growth:0.00}"), growth, atMost: MostGrowth);
        Target.Print(string.Create(CultureInfo.InvariantCulture, $"peak {peak:0} MB"), peak, atMost: MostMegabytes);
    }

    // So often a second, and later where an operation takes longer.
    private static async Task Pace(double perSecond, Func<Task> operation, CancellationToken end)
    {
        using var turns = new PeriodicTimer(TimeSpan.FromSeconds(1 / perSecond));
        while (!end.IsCancellationRequested)
        {
            await operation();
            await turns.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task Read(ChildHost host, string path)
    {
        using var answer = await host.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        await answer.Content.CopyToAsync(Stream.Null);
    }

    // All of them: a page ends early where much has to be read for it.
    private static async Task List(ChildHost host)
    {
        var listed = 0;
        for (string? next = ""; next is not null;)
        {
            using var page = JsonDocument.Parse(await host.Client.GetStringAsync($"customers?limit={Listed}{(next.Length > 0 ? $"&cursor={next}" : "")}"));
            listed += page.RootElement.GetProperty("items").GetArrayLength();
            next = page.RootElement.GetProperty("next").GetString();
        }

        if (listed != Listed)
            throw new InvalidOperationException($"{listed} of {Listed} customers were listed.");
    }

    // Of the straight line nearest to the samples.
    private static double Slope(List<(double Minutes, double Megabytes)> samples)
    {
        var (x, y) = (samples.Average(s => s.Minutes), samples.Average(s => s.Megabytes));
        return samples.Sum(s => (s.Minutes - x) * (s.Megabytes - y)) / samples.Sum(s => (s.Minutes - x) * (s.Minutes - x));
    }

    private static void Print(string when, ChildHost host)
    {
        var (now, peak) = host.Memory();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {when,-36} {now,6:0} MB resident, {peak,6:0} MB at most until now"));
    }
}
