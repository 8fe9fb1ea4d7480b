using Cx.Domain;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.FollowUps;

/// <summary>The orchestration of a follow-up, which bears its id. Each call may be repeated.</summary>
internal static class FollowUpInstances
{
    // A termination is only asked for: the task hub ends the orchestration when it comes to it.
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);

    /// <summary>Tells the clock that the customer's facts have changed; starts it where there is none, or none that runs.</summary>
    public static async Task NotifyOrStart(this DurableTaskClient client, FollowUpTimer clock, CancellationToken ct)
    {
        if (!await client.TellIfLive(clock.FollowUp, ct))
        {
            // What somebody else has started meanwhile is not replaced.
            var options = new StartOrchestrationOptions(clock.FollowUp.Value) { Version = FollowUpOrchestration.Version }.WithDedupeStatuses(
                OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended);
            await client.ScheduleNewOrchestrationInstanceAsync(nameof(FollowUpOrchestration), clock, options, ct);
        }
    }

    /// <returns>Whether there is one to tell.</returns>
    public static async Task<bool> TellIfLive(this DurableTaskClient client, FollowUpId followUp, CancellationToken ct)
    {
        if (await client.GetInstanceAsync(followUp.Value, ct) is not { IsCompleted: false })
        {
            return false;
        }

        await client.RaiseEventAsync(followUp.Value, FollowUpOrchestration.FactsChanged, ct);
        return true;
    }

    /// <summary>Ends the clock and removes its history.</summary>
    /// <exception cref="TimeoutException">It has not ended yet.</exception>
    public static async Task Forget(this DurableTaskClient client, FollowUpId followUp, CancellationToken ct)
    {
        var instance = await client.GetInstanceAsync(followUp.Value, ct);
        if (instance is { IsCompleted: false })
        {
            await client.TerminateInstanceAsync(followUp.Value, ct);
            await client.WaitForInstanceCompletionAsync(followUp.Value, ct).WaitAsync(EndsWithin, ct);
        }

        if (instance is not null)
        {
            await client.PurgeInstanceAsync(followUp.Value, ct);
        }
    }
}
