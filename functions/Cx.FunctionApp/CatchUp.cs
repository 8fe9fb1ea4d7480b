using Cx.Application.EventStore.Projections;
using Cx.Application.FollowUps.Outbox;
using Cx.FunctionApp.FollowUps;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp;

/// <summary>
/// Does once what the Standalone host's workers do all the time: brings the views and the follow-ups' timers to the end of the log, and sends what is
/// due.
/// </summary>
public sealed class CatchUp(ViewHost views, FollowUpTimers timers, OutboxSender outbox) : IDisposable
{
    private readonly SemaphoreSlim sending = new(1, 1);

    /// <summary>Returns when all is done that was to do when it began. The parts do not wait for each other.</summary>
    /// <exception cref="AggregateException">Some of it failed; the rest is done.</exception>
    public async Task Run(DurableTaskClient client, CancellationToken ct)
    {
        var all = Task.WhenAll(views.CatchUp(ct), timers.CatchUp(client, ct), Send(ct));
        await all.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (all.Exception is { } failures)
        {
            throw failures;
        }

        await all;
    }

    public void Dispose() => sending.Dispose();

    // One run at a time in a process: the sender settles what all runs have in hand.
    private async Task Send(CancellationToken ct)
    {
        await sending.WaitAsync(ct);
        try
        {
            await outbox.RecoverAttempts(ct);
            await outbox.SendDue(ct);

            // The platform may remove the instance once no function runs on it.
            await outbox.Settle(ct);
        }
        finally
        {
            sending.Release();
        }
    }
}

/// <summary>
/// Catches up as soon as a commit is announced, and every minute in case an announcement was lost. A failed run is repeated with the message or in the
/// next minute.
/// </summary>
public sealed class CatchUpFunctions(CatchUp catchUp)
{
    [Function("catchUpOnCommit")]
    public Task OnCommit([QueueTrigger(Queues.Commits)] string message, [DurableClient] DurableTaskClient client, CancellationToken ct) =>
        catchUp.Run(client, ct);

    [Function("catchUpEveryMinute")]
    public Task EveryMinute([TimerTrigger(Schedules.CatchUp)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct) =>
        catchUp.Run(client, ct);
}
