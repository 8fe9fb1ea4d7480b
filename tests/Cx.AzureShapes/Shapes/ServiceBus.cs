// Microsoft.Azure.Functions.Worker.Extensions.ServiceBus 5.24 and Azure.Messaging.ServiceBus 7.20.
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker
{
    public sealed class ServiceBusTriggerAttribute(string queueName) : TriggerBindingAttribute
    {
        public string? Connection { get; set; }

        public string? QueueName { get; } = queueName;

        public bool AutoCompleteMessages { get; set; }
    }

    public class ServiceBusMessageActions
    {
        protected ServiceBusMessageActions()
        {
        }

        public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public virtual Task DeadLetterMessageAsync(
            ServiceBusReceivedMessage message, Dictionary<string, object>? propertiesToModify = default, string? deadLetterReason = default,
            string? deadLetterErrorDescription = default, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}

namespace Azure.Messaging.ServiceBus
{
    public enum ServiceBusMessageState
    {
        Active = 0,
        Deferred = 1,
        Scheduled = 2,
    }

    public class ServiceBusReceivedMessage
    {
        internal ServiceBusReceivedMessage()
        {
        }

        public BinaryData Body { get; internal init; } = BinaryData.FromString("");

        public string MessageId { get; internal init; } = "";

        public DateTimeOffset EnqueuedTime { get; internal init; }
    }

    public static class ServiceBusModelFactory
    {
        public static ServiceBusReceivedMessage ServiceBusReceivedMessage(
            BinaryData? body = default, string? messageId = default, string? partitionKey = default, string? viaPartitionKey = default, string? sessionId = default,
            string? replyToSessionId = default, TimeSpan timeToLive = default, string? correlationId = default, string? subject = default, string? to = default,
            string? contentType = default, string? replyTo = default, DateTimeOffset scheduledEnqueueTime = default, IDictionary<string, object>? properties = default,
            Guid lockTokenGuid = default, int deliveryCount = default, DateTimeOffset lockedUntil = default, long sequenceNumber = default, string? deadLetterSource = default,
            long enqueuedSequenceNumber = default, DateTimeOffset enqueuedTime = default, ServiceBusMessageState serviceBusMessageState = default) =>
            new() { Body = body ?? BinaryData.FromString(""), MessageId = messageId ?? "", EnqueuedTime = enqueuedTime };
    }
}
