using System.Globalization;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>What one policy found about a step.</summary>
/// <param name="Evidence">The facts it saw at that instant, in plain words without personal data.</param>
/// <param name="Reason">Why the step may not go now; none: it may.</param>
/// <param name="Final">Whether that will not pass.</param>
/// <param name="Until">When it passes, if that is known.</param>
public sealed record Finding(string Policy, string Evidence, Reason? Reason = null, bool Final = false, DateTimeOffset? Until = null)
{
    public Check Check => new(Policy, Reason is null, Evidence);

    internal static string Say(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>What all policies together say of a step at an instant.</summary>
/// <param name="Reason">Why it may not go now; none: it may.</param>
/// <param name="HeldFor">How long the step was held so far, complaints left out.</param>
public sealed record PolicyResult(IReadOnlyList<Check> Checks, Reason? Reason, bool Final, DateTimeOffset? Until, TimeSpan HeldFor)
{
    public bool Passes => Reason is null;

    /// <summary>Whether the step already waits for just this.</summary>
    public bool IsHoldOf(StepState state) => !Final && state.Status == StepStatus.Held && state.Reason == Reason && state.Until == Until;
}
