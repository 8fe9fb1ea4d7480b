using System.Collections.Immutable;

namespace Cx.Domain.FollowUps;

/// <summary>
/// How long to wait after each failed attempt. Ours: minutes at first, because most refusals are greylisting or a restart, then hours, within the
/// two to five days for which RFC 5321 §4.5.4.1 lets a sender try.
/// </summary>
public static class Retries
{
    private static readonly ImmutableArray<TimeSpan> Pauses =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(6), TimeSpan.FromHours(12), TimeSpan.FromHours(24),
    ];

    /// <summary>Most attempts of one message.</summary>
    public static int MostAttempts => Pauses.Length + 1;

    /// <summary>The pause after so many attempts; none when no more follow.</summary>
    public static TimeSpan? After(int attempts) => attempts <= Pauses.Length ? Pauses[Math.Max(attempts, 1) - 1] : null;
}
