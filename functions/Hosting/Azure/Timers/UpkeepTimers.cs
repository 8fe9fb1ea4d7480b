using Cx.Functions.Intake;
using Cx.Functions.Store;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Cx.Functions.Hosting.Azure.Timers;

/// <summary>
/// Removes what has been kept long enough: payloads that concern nobody, and the histories of clocks that have rung for the last time. After a
/// rotation it rewraps what an older key wraps.
/// </summary>
public sealed class UpkeepTimers(Retention retention, Rewrapping rewrapping, TimeProvider clock)
{
    // So long a person can still look up how it ended.
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    [Function("removeExpired")]
    public Task Expired([TimerTrigger(Schedules.Retention)] TimerInfo timer, CancellationToken ct) => retention.Apply(clock.GetUtcNow(), ct);

    [Function("rewrap")]
    public Task Rewrap([TimerTrigger(Schedules.Rewrapping)] TimerInfo timer, CancellationToken ct) => rewrapping.Run(ct);

    [Function("removeEndedClocks")]
    public Task EndedClocks([TimerTrigger(Schedules.EndedClocks)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct) =>
        client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(CreatedTo: clock.GetUtcNow() - KeptFor, Statuses: [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Terminated]), ct);
}
