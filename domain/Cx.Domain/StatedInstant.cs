namespace Cx.Domain;

/// <summary>
/// Which instants are taken from outside: clocks of other systems differ, and a field may hold a placeholder. A day ahead covers every confusion of time zones.
/// </summary>
public static class StatedInstant
{
    /// <summary>What an instant out of bounds has to be instead.</summary>
    public const string Bounds = "from 1970-01-01 to a day after it arrives";

    /// <summary>How far an instant may lie ahead of its arrival.</summary>
    private static readonly TimeSpan MaxAhead = TimeSpan.FromDays(1);

    /// <param name="arrivedAt">When it arrived, by our clock.</param>
    public static bool IsInBounds(DateTimeOffset at, DateTimeOffset arrivedAt) => at >= DateTimeOffset.UnixEpoch && at - arrivedAt <= MaxAhead;
}
