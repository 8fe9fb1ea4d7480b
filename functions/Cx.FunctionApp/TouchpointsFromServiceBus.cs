using Azure.Messaging.ServiceBus;
using Cx.Application.Intake;
using Cx.Domain;
using Microsoft.Azure.Functions.Worker;
using Receiver = Cx.Application.Intake.ServiceBusReceiver;

namespace Cx.FunctionApp;

/// <summary>
/// Touchpoints from Service Bus, compiled with <c>-p:ServiceBusTrigger=true</c>. A message that can never be processed becomes a dead letter with
/// the reason; after any other failure the queue delivers it again.
/// </summary>
public sealed class TouchpointsFromServiceBus(QueuedTouchpoints touchpoints, TimeProvider clock)
{
    // Each delivery counts, and only ten are made (infra-bicep): a deployment is rolled out meanwhile.
    private static readonly TimeSpan LeftToNewer = TimeSpan.FromMinutes(4);

    [Function("touchpointsFromServiceBus")]
    public async Task Run(
        [ServiceBusTrigger(Queues.Touchpoints, Connection = Queues.ServiceBusConnection, AutoCompleteMessages = false)]
        ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken ct)
    {
        QueuedOutcome outcome;
        try
        {
            outcome = await touchpoints.Take(message.Body.ToMemory(), message.MessageId, message.EnqueuedTime, ct, Receiver.TraceParent(message));
        }
        catch (NewerVersionException)
        {
            await Task.Delay(LeftToNewer, clock, ct);
            throw;
        }

        if (outcome is QueuedOutcome.Poison poison)
        {
            await actions.DeadLetterMessageAsync(
                message, deadLetterReason: poison.Code, deadLetterErrorDescription: TouchpointsFromStorage.Cut(poison.Reason), cancellationToken: ct);
            return;
        }

        await actions.CompleteMessageAsync(message, ct);
    }
}
