using Azure.Messaging.ServiceBus;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.Intake;

/// <summary>
/// Takes touchpoints from a Service Bus queue by the pipeline of the touchpoint API. A message is completed once it is stored, and dead-lettered with
/// the reason when it can never be; any other failure abandons it, so that the broker delivers it again. While the store cannot be reached messages
/// are kept and retried with growing pauses, because each abandonment would count towards the broker's delivery limit. So are messages of a newer
/// version: when this process has stopped, the one that takes its place receives them.
/// </summary>
/// <remarks>Stopping waits for the messages in hand. What is settled too late comes again and changes nothing: it is recognised by its key.</remarks>
public sealed partial class ServiceBusReceiver(ServiceBusClient client, QueuedTouchpoints touchpoints, TimeProvider clock, ILogger<ServiceBusReceiver> log)
    : IHostedService, IAsyncDisposable
{
    /// <summary>The queue's name.</summary>
    public const string Queue = "touchpoints";

    /// <summary>How much of a reason Service Bus takes, in characters.</summary>
    private const int MaxReasonLength = 4096;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200), LongestPause = TimeSpan.FromSeconds(15);

    private readonly ServiceBusProcessor processor = client.CreateProcessor(
        Queue,
        new ServiceBusProcessorOptions
        {
            AutoCompleteMessages = false,
            MaxConcurrentCalls = 16,
            PrefetchCount = 32,
            MaxAutoLockRenewalDuration = TimeSpan.FromMinutes(5),
        });

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        processor.ProcessMessageAsync += Process;
        processor.ProcessErrorAsync += args =>
        {
            ReceivingFailed(log, args.ErrorSource, args.Exception);
            return Task.CompletedTask;
        };
        await processor.StartProcessingAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => processor.StopProcessingAsync(cancellationToken);

    public ValueTask DisposeAsync() => processor.DisposeAsync();

    // An exception abandons the message: the processor sees to it.
    private async Task Process(ProcessMessageEventArgs args)
    {
        var message = args.Message;
        if (await Take(message, args.CancellationToken) is QueuedOutcome.Poison poison)
        {
            DeadLettered(log, poison.Code);
            var reason = poison.Reason.Length <= MaxReasonLength ? poison.Reason : poison.Reason[..(MaxReasonLength - 1)] + "…";
            await args.DeadLetterMessageAsync(message, poison.Code, reason, CancellationToken.None);
            return;
        }

        await args.CompleteMessageAsync(message, CancellationToken.None);
    }

    /// <summary>The sender's span, as the Service Bus clients carry it.</summary>
    internal static string? TraceParent(ServiceBusReceivedMessage message) => message.ApplicationProperties.GetValueOrDefault("traceparent") as string;

    private async Task<QueuedOutcome> Take(ServiceBusReceivedMessage message, CancellationToken ct)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await touchpoints.Take(message.Body.ToMemory(), message.MessageId, message.EnqueuedTime, ct, TraceParent(message));
            }
            catch (Exception e) when (e is NpgsqlException { IsTransient: true } or NewerVersionException && message.LockedUntil > clock.GetUtcNow())
            {
                Retried(log, pause, e);
                await Task.Delay(pause, clock, ct);
            }
        }
    }

    [LoggerMessage(EventId = 1401, Level = LogLevel.Warning, Message = "A Service Bus message was dead-lettered: {Code}")]
    private static partial void DeadLettered(ILogger logger, string code);

    [LoggerMessage(EventId = 1402, Level = LogLevel.Warning, Message = "A Service Bus message cannot be taken now and is retried in {Pause}")]
    private static partial void Retried(ILogger logger, TimeSpan pause, Exception error);

    [LoggerMessage(EventId = 1403, Level = LogLevel.Warning, Message = "Receiving from Service Bus failed at {Source}; retrying")]
    private static partial void ReceivingFailed(ILogger logger, ServiceBusErrorSource source, Exception error);
}
