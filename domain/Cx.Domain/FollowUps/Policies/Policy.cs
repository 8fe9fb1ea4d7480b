namespace Cx.Domain.FollowUps.Policies;

/// <summary>
/// The policies every step passes before its message is queued, and again in the transaction that claims each attempt. All are looked
/// at and all are recorded; the first that ends the step decides; else an open complaint, whose hold is exempt from the maximum; else what the step is held for
/// already; else the first that holds it.
/// </summary>
public static class Policy
{
    // What depends on other messages comes last, so that what one step decides never changes what an earlier one was held for.
    private static readonly Func<StepContext, Finding>[] All =
    [
        SubjectPolicies.Running, SubjectPolicies.ControlGroup, SubjectPolicies.OrderValid, SubjectPolicies.GoalAndExits,
        TimingPolicies.Due, TimingPolicies.Lateness,
        ContactPolicies.Address, ContactPolicies.Consent, ContactPolicies.Offer,
        ComplaintHold.Hold, ContactPolicies.Sending, TimingPolicies.Quiet, TimingPolicies.Window, CapPolicies.Cap, CapPolicies.Spacing,
    ];

    private static readonly Func<StepContext, Finding>[] ForOpenSteps = [SubjectPolicies.Running, SubjectPolicies.GoalAndExits];

    private static readonly Func<StepContext, Finding>[] ForQueuedMessages = [SubjectPolicies.Running, SubjectPolicies.OrderValid, SubjectPolicies.GoalAndExits, ContactPolicies.Consent];

    /// <summary>Whether the step may go at this instant.</summary>
    public static PolicyResult Evaluate(StepContext context)
    {
        var findings = All.Select(policy => policy(context)).ToList();
        var state = context.State;
        var stop = findings.Find(f => f.Final)
            ?? findings.Find(f => f.Reason == Reason.OpenComplaint)
            ?? findings.Find(f => state.Status == StepStatus.Held && f.Reason == state.Reason && f.Until == state.Until)
            ?? findings.Find(f => f.Reason is not null);
        if (stop is not { Final: true })
        {
            findings.Add(MaximumHold(context, stop));
            if (findings[^1].Final)
                stop = findings[^1];
        }

        return new([.. findings.Select(f => f.Check)], stop?.Reason, stop?.Final ?? false, stop?.Until, TimingPolicies.Held(context));
    }

    /// <summary>What ends a step at once, before it is due; none when nothing does.</summary>
    public static Finding? EndOfOpenStep(StepContext context) => ForOpenSteps.Select(policy => policy(context)).FirstOrDefault(f => f.Final);

    /// <summary>What withdraws a queued message at once; none when nothing does.</summary>
    public static Finding? EndOfQueuedMessage(StepContext context) => ForQueuedMessages.Select(policy => policy(context)).FirstOrDefault(f => f.Final);

    /// <summary>How much longer a step held now may be held.</summary>
    public static TimeSpan HoldLeft(StepContext context) => TimeSpan.FromDays(context.Shop.Policy.MaxHoldDays) - TimingPolicies.Held(context);

    // Neither a complaint nor a due instant that moved is a hold of ours to limit.
    private static Finding MaximumHold(StepContext context, Finding? hold)
    {
        var left = HoldLeft(context);
        var isOver = hold?.Reason is not (Reason.OpenComplaint or Reason.NotDue) && (left < TimeSpan.Zero || (left == TimeSpan.Zero && hold is not null));
        var saw = $"{(isOver ? "longest hold over" : "within the longest hold")} of {context.Shop.Policy.MaxHoldDays} days";
        return isOver ? new("maximum-hold", saw, Reason.HeldTooLong, Final: true) : new("maximum-hold", saw);
    }
}
