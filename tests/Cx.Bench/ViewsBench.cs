using System.Diagnostics;
using System.Globalization;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Offers;
using Cx.Standalone;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Cx.Bench;

/// <summary>The affinity view over a log of 300,000 events: catching up, rebuilding while it is read, and how soon an append shows.</summary>
internal static class ViewsBench
{
    private const int Events = 300_000;

    private const int Appends = 1_000;

    private const double TargetRate = 30_000;

    private const double TargetMilliseconds = 50;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    public static async Task Run(Effort effort)
    {
        await using var bench = await BenchHost.Start();
        var (host, database) = (bench.Host, bench.Raw);
        var last = await SyntheticLog.Write(database, effort.Of(Events));
        Console.WriteLine($"views: the affinity view over {last} events");
        var time = await ProcessorTime.Of(database);

        await Follow(host, new AffinityView(), last, time, "catch-up from nothing, cold process");
        await Rows(database);
        await Forget(database);
        Against(await Follow(host, new AffinityView(), last, time, "catch-up from nothing"));
        Against(await Rebuild(host, last, time));
        Against(await Resume(host, database, last, time));
        await Live(host, database, effort.Of(Appends));
    }

    private static async Task<double> Follow(StandaloneHost host, IAsyncView view, long last, ProcessorTime time, string name, long first = 0)
    {
        var stretch = new Stretch(time);
        await using var following = new Following(host, view);
        await following.Shows(last);
        var rate = stretch.Print(name, last - first);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  working set {Environment.WorkingSet >> 20} MB, managed heap {GC.GetTotalMemory(false) >> 20} MB"));
        return rate;
    }

    private static async Task<double> Rebuild(StandaloneHost host, long last, ProcessorTime time)
    {
        var reader = host.Services.GetRequiredService<ViewReader>();
        using var stop = new CancellationTokenSource();
        var served = Task.Run(async () =>
        {
            var latencies = new List<double>();
            using var turns = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
            while (!stop.IsCancellationRequested)
            {
                var start = Stopwatch.GetTimestamp();
                var pairs = await reader.Largest<Pair>(AffinityView.ViewName, BenchHost.Shop, [AffinityKeys.Pairs(new("8100000000001"))], "sum", new { }, 200, default);
                latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (pairs.Count < 200)
                    throw new InvalidOperationException("Rows are missing while the view is rebuilt.");
                await turns.WaitForNextTickAsync();
            }

            return latencies;
        });
        var rate = await Follow(host, new NextVersion(new AffinityView()), last, time, "rebuild while read, old rows removed");
        await stop.CancelAsync();
        Percentiles("the pairs of a best-seller meanwhile", await served);
        return rate;
    }

    // The rows of the first half are there, none of them in hand. No number of the second half is drawn until its events are there: the daemon would take it for aborted.
    private static async Task<double> Resume(StandaloneHost host, NpgsqlDataSource database, long last, ProcessorTime time)
    {
        var half = last / 2;
        await Forget(database);
        await Execute(database, string.Create(CultureInfo.InvariantCulture, $"create table bench_later as select * from mt_events where seq_id > {half}; delete from mt_events where seq_id > {half}; select setval('mt_events_sequence', {half})"));
        await using (var following = new Following(host, new AffinityView()))
        {
            await following.Shows(half);
        }

        await Execute(database, string.Create(CultureInfo.InvariantCulture, $"insert into mt_events select * from bench_later; drop table bench_later; select setval('mt_events_sequence', {last})"));
        return await Follow(host, new AffinityView(), last, time, "catch-up of a second half after a restart", half);
    }

    private static async Task Live(StandaloneHost host, NpgsqlDataSource database, int appends)
    {
        var store = host.Services.GetRequiredService<IEventStore>();
        var keys = host.Services.GetRequiredService<InstallationKeys>();
        var random = new Random(2);
        var latencies = new List<double>();
        await using var following = new Following(host, new AffinityView());
        await using var drawn = database.CreateCommand("select last_value from mt_events_sequence");
        await following.Shows((long)(await drawn.ExecuteScalarAsync())!);
        using var turns = new PeriodicTimer(Pace);
        for (var i = 0; i < appends; i++)
        {
            var order = SyntheticLog.Order(10_000_000 + i, random, DateTimeOffset.UtcNow);
            var email = Lookup.Of(keys, BenchHost.Shop, Domain.Customers.IdentifierKind.Email, $"customer{i % 300}@example.com");
            var start = Stopwatch.GetTimestamp();
            await store.Transact(BenchHost.Shop, new CustomerRef.ByIdentifiers([email]), new("bench", "bench", "bench"), (_, _) => [order], default);
            var moved = await following.Shows((long)(await drawn.ExecuteScalarAsync())!);
            latencies.Add((moved - start) * 1000.0 / Stopwatch.Frequency);
            await turns.WaitForNextTickAsync();
        }

        var median = Percentiles("append (its whole call) to visible", latencies);
        Target.Print(string.Create(CultureInfo.InvariantCulture, $"median {median:0.0} ms"), median, atMost: TargetMilliseconds);
    }

    private static async Task Rows(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select split_part(key, '/', 1), count(*), avg(length(data::text))::int, pg_total_relation_size('cx_view_rows') / 1048576 from cx_view_rows group by 1 order by 1");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    rows {reader.GetString(0),-8} {reader.GetInt64(1),8} of {reader.GetInt32(2)} characters; the table has {reader.GetInt64(3)} MB"));
        }
    }

    private static Task Forget(NpgsqlDataSource database) => Execute(database, "truncate cx_view_rows, mt_event_progression, cx_views");

    private static async Task Execute(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync();
    }

    private static void Against(double rate) =>
        Target.Print(string.Create(CultureInfo.InvariantCulture, $"{rate:0} events/s a core"), rate, atLeast: TargetRate);

    private static double Percentiles(string name, List<double> milliseconds)
    {
        milliseconds.Sort();
        var median = milliseconds[milliseconds.Count / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-40} p50 {median:0.00} ms   p99 {milliseconds[(int)(milliseconds.Count * 0.99)]:0.00} ms   n={milliseconds.Count}"));
        return median;
    }

    /// <summary>The same view, to be built anew.</summary>
    private sealed class NextVersion(IAsyncView view) : IAsyncView
    {
        public string Name => view.Name;

        public int Version => view.Version + 1;

        public IReadOnlySet<string> Types => view.Types;

        public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e) => view.Fold(rows, shop, stream, e);
    }
}
