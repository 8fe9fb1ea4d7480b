using Cx.Application.FollowUps.Scheduling;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.FollowUps;

/// <summary>
/// Wakes by the store alone whoever has been due for longer than an orchestration needs, and starts the orchestrations that are missing: the loss of the
/// whole task hub costs minutes. It also wakes those who have no orchestration: customers without a follow-up whose question nobody answered, and
/// everybody whose due instant a change of the shop moved. Everybody is woken before anything is asked of the task hub: one that is slow or fails delays
/// no wake, and what it did not take is notified in the minutes that follow.
/// </summary>
public sealed class OverdueWakeTimer(Waker waker, FollowUpTimers timers, NotificationBacklog backlog, TimeProvider clock)
{
    /// <summary>What the orchestrations are given first. With a run a minute, and time to send, nobody waits for two minutes.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a run notifies orchestrations: it ends well before the next is due.</summary>
    public static TimeSpan NotifyTimeout { get; } = TimeSpan.FromSeconds(20);

    [Function("wakeOverdue")]
    public async Task Run([TimerTrigger(Schedules.OverdueWakes)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct)
    {
        await waker.WakeDue(Grace, backlog.Add, ct);
        using var deadline = new CancellationTokenSource(NotifyTimeout, clock);
        await backlog.Notify((customer, token) => timers.Notify(client, customer.Shop, customer.Id, ended: [], token), deadline.Token, ct);
    }
}
