using Cx.Application.EventStore.Projections;
using Cx.Application.FollowUps.Outbox;
using Cx.FunctionApp.FollowUps;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.CatchingUp;

/// <summary>
/// Does once what elsewhere workers do all the time: brings the views and the follow-ups' clocks to the end of the log, and sends what is due.
/// </summary>
public sealed class CatchUp(ViewHost views, FollowUpTimers clocks, OutboxSender outbox) : IDisposable
{
    private readonly SemaphoreSlim sending = new(1, 1);

    /// <summary>Returns when all is done that was to do when it began. The parts do not wait for each other.</summary>
    /// <exception cref="AggregateException">Some of it failed; the rest is done.</exception>
    public async Task Run(DurableTaskClient client, CancellationToken ct)
    {
        var all = Task.WhenAll(views.CatchUp(ct), clocks.CatchUp(client, ct), Send(ct));
        await all.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (all.Exception is { } failures)
        {
            throw failures;
        }

        await all;
    }

    public void Dispose() => sending.Dispose();

    // One after the other in a process, as the sender's own worker does it.
    private async Task Send(CancellationToken ct)
    {
        await sending.WaitAsync(ct);
        try
        {
            await outbox.RecoverAttempts(ct);
            await outbox.SendDue(ct);

            // While the function runs, its instance is not taken away.
            await outbox.Settle(ct);
        }
        finally
        {
            sending.Release();
        }
    }
}
