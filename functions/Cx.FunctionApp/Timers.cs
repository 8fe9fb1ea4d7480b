using Cx.Application.EventStore;
using Cx.Application.FollowUps.Simulations;
using Cx.Application.Offers;
using Cx.Application.Privacy;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp;

/// <summary>When the timers run: second, minute, hour, day, month, day of the week; UTC. Each has a second of its own, so that they do not start together.</summary>
internal static class Schedules
{
    /// <summary>Every minute: catches up where the announcement of a commit was lost.</summary>
    public const string CatchUp = "0 * * * * *";

    /// <summary>Every minute: wakes whoever should have been woken already.</summary>
    public const string OverdueWakes = "30 * * * * *";

    /// <summary>Every hour: removes what has been kept long enough.</summary>
    public const string Retention = "15 7 * * * *";

    /// <summary>Every hour: erases customers without contact for as long as their shop keeps anybody.</summary>
    public const string Inactive = "10 22 * * * *";

    /// <summary>Every hour: measures after how long customers buy again.</summary>
    public const string SecondOrders = "40 52 * * * *";

    /// <summary>Every minute: runs simulations that wait, or goes on with one.</summary>
    public const string Simulations = "5 * * * * *";

    /// <summary>Every minute: an erased payload cannot be read from its erasure on, and its blob is deleted within about a minute.</summary>
    public const string Archive = "45 * * * * *";

    /// <summary>Every hour: rewraps what an older key wraps.</summary>
    public const string Rewrapping = "20 37 * * * *";

    /// <summary>Every night: purges the histories of orchestrations that have ended.</summary>
    public const string EndedTimers = "50 23 3 * * *";
}

/// <summary>Where this installation keeps its payloads.</summary>
public sealed record ArchiveRule(ArchivePlace Place);

/// <summary>
/// Moves payloads to their place and deletes the blobs of erased ones; removes payloads that concern nobody and the histories of ended orchestrations;
/// rewraps after a rotation what an older key wraps.
/// </summary>
public sealed class UpkeepTimers(PayloadMover mover, ArchiveRule rule, Retention retention, Rewrapping rewrapping, TimeProvider clock)
{
    // An operator may still want to look at what ended within a day.
    private static readonly TimeSpan KeepEnded = TimeSpan.FromDays(1);

    [Function("archivePayloads")]
    public Task ArchivePayloads([TimerTrigger(Schedules.Archive)] TimerInfo timer, CancellationToken ct) => mover.Run(rule.Place, ct);

    [Function("removeExpired")]
    public Task RemoveExpired([TimerTrigger(Schedules.Retention)] TimerInfo timer, CancellationToken ct) => retention.Apply(clock.GetUtcNow(), ct);

    [Function("rewrap")]
    public Task Rewrap([TimerTrigger(Schedules.Rewrapping)] TimerInfo timer, CancellationToken ct) => rewrapping.Run(ct);

    [Function("purgeEndedTimers")]
    public Task PurgeEndedTimers([TimerTrigger(Schedules.EndedTimers)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct) =>
        client.PurgeAllInstancesAsync(
            // Azure Storage refuses a filter without a beginning.
            new PurgeInstancesFilter(
                DateTimeOffset.UnixEpoch, clock.GetUtcNow() - KeepEnded, [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Terminated]),
            ct);
}

/// <summary>Erases customers without contact for as long as their shop keeps anybody.</summary>
public sealed class InactivityTimer(InactiveCustomers inactive, TimeProvider clock)
{
    [Function("eraseInactive")]
    public Task EraseInactive([TimerTrigger(Schedules.Inactive)] TimerInfo timer, CancellationToken ct) => inactive.Erase(clock.GetUtcNow(), ct);
}

/// <summary>
/// Runs the simulations that wait, one at a time. What takes longer than one call goes on in the next one, from where it was saved last.
/// </summary>
public sealed class SimulationTimer(SimulationRunner runner, TimeProvider clock)
{
    /// <summary>It ends well within functionTimeout, which would end the whole worker.</summary>
    public static TimeSpan MaxDuration { get; } = TimeSpan.FromMinutes(5);

    [Function("runSimulations")]
    public async Task Run([TimerTrigger(Schedules.Simulations)] TimerInfo timer, CancellationToken ct)
    {
        using var end = new CancellationTokenSource(MaxDuration, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, ct);
        while (!either.IsCancellationRequested && await runner.RunNext(either.Token))
        {
        }
    }
}

/// <summary>Measures, for shops that ask for the silence of their customers, after how long these buy again.</summary>
public sealed class SilenceTimer(SecondOrderGaps gaps)
{
    [Function("measureSecondOrders")]
    public Task MeasureSecondOrders([TimerTrigger(Schedules.SecondOrders)] TimerInfo timer, CancellationToken ct) => gaps.Measure(ct);
}
