using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Azure.Storage.Queues.Models;
using Cx.Application;
using Cx.Application.Intake;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp;

/// <summary>The queues, by name. The infrastructure makes the one of Service Bus under the same name; the app makes those of the storage account.</summary>
public static class Queues
{
    /// <summary>Touchpoints from other systems: a queue of Service Bus, and one of the storage account.</summary>
    public const string Touchpoints = "touchpoints";

    /// <summary>Messages of the storage queue that cannot be processed: the Functions host moves those here that fail too often.</summary>
    public const string PoisonTouchpoints = Touchpoints + "-poison";

    /// <summary>Announcements of commits, from any instance to whichever catches up.</summary>
    public const string Commits = "commits";

    /// <summary>Those of the storage account.</summary>
    public static IReadOnlyList<string> OfStorage { get; } = [Touchpoints, PoisonTouchpoints, Commits];

    /// <summary>The connection to Service Bus, and the prefix of its settings.</summary>
    public const string ServiceBusConnection = "ServiceBus";
}

/// <summary>
/// Touchpoints from the storage queue. A message that can never be processed goes to the poison queue with the reason; after any other failure, and
/// while it is of a newer version, the queue delivers it again; after two hours (host.json) the Functions host moves it to the poison queue as it is.
/// </summary>
public sealed partial class TouchpointsFromStorage(QueuedTouchpoints touchpoints, TimeProvider clock, ILogger<TouchpointsFromStorage> log)
{
    /// <summary>Longer reasons are cut, in characters: Service Bus takes no longer ones.</summary>
    internal const int MaxReasonLength = 4096;

    /// <summary>The largest message of a storage queue, in bytes.</summary>
    internal const int MaxMessageSize = 64 * 1024;

    // The message stays readable in the queue's viewers. The Functions host indents what is JSON: the size that counts is that of the indented form.
    private static readonly JsonSerializerOptions Readable =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    /// <returns>What goes to the poison queue; null when the message was processed.</returns>
    /// <exception cref="Cx.Domain.NewerVersionException">A newer version has to take the message.</exception>
    /// <exception cref="InvalidOperationException">Message and reason are too large for one message: after its last delivery the Functions host moves it as it is.</exception>
    [Function("touchpointsFromStorage")]
    [QueueOutput(Queues.PoisonTouchpoints)]
    public async Task<string?> Run([QueueTrigger(Queues.Touchpoints)] QueueMessage message, CancellationToken ct)
    {
        var outcome = await touchpoints.Take(Decoded(message.Body), message.MessageId, message.InsertedOn ?? clock.GetUtcNow(), ct);
        if (outcome is not QueuedOutcome.Poison poison)
        {
            return null;
        }

        DeadLettered(log, Queues.PoisonTouchpoints, poison.Code, Cut(poison.Reason));
        var deadLetter = JsonSerializer.Serialize(new DeadLetter(poison.Code, Cut(poison.Reason), message.Body.ToString()), Readable);
        return Encoding.UTF8.GetByteCount(deadLetter) <= MaxMessageSize
            ? deadLetter
            : throw new InvalidOperationException($"Message and reason exceed 64 KiB together: {poison.Code}.");
    }

    // Some clients always encode in base64. That is not JSON, so what was meant is certain; the Functions host decodes all messages or none.
    private static ReadOnlyMemory<byte> Decoded(BinaryData body) =>
        Base64.IsValid(body, out var length) && length > 0 ? Convert.FromBase64String(body.ToString()) : body.ToMemory();

    internal static string Cut(string reason) => reason.Length <= MaxReasonLength ? reason : reason[..(MaxReasonLength - 1)] + "…";

    [LoggerMessage(
        EventId = LogEvents.TouchpointDeadLettered, EventName = nameof(LogEvents.TouchpointDeadLettered), Level = LogLevel.Warning,
        Message = "A message was moved to {Queue}: {Code}, {Reason}")]
    private static partial void DeadLettered(ILogger logger, string queue, string code, string reason);

    /// <summary>A message that cannot be processed.</summary>
    /// <param name="Message">As it was sent.</param>
    internal sealed record DeadLetter(string Code, string Reason, string Message);
}
