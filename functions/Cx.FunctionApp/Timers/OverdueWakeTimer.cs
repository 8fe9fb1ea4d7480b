using Cx.Application.FollowUps.Scheduling;
using Cx.FunctionApp.FollowUps;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.Timers;

/// <summary>
/// Wakes by the store alone whoever has been due for longer than a clock needs, and starts the clocks that are missing: the loss of the whole task
/// hub costs minutes. It also wakes those who have no clock: customers without a follow-up whose question nobody answered, and everybody whose due
/// instant a change of the shop moved.
/// </summary>
public sealed class OverdueWakeTimer(Waker waker, FollowUpTimers clocks)
{
    /// <summary>What the clocks are given before; their retries take longer only when the wakes themselves fail.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromMinutes(1);

    [Function("wakeStragglers")]
    public async Task Run([TimerTrigger(Schedules.Stragglers)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct)
    {
        // A task hub that fails keeps nobody asleep.
        var failures = new List<Exception>();
        await waker.WakeDue(Grace, async (woken, token) =>
        {
            foreach (var (shop, customer) in woken)
            {
                try
                {
                    await clocks.Notify(client, shop, customer, ended: [], token);
                }
                catch (Exception e) when (!token.IsCancellationRequested)
                {
                    failures.Add(e);
                }
            }
        }, ct);

        if (failures.Count > 0)
        {
            throw new AggregateException($"{failures.Count} customers were woken, but their clocks could not be told.", failures);
        }
    }
}
