using Cx.FunctionApp.Timers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.CatchingUp;

/// <summary>Catches up as soon as word of a commit comes, and every minute in case none did. A failed run comes again with the message or the minute.</summary>
public sealed class CatchUpFunctions(CatchUp catchUp)
{
    [Function("catchUpOnNews")]
    public Task OnNews([QueueTrigger(CommitQueue.Name)] string message, [DurableClient] DurableTaskClient client, CancellationToken ct) => catchUp.Run(client, ct);

    [Function("catchUpOnTime")]
    public Task OnTime([TimerTrigger(Schedules.CatchUp)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct) => catchUp.Run(client, ct);
}
