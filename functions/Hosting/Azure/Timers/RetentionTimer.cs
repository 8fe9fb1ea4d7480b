using Cx.Functions.Intake;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Cx.Functions.Hosting.Azure.Timers;

/// <summary>Removes what has been kept long enough: payloads that concern nobody, and the histories of clocks that have rung for the last time.</summary>
public sealed class RetentionTimer(Retention retention, TimeProvider clock)
{
    // What began and ended since yesterday somebody may still want to look at.
    private static readonly TimeSpan Fresh = TimeSpan.FromDays(1);

    [Function("removeExpired")]
    public Task Expired([TimerTrigger(Schedules.Retention)] TimerInfo timer, CancellationToken ct) => retention.Apply(clock.GetUtcNow(), ct);

    [Function("removeEndedClocks")]
    public Task EndedClocks([TimerTrigger(Schedules.EndedClocks)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct) =>
        client.PurgeAllInstancesAsync(
            // The task hub asks for a beginning too.
            new PurgeInstancesFilter(DateTimeOffset.UnixEpoch, clock.GetUtcNow() - Fresh, [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Terminated]), ct);
}
