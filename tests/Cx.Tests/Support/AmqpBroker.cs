using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Microsoft.Azure.Amqp;
using Microsoft.Azure.Amqp.Encoding;
using Microsoft.Azure.Amqp.Framing;
using Microsoft.Azure.Amqp.Sasl;
using Microsoft.Azure.Amqp.Transport;

namespace Cx.Tests.Support;

/// <summary>
/// One queue of a broker that speaks AMQP 1.0 as Service Bus does, on the loopback interface: enough for the real client to sign in, receive with
/// a lock, and complete, abandon or dead-letter. It keeps what was settled, and can lose locks and go away and come back.
/// </summary>
public sealed class AmqpBroker : IRuntimeProvider, IDisposable
{
    private static readonly AmqpSymbol DeadLetter = "com.microsoft:dead-letter", LockLost = "com.microsoft:message-lock-lost";

    private readonly string queue;
    private readonly Lock gate = new();
    private readonly List<Held> held = [];
    private readonly List<AmqpConnection> connections = [];
    private readonly ConcurrentDictionary<string, SendingAmqpLink> replies = new();
    private readonly ConcurrentDictionary<SendingAmqpLink, int> credits = new();
    private readonly ConcurrentDictionary<Guid, Held> locks = new();
    private readonly Channel<Settled> settled = Channel.CreateUnbounded<Settled>();
    private readonly AmqpSettings settings = new();
    private TransportListener? listener;

    public AmqpBroker(string queue)
    {
        this.queue = queue;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var version = new AmqpVersion(1, 0, 0);
        var sasl = new SaslTransportProvider();
        sasl.Versions.Add(version);
        sasl.AddHandler(new SaslAnonymousHandler("MSSBCBS"));
        settings.TransportProviders.Add(sasl);
        var amqp = new AmqpTransportProvider();
        amqp.Versions.Add(version);
        settings.TransportProviders.Add(amqp);
        settings.RuntimeProvider = this;
        Start();
    }

    public int Port { get; }

    public string ConnectionString => $"Endpoint=sb://127.0.0.1:{Port};SharedAccessKeyName=test;SharedAccessKey=c2VjcmV0;UseDevelopmentEmulator=true";

    /// <summary>What the client said of the messages, in order: completed, abandoned, or dead-lettered with reason and description.</summary>
    public ChannelReader<Settled> Settlements => settled.Reader;

    /// <summary>How many settlements are answered with "the lock is lost", after which the message is delivered again.</summary>
    public int LocksToLose { get; set; }

    /// <summary>How often messages went out.</summary>
    public int Deliveries { get; private set; }

    public void Put(string id, string body)
    {
        lock (gate)
        {
            held.Add(new(id, body));
        }

        Deliver();
    }

    public void Start() => (listener = new AmqpTransportListener([new TcpTransportSettings { Host = "127.0.0.1", Port = Port }.CreateListener()], settings)).Listen(Accept);

    /// <summary>Goes away with all connections; the locks of all messages end.</summary>
    public void Stop()
    {
        listener?.Close();
        foreach (var connection in connections.ToArray())
        {
            connection.SafeClose();
        }

        lock (gate)
        {
            connections.Clear();
            credits.Clear();
            replies.Clear();
            held.ForEach(m => m.IsLocked = false);
        }
    }

    public void Dispose() => Stop();

    AmqpConnection IConnectionFactory.CreateConnection(
        TransportBase transport, ProtocolHeader protocolHeader, bool isInitiator, AmqpSettings amqpSettings, AmqpConnectionSettings connectionSettings) =>
        new(transport, protocolHeader, false, amqpSettings, connectionSettings);

    AmqpSession ISessionFactory.CreateSession(AmqpConnection connection, AmqpSessionSettings settings) => throw new InvalidOperationException();

    AmqpLink ILinkFactory.CreateLink(AmqpSession session, AmqpLinkSettings settings)
    {
        if (settings.IsReceiver())
        {
            settings.MaxMessageSize = 1024 * 1024;
            return new ReceivingAmqpLink(session, settings);
        }

        return new SendingAmqpLink(session, settings);
    }

    IAsyncResult ILinkFactory.BeginOpenLink(AmqpLink link, TimeSpan timeout, AsyncCallback callback, object state)
    {
        if (link is ReceivingAmqpLink requests)
        {
            requests.SetTotalLinkCredit(100, true, true);
            requests.RegisterMessageListener(request => Answer(requests, request));
        }
        else if (link is SendingAmqpLink sending)
        {
            if (((Source)link.Settings.Source).Address.ToString()!.Trim((char)47) == queue)
            {
                sending.Closed += (_, _) => credits.TryRemove(sending, out _);
                sending.RegisterCreditListener((credit, _, _) => Grant(sending, (int)credit));
                sending.RegisterDispositionListener(delivery => Settle(sending, delivery));
            }
            else
            {
                sending.RegisterCreditListener((_, _, _) => { });
                sending.RegisterDispositionListener(delivery => sending.DisposeDelivery(delivery, true, delivery.State));
                replies[((Target)link.Settings.Target).Address.ToString()!] = sending;
            }
        }

        return new Completed(callback, state);
    }

