using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Cx.Bench;

/// <summary>Processor time of this process and of all processes of its PostgreSQL, on Linux; elsewhere of this process alone.</summary>
internal sealed class ProcessorTime
{
    // The unit of /proc on every common Linux.
    private const double TicksPerSecond = 100;

    private readonly int postmaster;

    private ProcessorTime(int postmaster) => this.postmaster = postmaster;

    public static async Task<ProcessorTime> Of(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select pg_backend_pid()");
        var backend = (int)(await command.ExecuteScalarAsync())!;
        return new(Stat(backend.ToString(CultureInfo.InvariantCulture)) is { } stat ? (int)stat[1] : 0);
    }

    /// <summary>Both so far.</summary>
    public (TimeSpan Process, TimeSpan Postgres) Now() => (Environment.CpuUsage.TotalTime, TimeSpan.FromSeconds(Ticks() / TicksPerSecond));

    // Of the children that have ended the parent knows.
    private long Ticks() => postmaster == 0 ? 0 : Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(n => int.TryParse(n, out _)).Select(n => (Id: n, Stat: Stat(n!))).Sum(p =>
        p.Stat is null ? 0
        : p.Id == postmaster.ToString(CultureInfo.InvariantCulture) ? p.Stat[11] + p.Stat[12] + p.Stat[13] + p.Stat[14]
        : p.Stat[1] == postmaster ? p.Stat[11] + p.Stat[12]
        : 0);

    // The fields after the name, from the state on; numbers where they are.
    private static long[]? Stat(string process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return [.. text[(text.LastIndexOf(')') + 2)..].Split(' ').Select(f => long.TryParse(f, CultureInfo.InvariantCulture, out var n) ? n : 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>Measures one stretch of work against a number of events.</summary>
internal sealed class Stretch(ProcessorTime time)
{
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly (TimeSpan Process, TimeSpan Postgres) before = time.Now();

    /// <returns>Events a second of processor time, the process's and PostgreSQL's together.</returns>
    public double Print(string name, long events)
    {
        var wall = Stopwatch.GetElapsedTime(start);
        var (process, postgres) = time.Now();
        process -= before.Process;
        postgres -= before.Postgres;
        var rate = events / (process + postgres).TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {name,-40} {events,8} events   {events / wall.TotalSeconds,8:0}/s wall   {rate,8:0}/s a core   process {process.TotalSeconds:0.00} s, PostgreSQL {postgres.TotalSeconds:0.00} s, wall {wall.TotalSeconds:0.00} s"));
        return rate;
    }
}
