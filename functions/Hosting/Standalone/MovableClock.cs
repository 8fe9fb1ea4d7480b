namespace Cx.Functions.Hosting.Standalone;

/// <summary>The real clock, moved forward: for trying out weeks in a minute. The offset is kept in the data folder, so that a restart does not go back in time.</summary>
public sealed class MovableClock : TimeProvider
{
    private readonly string file;
    private long offset;

    public MovableClock(string dataFolder)
    {
        file = Path.Combine(dataFolder, "clock-offset");
        offset = File.Exists(file) && long.TryParse(File.ReadAllText(file), out var kept) ? kept : 0;
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref offset));

    /// <summary>Moves on to an instant; never back.</summary>
    public void MoveTo(DateTimeOffset instant)
    {
        var ahead = (instant - System.GetUtcNow()).Ticks;
        if (ahead > Interlocked.Read(ref offset))
        {
            Interlocked.Exchange(ref offset, ahead);
            File.WriteAllText(file, ahead.ToString(global::System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
