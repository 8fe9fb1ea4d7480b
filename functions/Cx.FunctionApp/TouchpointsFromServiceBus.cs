using Azure.Messaging.ServiceBus;
using Cx.Application.Intake;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp;

/// <summary>
/// Touchpoints from Service Bus, compiled with <c>-p:ServiceBusTrigger=true</c>. A message that can never be processed becomes a dead letter with
/// the reason; after any other failure the queue delivers it again.
/// </summary>
public sealed class TouchpointsFromServiceBus(QueuedTouchpoints touchpoints)
{
    [Function("touchpointsFromServiceBus")]
    public async Task Run(
        [ServiceBusTrigger(Queues.Touchpoints, Connection = Queues.ServiceBusConnection, AutoCompleteMessages = false)]
        ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken ct)
    {
        if (await touchpoints.Take(message.Body.ToMemory(), message.MessageId, message.EnqueuedTime, ct) is QueuedOutcome.Poison poison)
        {
            await actions.DeadLetterMessageAsync(
                message, deadLetterReason: poison.Code, deadLetterErrorDescription: TouchpointsFromStorage.Cut(poison.Reason), cancellationToken: ct);
            return;
        }

        await actions.CompleteMessageAsync(message, ct);
    }
}
