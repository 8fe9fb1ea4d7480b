using System.Globalization;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>What one policy found about a step.</summary>
/// <param name="Evidence">The facts it evaluated at that instant, in plain words without personal data.</param>
/// <param name="Reason">Why the step may not be sent now; none: it may.</param>
/// <param name="Final">Whether that will not pass.</param>
/// <param name="Until">When it passes, if that is known.</param>
public sealed record Finding(string Policy, string Evidence, Reason? Reason = null, bool Final = false, DateTimeOffset? Until = null)
{
    public Check Check => new(Policy, Reason is null, Evidence);

    internal static string Utc(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>What all policies together say of a step at an instant.</summary>
/// <param name="Reason">Why it may not be sent now; none: it may.</param>
/// <param name="HeldFor">How long the step was held so far, complaints left out.</param>
public sealed record PolicyResult(IReadOnlyList<Check> Checks, Reason? Reason, bool Final, DateTimeOffset? Until, TimeSpan HeldFor)
{
    public bool Passes => Reason is null;

    /// <summary>Whether the step is held already for this reason, until this instant.</summary>
    public bool IsHoldOf(StepState state) => !Final && state.Status == StepStatus.Held && state.Reason == Reason && state.Until == Until;
}

/// <summary>
/// The policies every step passes before its message is queued, and again in the transaction that claims each attempt. All are evaluated
/// and all are recorded; the first that ends the step decides; else a restriction or an open complaint, whose hold is exempt from the maximum; else what the step is held for
/// already; else the first that holds it.
/// </summary>
public static class Policy
{
    private static readonly Func<StepContext, Finding>[] All =
    [
        EligibilityPolicies.Running, RightsPolicies.Restriction, EligibilityPolicies.ControlGroup, EligibilityPolicies.OrderValid, EligibilityPolicies.GoalAndExits,
        TimingPolicies.Due, TimingPolicies.Lateness,
        EligibilityPolicies.Address, EligibilityPolicies.Consent, RightsPolicies.Profiling, EligibilityPolicies.Offer, ReviewEligibility.Reviewable,
        ComplaintHold.Hold, EligibilityPolicies.Sending, SpreadPolicy.Spread, TimingPolicies.Quiet, TimingPolicies.Window,
    ];

    private static readonly Func<StepContext, Finding>[] ForOpenSteps = [EligibilityPolicies.Running, EligibilityPolicies.GoalAndExits];

    private static readonly Func<StepContext, Finding>[] ForSkippedSteps =
        [EligibilityPolicies.Running, EligibilityPolicies.ControlGroup, EligibilityPolicies.OrderValid, EligibilityPolicies.GoalAndExits, TimingPolicies.Lateness];

    private static readonly Func<StepContext, Finding>[] ForQueuedMessages =
        [EligibilityPolicies.Running, EligibilityPolicies.OrderValid, EligibilityPolicies.GoalAndExits, EligibilityPolicies.Consent, RightsPolicies.Profiling];

    /// <summary>Whether the step may be sent at this instant.</summary>
    public static PolicyResult Evaluate(StepContext context)
    {
        List<Finding> findings = [.. All.Select(policy => policy(context)), .. OfOtherMessages(context), .. EligibilityPolicies.Conditions(context)];
        var state = context.State;
        var restricted = findings.Find(f => f.Reason == Reason.Restricted);

        // While processing is restricted a step is neither too late nor held too long: that is decided when it is lifted.
        var stop = findings.Find(f => f.Final && (restricted is null || f.Reason != Reason.TooLate))
            ?? restricted
            ?? findings.Find(f => f.Reason == Reason.OpenComplaint)
            ?? findings.Find(f => state.Status == StepStatus.Held && f.Reason == state.Reason && f.Until == state.Until)
            ?? findings.Find(f => f.Reason is not null);
        if (stop is not { Final: true })
        {
            findings.Add(MaximumHold(context, stop));
            if (findings[^1].Final)
                stop = findings[^1];
        }

        return new([.. findings.Select(f => f.Check), Version(context.Shop.Policy)], stop?.Reason, stop?.Final ?? false, stop?.Until, TimingPolicies.Held(context));
    }

    // Last, so that what one step decides never changes what an earlier one was held for.
    private static IEnumerable<Finding> OfOtherMessages(StepContext context) => [.. CapPolicies.Caps(context), .. CapPolicies.Spacings(context), ReviewRequests.AskedLately(context)];

    /// <summary>What ends a step at once, before it is due; none when nothing does.</summary>
    public static Finding? EndOfOpenStep(StepContext context) => ForOpenSteps.Select(policy => policy(context)).FirstOrDefault(f => f.Final);

    /// <summary>What keeps a skipped step from being decided again; none when nothing does.</summary>
    public static Finding? WhyNotReopened(StepContext context) => ForSkippedSteps.Select(policy => policy(context)).FirstOrDefault(f => f.Final);

    /// <summary>What withdraws a queued message at once; none when nothing does.</summary>
    public static Finding? EndOfQueuedMessage(StepContext context) => ForQueuedMessages.Select(policy => policy(context)).FirstOrDefault(f => f.Final);

    /// <summary>How much longer a step held now may be held.</summary>
    public static TimeSpan HoldLeft(StepContext context) => TimeSpan.FromDays(context.Shop.Policy.MaxHoldDays) - TimingPolicies.Held(context);

    private static Check Version(ContactPolicy policy) => new("contact-policy", Passed: true, policy.Version == 0 ? "none published: as the shop's settings say" : $"version {policy.Version}");

    // The maximum limits neither the hold for a complaint or a restriction nor the wait for a due instant that has moved, nor that for a later request of a
    // review. What is used up to the instant as the rest is spread may still go.
    private static Finding MaximumHold(StepContext context, Finding? hold)
    {
        var left = HoldLeft(context);
        var isOver = hold?.Reason is not (Reason.OpenComplaint or Reason.NotDue or Reason.Restricted or Reason.AskedLately) && (left < TimeSpan.Zero || (left == TimeSpan.Zero && hold is not (null or { Reason: Reason.SpreadOut })));
        var evidence = $"{(isOver ? "longest hold over" : "within the longest hold")} of {context.Shop.Policy.MaxHoldDays} days";
        return isOver ? new("maximum-hold", evidence, Reason.HeldTooLong, Final: true) : new("maximum-hold", evidence);
    }
}
