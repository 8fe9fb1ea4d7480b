using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.FollowUps.Outbox;
using Cx.FunctionApp.FollowUps;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp;

/// <summary>
/// Does once what the Standalone host's workers do all the time: has the daemon bring the views and the follow-ups' timers to the end of the log, and
/// sends what is due. A part that another call is at is left to it: it looks for more before it ends. So calls do not queue up behind a slow part, and
/// one call an instance waits for the daemon, which the platform could otherwise suspend with the instance.
/// </summary>
public sealed class CatchUp(LogDaemon daemon, TaskHubClient hub, OutboxSender outbox, ICommitQueue queue, TimeProvider clock)
{
    private readonly CoalescedRun following = new();
    private readonly CoalescedRun sending = new();
    private readonly CoalescedRun settling = new();

    /// <summary>How long a call takes on more work: it ends well within functionTimeout, which would end the whole worker.</summary>
    public static TimeSpan MaxDuration { get; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Returns when all is done that was to do when it began, or is being done by another call. The parts do not wait for each other. What is left after
    /// <see cref="MaxDuration"/>, or is up to an instance that does not go on, is announced again.
    /// </summary>
    /// <exception cref="AggregateException">Some of it failed; the rest is done.</exception>
    public async Task Run(DurableTaskClient client, CancellationToken ct)
    {
        hub.Use(client);
        using var end = new CancellationTokenSource(MaxDuration, clock);
        var isDone = true;
        var all = Task.WhenAll(following.Run(Follow, end.Token), Send(end.Token, ct));
        await all.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (all.Exception is { } failures)
        {
            throw failures.Flatten();
        }

        await all;
        if (!isDone || end.IsCancellationRequested)
        {
            await queue.Announce(ct);
        }

        async Task Follow() => isDone = await daemon.CatchUp(end.Token, ct);
    }

    // The platform may remove the instance once no function runs on it: some call waits for the messages in hand. It holds up no sending.
    private async Task Send(CancellationToken stopping, CancellationToken ct)
    {
        await sending.Run(() => SendDue(stopping, ct), stopping);
        await settling.Run(() => outbox.Settle(ct), stopping);
    }

    private async Task SendDue(CancellationToken stopping, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, ct);
        try
        {
            await outbox.RecoverAttempts(either.Token);
            await outbox.SendDue(either.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !ct.IsCancellationRequested)
        {
        }
    }
}

/// <summary>
/// Catches up as soon as a commit is announced, and every minute in case an announcement was lost. A failed run is repeated with the message or in the
/// next minute. An announcement means the same whatever it says: one of a newer version, too, and where the log holds events of a newer version the run
/// fails, so that another instance gets the message.
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