    void ILinkFactory.EndOpenLink(IAsyncResult result) => _ = result;

    // Whoever asks $cbs is let in. A lost lock is also lost to the management node, which the client asks next.
    private void Answer(ReceivingAmqpLink link, AmqpMessage request)
    {
        link.AcceptMessage(request, false);
        var response = AmqpMessage.Create(new AmqpValue { Value = new AmqpMap() });
        response.Properties.CorrelationId = request.Properties.MessageId;
        var isDisposition = request.ApplicationProperties.Map.TryGetValue("operation", out string operation) && operation == "com.microsoft:update-disposition";
        response.ApplicationProperties.Map["status-code"] = response.ApplicationProperties.Map["statusCode"] = isDisposition ? 410 : 202;
        response.ApplicationProperties.Map["errorCondition"] = isDisposition ? LockLost : default;
        if (replies.TryGetValue(request.Properties.ReplyTo.ToString()!, out var reply))
        {
            reply.SendMessageNoWait(response, new ArraySegment<byte>(Guid.NewGuid().ToByteArray()), default);
        }
    }

    private void Accept(TransportListener from, TransportAsyncCallbackArgs args)
    {
        var connection = new AmqpConnection(
            args.Transport, (ProtocolHeader)args.UserToken, false, settings, new AmqpConnectionSettings { ContainerId = "broker", MaxFrameSize = 64 * 1024, IdleTimeOut = 60_000 });
        lock (gate)
        {
            connections.Add(connection);
        }

        connection.BeginOpen(
            TimeSpan.FromSeconds(20),
            opened =>
            {
                try
                {
                    connection.EndOpen(opened);
                }
                catch (Exception e)
                {
                    connection.SafeClose(e);
                }
            },
            null);
    }

    private void Grant(SendingAmqpLink link, int credit)
    {
        credits.AddOrUpdate(link, credit, (_, left) => left + credit);
        Deliver();
    }

    private void Deliver()
    {
        lock (gate)
        {
            foreach (var message in held.Where(m => !m.IsLocked))
            {
                if (credits.FirstOrDefault(c => c.Value > 0) is not { Key: { } link, Value: var left })
                {
                    return;
                }

                credits[link] = left - 1;
                message.IsLocked = true;
                message.Count++;
                Deliveries++;
                link.SendMessageNoWait(Sent(message, out var tag), new ArraySegment<byte>(tag.ToByteArray()), default);
            }
        }
    }

    // The tag of the delivery is the lock token.
    private AmqpMessage Sent(Held message, out Guid tag)
    {
        tag = Guid.NewGuid();
        locks[tag] = message;
        var sent = AmqpMessage.Create(new Data { Value = new ArraySegment<byte>(Encoding.UTF8.GetBytes(message.Body)) });
        sent.Header.DeliveryCount = message.Count - 1;
        sent.Properties.MessageId = message.Id;
        sent.MessageAnnotations.Map["x-opt-enqueued-time"] = DateTime.UtcNow;
        sent.MessageAnnotations.Map["x-opt-locked-until"] = DateTime.UtcNow.AddMinutes(1);
        sent.MessageAnnotations.Map["x-opt-sequence-number"] = 1L;
        return sent;
    }

    private void Settle(SendingAmqpLink link, Delivery delivery)
    {
        var message = locks[new Guid(delivery.DeliveryTag)];
        bool isLost;
        lock (gate)
        {
            isLost = LocksToLose > 0;
            LocksToLose -= isLost ? 1 : 0;
            message.IsLocked = false;
            if (!isLost && delivery.State is Accepted or Rejected)
            {
                held.Remove(message);
            }
        }

        if (isLost)
        {
            link.DisposeDelivery(delivery, true, new Rejected { Error = new Error { Condition = LockLost, Description = "The lock is lost." } });
        }
        else
        {
            settled.Writer.TryWrite(delivery.State switch
            {
                Accepted => new(message.Id, "completed"),
                Rejected { Error: { } error } when error.Condition.Equals(DeadLetter) => new(
                    message.Id, "dead-lettered", error.Info?["DeadLetterReason"]?.ToString(), error.Info?["DeadLetterErrorDescription"]?.ToString()),
                _ => new(message.Id, "abandoned"),
            });
            link.DisposeDelivery(delivery, true, delivery.State);
        }

        Deliver();
    }

    /// <summary>What the client said of one delivery.</summary>
    public sealed record Settled(string Message, string How, string? Reason = null, string? Description = null);

    private sealed record Held(string Id, string Body)
    {
        public bool IsLocked { get; set; }

        public uint Count { get; set; }
    }

    private sealed class Completed : IAsyncResult
    {
        public Completed(AsyncCallback callback, object state)
        {
            AsyncState = state;
            callback(this);
        }

        public object AsyncState { get; }

        public WaitHandle AsyncWaitHandle => throw new NotSupportedException();

        public bool CompletedSynchronously => true;

        public bool IsCompleted => true;
    }
}
