using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Azure.Storage.Queues.Models;
using Cx.Application.Intake;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp;

/// <summary>
/// Touchpoints from the storage queue. A message that can never be taken goes to the poison queue with the reason; any other failure is left to the
/// queue, which delivers again and at last moves the message to the poison queue as it is.
/// </summary>
public sealed partial class TouchpointsFromStorage(QueuedTouchpoints touchpoints, TimeProvider clock, ILogger<TouchpointsFromStorage> log)
{
    /// <summary>How much of a reason is kept, in characters: as much as Service Bus takes.</summary>
    internal const int LongestReason = 4096;

    /// <summary>The largest message of a storage queue, in bytes.</summary>
    internal const int LargestMessage = 64 * 1024;

    // What was sent stays readable where people look at it.
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>What goes to the poison queue; null when the message was taken.</returns>
    /// <exception cref="InvalidOperationException">Message and reason are too large for one message: after its last delivery the Functions host moves it as it is.</exception>
    [Function("touchpointsFromStorage")]
    [QueueOutput(Queues.PoisonTouchpoints)]
    public async Task<string?> Run([QueueTrigger(Queues.Touchpoints)] QueueMessage message, CancellationToken ct)
    {
        if (await touchpoints.Take(message.Body.ToMemory(), message.MessageId, message.InsertedOn ?? clock.GetUtcNow(), ct) is not QueuedOutcome.Poison poison)
        {
            return null;
        }

        DeadLettered(log, Queues.PoisonTouchpoints, poison.Code, Cut(poison.Reason));
        var deadLetter = JsonSerializer.Serialize(new DeadLetter(poison.Code, Cut(poison.Reason), message.Body.ToString()), Readable);
        return Encoding.UTF8.GetByteCount(deadLetter) <= LargestMessage ? deadLetter : throw new InvalidOperationException($"Message and reason exceed 64 KiB together: {poison.Code}.");
    }

    internal static string Cut(string reason) => reason.Length <= LongestReason ? reason : reason[..(LongestReason - 1)] + "…";

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message was moved to {Queue}: {Code}, {Reason}")]
    private static partial void DeadLettered(ILogger logger, string queue, string code, string reason);

    /// <summary>A message that could not be taken.</summary>
    /// <param name="Message">As it was sent.</param>
    internal sealed record DeadLetter(string Code, string Reason, string Message);
}
