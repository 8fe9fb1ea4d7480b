using System.Diagnostics;
using System.Globalization;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain.Shops;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.Bench;

/// <summary>Customers whose first step is due, woken and decided until none is left; each queues a message.</summary>
internal static class WakeBench
{
    private const int Due = 10_000;
    private const double Target = 2_000;

    public static async Task Run()
    {
        await using var bench = await BenchHost.Start(Sending.On);
        var waker = bench.Host.Services.GetRequiredService<Waker>();
        await Seeding.Customers(bench, 2_000);
        await waker.WakeDue(default);
        Console.WriteLine($"wake: {Due} customers due at once, one worker");

        await Seeding.Customers(bench, 2_000 + Due);
        var cpu = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var watch = Stopwatch.StartNew();
        var woken = await waker.WakeDue(default);
        var rate = woken / watch.Elapsed.TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  woken and decided {rate,9:0}/s   {(GC.GetTotalAllocatedBytes(precise: true) - allocated) / woken} B/op   {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / woken:0.000} ms CPU/op   n={woken}   (target {Target:0}/s: {(rate >= Target ? "reached" : "missed")})"));
    }
}
