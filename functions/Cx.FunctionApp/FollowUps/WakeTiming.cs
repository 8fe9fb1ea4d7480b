using Microsoft.DurableTask;

namespace Cx.FunctionApp.FollowUps;

/// <summary>Whether an orchestration is to be notified.</summary>
public enum Notification
{
    /// <summary>It wakes in time.</summary>
    None,

    /// <summary>It would wake too late.</summary>
    Now,

    /// <summary>A wake is under way that may not have seen the change, and nothing is due soon: its next status tells.</summary>
    Later,
}

/// <summary>When a follow-up's timer fires. Pure: the orchestration that asks is replayed and must get the same answer each time.</summary>
public static class WakeTiming
{
    /// <summary>Wakes before an orchestration begins a new history: each adds some ten rows, all of which are read again whenever it runs.</summary>
    public const int WakesPerHistory = 20;

    /// <summary>The pause where a wake left something due: what is missing is outside, such as products to offer.</summary>
    public static TimeSpan MinPause { get; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest sleep; a step that is further away costs a wake a month.</summary>
    public static TimeSpan MaxSleep { get; } = TimeSpan.FromDays(30);

    /// <summary>The pause after a wake that failed in spite of its retries. The store parks a customer who keeps failing; the timer keeps firing.</summary>
    public static TimeSpan PauseAfterFailure { get; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a wake may be under way, its retries included.</summary>
    public static TimeSpan LongestWake { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Five attempts within some three minutes: 5 s, 15 s, 45 s and 2 min apart.</summary>
    public static TaskOptions Retries { get; } = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 5, firstRetryInterval: TimeSpan.FromSeconds(5), backoffCoefficient: 3, maxRetryInterval: TimeSpan.FromMinutes(2)));

    /// <summary>When to wake again.</summary>
    /// <param name="due">The earliest instant at which a wake could do something; none: only facts can change anything.</param>
    /// <param name="wokenAt">When the wake before it began.</param>
    public static NextWake After(DateTimeOffset? due, DateTimeOffset wokenAt) => new(Ended: false, due <= wokenAt ? wokenAt + MinPause : due);

    /// <summary>Whether an orchestration is to be notified of facts that have changed.</summary>
    /// <param name="next">The next wake as its custom status has it; none: it has named none yet.</param>
    /// <param name="due">The earliest instant at which a wake could do something by the facts known now; none: there is none.</param>
    public static Notification Notify(NextWake? next, DateTimeOffset? due, DateTimeOffset now) => next switch
    {
        null => Notification.Now,
        { At: { } at } when at <= now => now < at + LongestWake && !(due <= now + LongestWake) ? Notification.Later : Notification.Now,
        { At: var at } => due is { } earlier && !(at <= earlier) ? Notification.Now : Notification.None,
    };

    /// <summary>When the timer fires; none: only facts wake the customer.</summary>
    /// <param name="now">UTC.</param>
    public static DateTime? FireAt(NextWake next, DateTime now)
    {
        var latest = now + MaxSleep;
        return next.At is not { } at ? null : at.UtcDateTime < latest ? at.UtcDateTime : latest;
    }
}
