using System.Collections.Immutable;

namespace Cx.Domain.Shops;

/// <summary>
/// Nobody was woken from an instant to <paramref name="OccurredAt"/>, because no process ran or the store could not be reached: what was due meanwhile is spread as
/// after a pause.
/// </summary>
public sealed record WakingInterrupted(DateTimeOffset From, DateTimeOffset OccurredAt) : IEvent;

/// <summary>A time in which nothing was sent, of the whole shop or of one cadence.</summary>
public readonly record struct SendingPause(DateTimeOffset From, DateTimeOffset To)
{
    // What was held longer ago than the longest hold is over.
    private const int Remembered = 50;

    public TimeSpan Length => To - From;

    /// <summary>The latest pauses with one more; a clock that went back leaves none.</summary>
    /// <param name="from">None: there was no pause.</param>
    internal static ImmutableList<SendingPause> After(ImmutableList<SendingPause> known, DateTimeOffset? from, DateTimeOffset to)
    {
        if (!(from < to))
            return known;

        var pauses = known.Add(new(from.Value, to));
        return pauses.Count > Remembered ? pauses.RemoveAt(0) : pauses;
    }
}
