using Cx.Application.FollowUps.Scheduling;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.FollowUps;

/// <summary>
/// Wakes by the store alone whoever has been due for longer than an orchestration needs, and starts the orchestrations that are missing: the loss of the
/// whole task hub costs minutes. It also wakes those who have no orchestration: customers without a follow-up whose question nobody answered, and
/// everybody whose due instant a change of the shop moved.
/// </summary>
public sealed class OverdueWakeTimer(Waker waker, FollowUpTimers timers)
{
    /// <summary>What the orchestrations are given first; their retries take longer only when the wakes themselves fail.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromMinutes(1);

    [Function("wakeOverdue")]
    public async Task Run([TimerTrigger(Schedules.OverdueWakes)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct)
    {
        // A task hub that fails delays no wake.
        var failures = new List<Exception>();
        await waker.WakeDue(Grace, async (woken, token) =>
        {
            foreach (var (shop, customer) in woken)
            {
                try
                {
                    await timers.Notify(client, shop, customer, ended: [], token);
                }
                catch (Exception e) when (!token.IsCancellationRequested)
                {
                    failures.Add(e);
                }
            }
        }, ct);

        if (failures.Count > 0)
        {
            throw new AggregateException($"{failures.Count} customers were woken, but their orchestrations could not be notified.", failures);
        }
    }
}
