using Cx.Application.Privacy;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.Timers;

/// <summary>
/// Removes what has been kept long enough: payloads that concern nobody, and the histories of clocks that have rung for the last time. After a
/// rotation it rewraps what an older key wraps.
/// </summary>
public sealed class UpkeepTimers(Retention retention, Rewrapping rewrapping, TimeProvider clock)
{
    // What began and ended since yesterday somebody may still want to look at.
    private static readonly TimeSpan Fresh = TimeSpan.FromDays(1);

    [Function("removeExpired")]
    public Task Expired([TimerTrigger(Schedules.Retention)] TimerInfo timer, CancellationToken ct) => retention.Apply(clock.GetUtcNow(), ct);

    [Function("rewrap")]
    public Task Rewrap([TimerTrigger(Schedules.Rewrapping)] TimerInfo timer, CancellationToken ct) => rewrapping.Run(ct);

    [Function("removeEndedClocks")]
    public Task EndedClocks([TimerTrigger(Schedules.EndedClocks)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct) =>
        client.PurgeAllInstancesAsync(
            // The task hub asks for a beginning too.
            new PurgeInstancesFilter(DateTimeOffset.UnixEpoch, clock.GetUtcNow() - Fresh, [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Terminated]), ct);
}
