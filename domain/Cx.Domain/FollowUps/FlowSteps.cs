using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Shops;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps;

/// <summary>
/// Decides the steps that send nothing: a wait-for is passed when what it waits for has happened or its time is up, a branch when it is reached. No cap, consent
/// or quiet hour concerns them, nor a switch that is off; what pauses the cadence or the shop, or restricts processing, holds them however long.
/// </summary>
internal static class FlowSteps
{
    /// <summary>Passes every wait-for and branch whose time has come, also those that come to be due by that.</summary>
    internal static Decision Pass(Decision decision, ShopFacts shop, DateTimeOffset at)
    {
        while (Next(decision.Customer, shop, at) is { } due)
            decision = decision.Then(Decide(due));
        return decision;
    }

    /// <summary>When a wait-for or a branch is passed, by the facts known now; none while it is not known when it is reached.</summary>
    internal static DateTimeOffset? PassesAt(StepContext context)
    {
        if (context.Due is not { } reached || context.Step.WaitFor is not { } wait || context.State.Person is { Control: StepControl.Send })
            return context.Due;

        var timeout = context.After(reached, wait.Timeout);
        return Happened(context, wait) is { } happened && happened <= timeout ? Later(happened, reached) : timeout;
    }

    /// <summary>When a wake can do something about it first; none while it is held.</summary>
    internal static DateTimeOffset? NextDue(StepContext context) =>
        IsHeld(context) ? null : PassesAt(context) is { } passes ? Later(passes, context.At) : null;

    private static StepContext? Next(Customer customer, ShopFacts shop, DateTimeOffset at) =>
        (from followUp in customer.FollowUps
         where followUp.Value.IsRunning
         let cadence = followUp.Value.CadenceIn(shop)
         where cadence is not null && cadence.Steps.Any(s => !s.Sends)
         from step in StepContext.OfFollowUp(customer, shop, at, followUp.Key, cadence)
         where !step.Step.Sends && step.State.IsOpen && !IsHeld(step)
         let passes = PassesAt(step)
         where passes <= at
         orderby passes
         select step).FirstOrDefault();

    private static ICustomerEvent Decide(StepContext context)
    {
        var (step, reached, passes) = (context.Step, context.Due!.Value, PassesAt(context)!.Value);
        List<Check> checks = [EligibilityPolicies.Running(context).Check, new("due", Passed: true, $"reached on {Utc(reached)}{Wanted(context)}")];
        if (Hold(context) is { } hold)
            return new StepHeld(context.Id, step.Id, hold.Reason!.Value, reached, Until: null, TimeSpan.Zero, [.. checks, hold.Check], context.At);

        var (outcome, check) = step.WaitFor is { } wait ? Waited(context, wait) : Branched(context);

        // What was held counts from its release, and what another version brought from when the follow-up went over to that.
        var passedAt = context.State is { Status: StepStatus.Held, Reason: not Reason.Postponed } ? context.At : Later(passes, context.FollowUp.MigratedAt ?? passes);
        return new StepPassed(context.Id, step.Id, outcome, reached, passedAt, [.. checks, check], context.At);
    }

    private static (StepOutcome, Check) Waited(StepContext context, WaitFor wait)
    {
        var timeout = context.After(context.Due!.Value, wait.Timeout);
        return Happened(context, wait) is { } happened && happened <= timeout
            ? (StepOutcome.Arrived, new("wait-for", Passed: true, $"{wait.On} on {Utc(happened)}"))
            : (StepOutcome.TimedOut, new("wait-for", Passed: false, $"no {wait.On} until {Utc(timeout < context.At ? timeout : context.At)}"));
    }

    private static (StepOutcome, Check) Branched(StepContext context)
    {
        var isFalse = Facts.FirstFalse(context.Step.Conditions, context.Facts);
        return isFalse is not null
            ? (StepOutcome.Else, new("branch", Passed: false, isFalse.Evidence))
            : (StepOutcome.Then, new("branch", Passed: true, Facts.Read(context.Step.Conditions, context.Facts)));
    }

    private static DateTimeOffset? Happened(StepContext context, WaitFor wait) => SubjectFacts.When(new Exit(wait.On), context.Customer, context.FollowUp);

    private static bool IsHeld(StepContext context) => context.State is { Status: StepStatus.Held, Reason: { } reason } && Hold(context)?.Reason == reason;

    private static Finding? Hold(StepContext context) =>
        RightsPolicies.Restriction(context) is { Reason: not null } restricted ? restricted
        : context.Shop.Standings.GetValueOrDefault(context.Cadence.Slug)?.State == CadenceState.Paused ? new("sending", "the cadence is paused", Reason.CadencePaused)
        : context.Shop.Sending == Shops.Sending.Paused ? new("sending", "paused", Reason.SendingPaused)
        : null;

    private static string Wanted(StepContext context) => context.State.Person switch
    {
        { Control: StepControl.Send } now => $", wanted now {now.Evidence}",
        { Control: StepControl.Postpone } postponed => $", postponed {postponed.Evidence}",
        _ => "",
    };

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
