using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Cx.FunctionApp.FollowUps;

/// <summary>
/// A follow-up's alarm clock: wakes the customer, sleeps until the instant the wake names or until the customer's facts change, and wakes again.
/// It decides nothing: losing it, or ringing once too often, changes nothing but the hour.
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
        var clock = context.GetInput<FollowUpTimer>() ?? throw new InvalidOperationException("A follow-up's clock was started without saying whose it is.");

        // One wait at a time, kept from round to round: one that is left behind would take a later event with it.
        var told = FactsChangedEvent(context);
        for (var round = 0; round < TimerTiming.RoundsPerHistory; round++)
        {
            // The look sees what has been told up to here.
            while (told.IsCompleted)
            {
                told = FactsChangedEvent(context);
            }

            var next = await Look(context, clock);
            if (next.Ended)
            {
                return;
            }

            await Sleep(context, next, told);
        }

        // An event taken just now is not lost: the new history begins with a look.
        context.ContinueAsNew(new ContinueAsNewOptions { NewInput = clock, NewVersion = Version, PreserveUnprocessedEvents = true });
    }

    private static Task<object> FactsChangedEvent(TaskOrchestrationContext context) => context.WaitForExternalEvent<object>(FactsChanged);

    private static async Task<NextLook> Look(TaskOrchestrationContext context, FollowUpTimer clock)
    {
        try
        {
            return await context.CallActivityAsync<NextLook>(nameof(WakeFollowUp), clock, TimerTiming.Retries);
        }
        catch (TaskFailedException e)
        {
            context.CreateReplaySafeLogger(nameof(FollowUpOrchestration)).LogError(e, "Follow-up {FollowUp} of {Shop} could not be woken and is tried again later.", clock.FollowUp, clock.Shop);
            return new(Ended: false, context.CurrentUtcDateTime + TimerTiming.PauseAfterFailure);
        }
    }

    private static async Task Sleep(TaskOrchestrationContext context, NextLook next, Task told)
    {
        if (TimerTiming.Alarm(next, context.CurrentUtcDateTime) is not { } alarm)
        {
            await told;
            return;
        }

        using var stop = new CancellationTokenSource();
        await Task.WhenAny(told, context.CreateTimer(alarm, stop.Token));

        // A timer that is left running would keep an orchestration that has ended from completing.
        stop.Cancel();
    }
}
