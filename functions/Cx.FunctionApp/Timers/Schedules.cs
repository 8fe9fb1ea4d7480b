namespace Cx.FunctionApp.Timers;

/// <summary>When the timers run: second, minute, hour, day, month, day of the week; UTC. Not all on the same second.</summary>
internal static class Schedules
{
    /// <summary>Every minute: what word of a commit should have brought already.</summary>
    public const string CatchUp = "0 * * * * *";

    /// <summary>Every minute: who should have been woken already.</summary>
    public const string Stragglers = "30 * * * * *";

    /// <summary>Every hour: what has been kept long enough.</summary>
    public const string Retention = "15 7 * * * *";

    /// <summary>Every minute: an erased payload cannot be read from its erasure on, and the blob that is left of it is gone within about a minute.</summary>
    public const string Archive = "45 * * * * *";

    /// <summary>Every hour: what an older key wraps.</summary>
    public const string Rewrapping = "20 37 * * * *";

    /// <summary>Every night: the histories of orchestrations that are over.</summary>
    public const string EndedClocks = "50 23 3 * * *";
}
