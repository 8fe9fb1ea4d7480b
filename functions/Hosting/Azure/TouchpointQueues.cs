using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Queues.Models;
using Cx.Functions.Intake;
using Microsoft.Azure.Functions.Worker;

namespace Cx.Functions.Hosting.Azure;

/// <summary>
/// Touchpoints from queues. What can never be taken is put aside with the reason; any other failure is left to the queue, which delivers again and at
/// last puts aside too. Installations without Service Bus switch its function off: <c>AzureWebJobs.touchpointsFromServiceBus.Disabled</c>.
/// </summary>
public sealed partial class TouchpointQueues(QueuedTouchpoints touchpoints, TimeProvider clock, ILogger<TouchpointQueues> log)
{
    /// <summary>As much as Service Bus takes of a reason, in characters; the storage queue gets no more.</summary>
    internal const int LongestReason = 4096;

    /// <summary>The largest message of a storage queue, in bytes.</summary>
    internal const int LargestMessage = 64 * 1024;

    // What was sent stays readable where people look at it.
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Function("touchpointsFromServiceBus")]
    public async Task FromServiceBus(
        [ServiceBusTrigger(Queues.Touchpoints, Connection = Queues.ServiceBusConnection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken ct)
    {
        if (await touchpoints.Take(message.Body.ToMemory(), message.MessageId, message.EnqueuedTime, ct) is QueuedOutcome.Poison poison)
        {
            PutAside(log, "the dead letters of " + Queues.Touchpoints, poison.Code, Cut(poison.Reason));
            await actions.DeadLetterMessageAsync(message, deadLetterReason: poison.Code, deadLetterErrorDescription: Cut(poison.Reason), cancellationToken: ct);
            return;
        }

        await actions.CompleteMessageAsync(message, ct);
    }

    /// <returns>What goes to the poison queue; null when there is nothing to put aside.</returns>
    /// <exception cref="InvalidOperationException">Message and reason are too large for one message: after its last delivery the Functions host moves it as it is.</exception>
    [Function("touchpointsFromStorage")]
    [QueueOutput(Queues.PoisonTouchpoints)]
    public async Task<string?> FromStorage([QueueTrigger(Queues.Touchpoints)] QueueMessage message, CancellationToken ct)
    {
        if (await touchpoints.Take(message.Body.ToMemory(), message.MessageId, message.InsertedOn ?? clock.GetUtcNow(), ct) is not QueuedOutcome.Poison poison)
        {
            return null;
        }

        PutAside(log, Queues.PoisonTouchpoints, poison.Code, Cut(poison.Reason));
        var aside = JsonSerializer.Serialize(new Aside(poison.Code, Cut(poison.Reason), message.Body.ToString()), Readable);
        return Encoding.UTF8.GetByteCount(aside) <= LargestMessage ? aside : throw new InvalidOperationException($"The message cannot be put aside with its reason: {poison.Code}.");
    }

    private static string Cut(string reason) => reason.Length <= LongestReason ? reason : reason[..(LongestReason - 1)] + "…";

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message was put aside into {Queue}: {Code}, {Reason}")]
    private static partial void PutAside(ILogger logger, string queue, string code, string reason);

    /// <summary>A message that could not be taken.</summary>
    /// <param name="Message">As it was sent.</param>
    internal sealed record Aside(string Code, string Reason, string Message);
}
