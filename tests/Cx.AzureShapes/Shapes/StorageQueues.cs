// Microsoft.Azure.Functions.Worker.Extensions.Storage.Queues 5.5 and Azure.Storage.Queues 12.28.
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker
{
    public sealed class QueueTriggerAttribute(string queueName) : TriggerBindingAttribute
    {
        public string QueueName { get; } = queueName;

        public string? Connection { get; set; }
    }

    public sealed class QueueOutputAttribute(string queueName) : OutputBindingAttribute
    {
        public string QueueName { get; } = queueName;

        public string? Connection { get; set; }
    }
}

namespace Azure.Storage.Queues.Models
{
    public class QueueMessage
    {
        internal QueueMessage()
        {
        }

        public string MessageId { get; internal init; } = "";

        public DateTimeOffset? InsertedOn { get; internal init; }

        public BinaryData Body { get; internal init; } = BinaryData.FromString("");
    }

    public static partial class QueuesModelFactory
    {
        public static QueueMessage QueueMessage(
            string messageId, string popReceipt, BinaryData body, long dequeueCount, DateTimeOffset? nextVisibleOn = default, DateTimeOffset? insertedOn = default,
            DateTimeOffset? expiresOn = default) => new() { MessageId = messageId, Body = body, InsertedOn = insertedOn };
    }
}
