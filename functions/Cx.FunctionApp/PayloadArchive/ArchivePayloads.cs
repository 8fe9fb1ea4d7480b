using Cx.Application.EventStore;
using Cx.FunctionApp.Timers;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp.PayloadArchive;

/// <summary>Where this installation keeps its payloads.</summary>
public sealed record ArchiveRule(ArchivePlace Place);

/// <summary>Brings payloads to their place, and deletes the blobs of those that were erased.</summary>
public sealed class ArchivePayloads(PayloadMover mover, ArchiveRule rule)
{
    [Function("archivePayloads")]
    public Task Run([TimerTrigger(Schedules.Archive)] TimerInfo timer, CancellationToken ct) => mover.Run(rule.Place, ct);
}
