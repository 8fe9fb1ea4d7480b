using System.Diagnostics;
using System.Globalization;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain.Shops;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.Bench;

/// <summary>Customers whose first step is due, woken and decided until none is left; each queues a message.</summary>
internal static class WakeBench
{
    private const int Customers = 10_000;
    private const int Before = 2_000;

    public static async Task Run(Effort effort)
    {
        var due = effort.Of(Customers);
        await using var bench = await BenchHost.Start(Sending.On);
        var waker = bench.Host.Services.GetRequiredService<Waker>();
        await Seeding.Customers(bench, Before);
        await waker.WakeDue(default);
        Console.WriteLine($"wake: {due} customers due at once, two batches at a time");

        await Seeding.Customers(bench, due, first: Before + 1);
        var cpu = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var watch = Stopwatch.StartNew();
        var woken = await waker.WakeDue(default);
        var rate = woken / watch.Elapsed.TotalSeconds;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        var figure = string.Create(
            CultureInfo.InvariantCulture,
            $"woken and decided {rate:0}/s   {allocated / woken} B/op   {cpu.TotalMilliseconds / woken:0.000} ms CPU/op   n={woken}");
        Target.Print(figure, rate, atLeast: 4_000);
        var queued = await bench.Raw.Rows("select count(*) from cx_outbox where status = 'queued'", reader => reader.GetInt64(0), default);
        if (queued[0] != Before + due)
            throw new InvalidOperationException($"{Before + due} customers have {queued[0]} messages.");
    }
}
