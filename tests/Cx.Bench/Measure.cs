using System.Diagnostics;
using System.Globalization;
using System.Runtime;

namespace Cx.Bench;

/// <summary>How long a bench measures.</summary>
/// <param name="WarmUp">The longest: it ends when the process compiles hardly anything more.</param>
/// <param name="Part">Which part of the usual number of rows or rounds is enough: 1 for all, 4 for a quarter.</param>
internal sealed record Effort(TimeSpan WarmUp, TimeSpan Duration, int Part)
{
    public static Effort Full { get; } = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(10), 1);

    public static Effort Short { get; } = new(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(4), 4);

    public int Of(int count) => count / Part;
}

/// <summary>What one run of an operation gave.</summary>
/// <param name="Rate">Operations a second, over all workers.</param>
/// <param name="AllocatedPerOperation">Managed bytes, of the whole process.</param>
/// <param name="CpuPerOperation">Milliseconds of processor time of this process; PostgreSQL's are not in it.</param>
internal sealed record Measured(string Name, long Operations, double Rate, double P50, double P99, double AllocatedPerOperation, double CpuPerOperation)
{
    public void Print() => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"  {Name,-58} {Rate,9:0}/s   p50 {P50,7:0.00} ms   p99 {P99,7:0.00} ms   {AllocatedPerOperation,8:0} B/op   {CpuPerOperation,6:0.000} ms CPU/op   n={Operations}"));

    /// <param name="target">The least; none where the ratio is information.</param>
    public void PrintRatioTo(Measured reference, double? target, string what) =>
        Target.Print(string.Create(CultureInfo.InvariantCulture, $"ratio {what}: {Rate / reference.Rate:0.000}"), Rate / reference.Rate, atLeast: target);
}

/// <summary>Prints a figure and whether it is what it should be.</summary>
internal static class Target
{
    public static void Print(string figure, double value, double? atLeast = null, double? atMost = null)
    {
        var isReached = !(value < atLeast) && !(value > atMost);
        var target = (atLeast, atMost) switch
        {
            ({ } least, _) => string.Create(CultureInfo.InvariantCulture, $"   (target ≥ {least}: {(isReached ? "reached" : "missed")})"),
            (_, { } most) => string.Create(CultureInfo.InvariantCulture, $"   (target ≤ {most}: {(isReached ? "reached" : "missed")})"),
            _ => "",
        };
        Console.WriteLine($"  {figure}{target}");
    }
}

/// <summary>Runs an operation on a number of workers for a number of seconds, after a warm-up.</summary>
internal static class Measure
{
    public static async Task<Measured> Run(string name, int workers, Effort effort, Func<int, Func<Task>> makeWorker)
    {
        var operations = Enumerable.Range(0, workers).Select(makeWorker).ToArray();
        await WarmUp(operations, effort.WarmUp);
        GC.Collect();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        var latencies = await Drive(operations, effort.Duration);
        var elapsed = watch.Elapsed;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        Array.Sort(latencies);
        var measured = new Measured(
            name, latencies.Length, latencies.Length / elapsed.TotalSeconds, Milliseconds(latencies[latencies.Length / 2]), Milliseconds(latencies[(int)(latencies.Length * 0.99)]),
            (double)allocated / latencies.Length, cpu.TotalMilliseconds / latencies.Length);
        measured.Print();
        return measured;
    }

    // Three seconds in a row in which compiling takes less than a fiftieth of one processor.
    private static async Task WarmUp(Func<Task>[] operations, TimeSpan longest)
    {
        var watch = Stopwatch.StartNew();
        for (var quiet = 0; quiet < 3 && watch.Elapsed < longest;)
        {
            var compiling = JitInfo.GetCompilationTime();
            await Drive(operations, TimeSpan.FromSeconds(1));
            quiet = JitInfo.GetCompilationTime() - compiling < TimeSpan.FromMilliseconds(20) ? quiet + 1 : 0;
        }
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
