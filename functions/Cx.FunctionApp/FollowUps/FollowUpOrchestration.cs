using Cx.Application.Observability;
using Cx.Domain;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Cx.FunctionApp.FollowUps;

/// <summary>An orchestration's input: whose follow-up it times. All else is in the event store, so the task hub holds nothing about a person.</summary>
public sealed record FollowUpTimer(ShopId Shop, CustomerId Customer, FollowUpId FollowUp)
{
    /// <summary>The span in which the follow-up was started; without one where nothing was traced.</summary>
    public TraceOrigin Origin { get; init; }
}

/// <summary>When a follow-up's customer is to be woken again. It is the orchestration's custom status.</summary>
/// <param name="Ended">Never: the follow-up has ended, or its customer is gone.</param>
/// <param name="At">The instant; none: when the customer's facts change.</param>
/// <param name="Step">The follow-up's next step, for whoever looks at the task hub.</param>
public sealed record NextWake(bool Ended, DateTimeOffset? At, string? Step = null);

/// <summary>
/// A follow-up's timer: wakes the customer, sleeps until the instant that the wake names or until the customer's facts change, and wakes again.
/// It decides nothing: a lost orchestration delays a wake by a minute or two, a superfluous wake changes nothing.
/// </summary>
/// <remarks>
/// Orchestrations under way are replayed against this code. Whoever changes what it awaits, or in which order, raises <see cref="Version"/> and
/// defaultVersion in host.json, and keeps the old body for those that began with it: <c>if (context.CompareVersionTo("2.0") &lt; 0)</c>. Workers
/// that are still of the old version leave newer orchestrations alone (versionMatchStrategy CurrentOrOlder, versionFailureStrategy Reject). An
/// orchestration takes on the current version when it begins a new history; once none of the old version runs, the old body goes.
/// </remarks>
public static class FollowUpOrchestration
{
    /// <summary>The version that orchestrations start with.</summary>
    public const string Version = "1.0";

    /// <summary>The event that says that the customer's facts have changed.</summary>
    public const string FactsChanged = "facts-changed";

    [Function(nameof(FollowUpOrchestration))]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var timer = context.GetInput<FollowUpTimer>() ?? throw new InvalidOperationException("The orchestration was started without an input.");

        // Only one wait at a time, kept from wake to wake: an abandoned one would consume a later event.
        var factsChanged = WaitForFacts(context);
        string? step = null;
        for (var wakes = 0; wakes < WakeTiming.WakesPerHistory; wakes++)
        {
            // The wake that follows sees all changes announced so far.
            while (factsChanged.IsCompleted)
            {
                factsChanged = WaitForFacts(context);
            }

            // While a wake is under way its instant is not in the future: what changes meanwhile, unseen by it, is notified.
            context.SetCustomStatus(new NextWake(Ended: false, context.CurrentUtcDateTime, step));
            var next = await Wake(context, timer, step);
            context.SetCustomStatus(next);
            step = next.Step;
            if (next.Ended)
            {
                return;
            }

            await Sleep(context, next, factsChanged);
        }

        // An event consumed just now is not lost: the new history begins with a wake.
        context.ContinueAsNew(new ContinueAsNewOptions { NewInput = timer, NewVersion = Version, PreserveUnprocessedEvents = true });
    }

    private static Task<object> WaitForFacts(TaskOrchestrationContext context) => context.WaitForExternalEvent<object>(FactsChanged);

    private static async Task<NextWake> Wake(TaskOrchestrationContext context, FollowUpTimer timer, string? step)
    {
        try
        {
            return await context.CallActivityAsync<NextWake>(nameof(WakeFollowUp), timer, WakeTiming.Retries);
        }
        catch (TaskFailedException e)
        {
            context.CreateReplaySafeLogger(nameof(FollowUpOrchestration)).LogError(
                e, "Follow-up {FollowUp} of {Shop} could not be woken and is retried in {Pause}.", timer.FollowUp, timer.Shop, WakeTiming.PauseAfterFailure);
            return new(Ended: false, context.CurrentUtcDateTime + WakeTiming.PauseAfterFailure, step);
        }
    }

    private static async Task Sleep(TaskOrchestrationContext context, NextWake next, Task factsChanged)
    {
        if (WakeTiming.FireAt(next, context.CurrentUtcDateTime) is not { } fireAt)
        {
            await factsChanged;
            return;
        }

        using var cancellation = new CancellationTokenSource();
        await Task.WhenAny(factsChanged, context.CreateTimer(fireAt, cancellation.Token));

        // A pending timer would keep an ended orchestration from completing.
        cancellation.Cancel();
    }
}
