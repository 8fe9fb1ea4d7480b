using System.Diagnostics;
using System.Globalization;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Forecasts;
using Cx.Domain.Shops;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.Bench;

/// <summary>Two weeks ahead, of customers in each of whom something is due.</summary>
internal static class ForecastBench
{
    public static async Task Run(int customers, Effort effort)
    {
        var due = effort.Of(customers);
        await using var bench = await BenchHost.Start(Sending.On);
        Console.WriteLine($"forecast: 14 days of {due} customers who have just ordered, one connection");
        await Seeding.Customers(bench, due);

        var forecasts = bench.Host.Services.GetRequiredService<ShopForecast>();
        var shop = (await bench.Host.Services.GetRequiredService<ShopDirectory>().Get(BenchHost.Shop, default))!;
        var days = ForecastDays.Of(shop, DateTimeOffset.UtcNow, 14);
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (cpu, allocated, watch) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true), Stopwatch.StartNew());
        var (seen, decided, most) = (0, 0, before);
        await foreach (var page in forecasts.Read(shop, days, ForecastKey.Start, default))
        {
            seen += page.Customers.Count;
            decided += page.Customers.Sum(c => ShopForecast.Sending(c.Forecast).Count());
            if (seen % 2000 == 0)
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
        }

        watch.Stop();
        (cpu, allocated) = (Environment.CpuUsage.TotalTime - cpu, GC.GetTotalAllocatedBytes(precise: true) - allocated);
        if (seen != due)
            throw new InvalidOperationException($"{due} customers are due, and {seen} were looked at.");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{watch.Elapsed.TotalSeconds:0.0} s   {seen / watch.Elapsed.TotalSeconds:0}/s   {cpu.TotalMilliseconds / seen:0.000} ms CPU/op   {allocated / seen} B/op   held {(most - before) / 1048576.0:0.0} MB   {decided} decisions   n={seen}"));
    }
}
