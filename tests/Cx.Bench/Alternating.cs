using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Cx.Bench;

/// <summary>An operation on one of two sides that are compared.</summary>
/// <param name="Database">Whose write-ahead log is measured.</param>
/// <param name="Prepare">Done before each run, and not measured.</param>
internal sealed record Side(NpgsqlDataSource Database, Func<Task> Run, Func<Task>? Prepare = null);

/// <summary>The medians of both sides.</summary>
/// <param name="SmallWal">Bytes of the write-ahead log for each operation, those of its preparation included.</param>
internal sealed record Compared(string Name, double Small, double Large, double SmallWal, double LargeWal, int Runs)
{
    public double Ratio => Large / Small;

    public void Print(double atMost, bool withWal = false) => Target.Print(
        string.Create(CultureInfo.InvariantCulture, $"{Name,-24} {Small,8:0.00} ms   {Large,8:0.00} ms   ratio {Ratio,6:0.00}")
        + (withWal ? string.Create(CultureInfo.InvariantCulture, $"   WAL {SmallWal,7:0} B   {LargeWal,7:0} B") : "") + $"   n={Runs}",
        Ratio, atMost: atMost);
}

/// <summary>
/// Runs an operation on two sides in alternating rounds, so that what else the machine does at the time meets both, and compares the medians.
/// </summary>
internal static class Alternating
{
    private const int WarmUpRounds = 3;

    /// <param name="sides">The two sides for a round; the warm-up rounds have the numbers below zero.</param>
    public static async Task<Compared> Run(string name, int rounds, int perRound, Func<int, (Side Small, Side Large)> sides)
    {
        var (small, large) = (new Samples(), new Samples());
        for (var round = -WarmUpRounds; round < rounds; round++)
        {
            var (one, other) = sides(round);
            await Round(one, perRound, round < 0 ? null : small);
            await Round(other, perRound, round < 0 ? null : large);
        }

        return new(name, Median(small.Milliseconds), Median(large.Milliseconds), Median(small.Wal), Median(large.Wal), small.Milliseconds.Count);
    }

    public static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static async Task Round(Side side, int count, Samples? samples)
    {
        var before = await Position(side.Database);
        for (var i = 0; i < count; i++)
        {
            if (side.Prepare is { } prepare)
                await prepare();

            var start = Stopwatch.GetTimestamp();
            await side.Run();
            samples?.Milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        samples?.Wal.Add((double)(await Position(side.Database) - before) / count);
    }

    private static async Task<decimal> Position(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn");
        return (decimal)(await command.ExecuteScalarAsync())!;
    }

    private sealed record Samples
    {
        public List<double> Milliseconds { get; } = [];

        public List<double> Wal { get; } = [];
    }
}
