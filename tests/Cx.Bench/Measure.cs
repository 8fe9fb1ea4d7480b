using System.Diagnostics;
using System.Globalization;

namespace Cx.Bench;

/// <summary>What one run of an operation gave.</summary>
/// <param name="Rate">Operations a second, over all workers.</param>
/// <param name="AllocatedPerOperation">Managed bytes, of the whole process.</param>
/// <param name="CpuPerOperation">Milliseconds of processor time of this process; PostgreSQL's are not in it.</param>
internal sealed record Measured(string Name, long Operations, double Rate, double P50, double P99, double AllocatedPerOperation, double CpuPerOperation)
{
    public void Print() => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"  {Name,-58} {Rate,9:0}/s   p50 {P50,7:0.00} ms   p99 {P99,7:0.00} ms   {AllocatedPerOperation,8:0} B/op   {CpuPerOperation,6:0.000} ms CPU/op   n={Operations}"));

    public void PrintRatioTo(Measured reference, double target, string what)
    {
        var ratio = Rate / reference.Rate;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  ratio {what}: {ratio:0.000}   (target {target:0.00}: {(ratio >= target ? "reached" : "missed")})"));
    }
}

/// <summary>Runs an operation on a number of workers for a number of seconds, after a warm-up.</summary>
internal static class Measure
{
    public static async Task<Measured> Run(string name, int workers, TimeSpan duration, Func<int, Func<Task>> makeWorker, TimeSpan? warmUp = null)
    {
        var operations = Enumerable.Range(0, workers).Select(makeWorker).ToArray();
        await Drive(operations, warmUp ?? TimeSpan.FromSeconds(3));
        GC.Collect();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        var latencies = await Drive(operations, duration);
        var elapsed = watch.Elapsed;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        Array.Sort(latencies);
        return new(
            name, latencies.Length, latencies.Length / elapsed.TotalSeconds, Milliseconds(latencies[latencies.Length / 2]), Milliseconds(latencies[(int)(latencies.Length * 0.99)]),
            (double)allocated / latencies.Length, cpu.TotalMilliseconds / latencies.Length);
    }

    private static async Task<long[]> Drive(Func<Task>[] operations, TimeSpan duration)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var latencies = await Task.WhenAll(operations.Select(operation => Task.Run(async () =>
        {
            var mine = new List<long>(100_000);
            while (Stopwatch.GetTimestamp() is var start && start < end)
            {
                await operation();
                mine.Add(Stopwatch.GetTimestamp() - start);
            }

            return mine;
        })));
        return [.. latencies.SelectMany(l => l)];
    }

    private static double Milliseconds(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;
}
