using System.Globalization;

namespace Cx.Standalone;

/// <summary>The real clock, moved forward: for trying out weeks in a minute. The offset is kept in the data folder, so that a restart does not go back in time.</summary>
public sealed class MovableClock : TimeProvider
{
    private const string OffsetFile = "clock-offset";

    private readonly string file;
    private long offset;

    public MovableClock(string dataFolder)
    {
        file = Path.Combine(dataFolder, OffsetFile);
        offset = File.Exists(file) && long.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var kept) ? kept : 0;
    }

    /// <summary>Sets the clock of a folder that no process works in yet, back as well.</summary>
    public static void Set(string dataFolder, DateTimeOffset now) => Write(Path.Combine(dataFolder, OffsetFile), (now - System.GetUtcNow()).Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref offset));

    /// <summary>Moves on to an instant; never back.</summary>
    public void MoveTo(DateTimeOffset instant)
    {
        var ahead = (instant - System.GetUtcNow()).Ticks;
        if (ahead > Interlocked.Read(ref offset))
        {
            Interlocked.Exchange(ref offset, ahead);
            Write(file, ahead);
        }
    }

    private static void Write(string file, long ticks) => File.WriteAllText(file, ticks.ToString(CultureInfo.InvariantCulture));
}
