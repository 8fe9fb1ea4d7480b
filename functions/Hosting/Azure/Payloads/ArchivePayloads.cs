using Cx.Functions.Store;
using Microsoft.Azure.Functions.Worker;

namespace Cx.Functions.Hosting.Azure.Payloads;

/// <summary>Where this installation keeps its payloads.</summary>
public sealed record ArchiveRule(ArchivePlace Place);

/// <summary>Brings payloads to their place, and deletes the blobs of those that were erased.</summary>
public sealed class ArchivePayloads(PayloadMover mover, ArchiveRule rule)
{
    /// <summary>Every minute: an erased payload cannot be read from its erasure on, and the blob that is left of it is gone within about a minute.</summary>
    public const string Schedule = "45 * * * * *";

    [Function("archivePayloads")]
    public Task Run([TimerTrigger(Schedule)] TimerInfo timer, CancellationToken ct) => mover.Run(rule.Place, ct);
}
