// The few members of a storage queue's client that the Azure host uses, as Azure.Storage.Queues 12 declares them.
namespace Azure.Storage.Queues.Models
{
    public class SendReceipt
    {
        internal SendReceipt()
        {
        }
    }
}

namespace Azure.Storage.Queues
{
    using Azure.Core;
    using Azure.Storage.Queues.Models;

    public class QueueClientOptions;

    public class QueueClient
    {
        protected QueueClient()
        {
        }

        public QueueClient(string connectionString, string queueName) => _ = (connectionString, queueName);

        public QueueClient(Uri queueUri, TokenCredential credential, QueueClientOptions? options = default) => _ = (queueUri, credential, options);

        public virtual Task<Response> CreateIfNotExistsAsync(IDictionary<string, string>? metadata = default, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public virtual Task<Response<SendReceipt>> SendMessageAsync(
            string messageText, TimeSpan? visibilityTimeout = default, TimeSpan? timeToLive = default, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
