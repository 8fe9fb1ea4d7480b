using Cx.Domain.Customers;

namespace Cx.Domain.FollowUps.Simulating;

/// <summary>A decision that the log has and the simulation has not, or the reverse.</summary>
/// <param name="IsRecorded">Whether the log has it.</param>
public sealed record LogMismatch(ICustomerEvent Event, bool IsRecorded);

/// <summary>Whether a simulation of what ran is the log: the same steps, outcomes, reasons and due instants, at the same instants.</summary>
/// <param name="Decisions">How many decisions of ours the log has.</param>
/// <param name="Mismatches">In the order of their instants.</param>
public sealed record LogCheck(int Decisions, IReadOnlyList<LogMismatch> Mismatches)
{
    /// <summary>Of linked customers what was decided since they last were linked or parted: before, each was one of its own.</summary>
    /// <param name="timeline">As it was, without a draft.</param>
    /// <exception cref="ArgumentException">The customer was erased.</exception>
    public static LogCheck Of(ShopTimeline timeline, CustomerHistory history, DateTimeOffset to)
    {
        if (history.IsErased)
            throw new ArgumentException($"Customer {history.Customer} was erased.", nameof(history));

        var from = history.Events.LastOrDefault(e => e.Event is CustomersLinked or CustomersUnlinked)?.RecordedAt.AddTicks(1);
        var simulated = new List<ICustomerEvent>();
        Simulator.Run(new(history), timeline, from, to, wakesAsRecorded: true, (_, e) => simulated.Add(e));
        var recorded = history.Events.Where(e => e.RecordedAt <= to && !(e.RecordedAt < from)).Select(e => e.Event).ToList();
        var unmatched = new Dictionary<string, Queue<ICustomerEvent>>(StringComparer.Ordinal);
        foreach (var e in recorded.Where(IsDecision))
        {
            if (!unmatched.TryGetValue(Written(e), out var same))
                unmatched[Written(e)] = same = [];
            same.Enqueue(e);
        }

        var mismatches = simulated.Where(IsDecision).Where(e => !(unmatched.TryGetValue(Written(e), out var same) && same.TryDequeue(out _))).Select(e => new LogMismatch(e, IsRecorded: false)).ToList();
        mismatches.AddRange(unmatched.Values.SelectMany(same => same).Select(e => new LogMismatch(e, IsRecorded: true)));
        return new(recorded.Count(IsDecision), [.. mismatches.OrderBy(m => m.Event.OccurredAt)]);
    }

    // What a person or a receiver did is no decision of ours.
    private static bool IsDecision(ICustomerEvent e) => e is IFollowUpEvent and not (IStepControlEvent or MessageSettled or MessageAccepted or MessageDeferred or MessageFailed or MessageInDoubt);

    // All but the sentences of the checks, and what is looked up outside.
    private static string Written(ICustomerEvent e) => e switch
    {
        FollowUpStarted x => $"started {x.FollowUp} {x.Cadence} {x.Version} {x.Trigger} {x.Order} {x.Subject} {x.Control} {x.TriggeredAt:O} {x.OccurredAt:O}",
        FollowUpEnded x => $"ended {x.FollowUp} {x.Reason} {x.On} {x.OccurredAt:O}",
        StepHeld x => $"held {x.FollowUp} {x.Step} {x.Reason} {x.Due:O} {x.Until:O} {x.HeldFor} {x.OccurredAt:O}",
        StepSkipped x => $"skipped {x.FollowUp} {x.Step} {x.Reason} {x.Due:O} {x.OccurredAt:O}",
        StepPassed x => $"passed {x.FollowUp} {x.Step} {x.Outcome} {x.Due:O} {x.PassedAt:O} {x.OccurredAt:O}",
        MessageQueued x => $"queued {x.FollowUp} {x.Step} {x.Message} {x.Channel} {x.Template} {x.Language} {x.Variant} {x.Order} {string.Join(',', x.Together ?? [])} {string.Join(',', x.Items ?? [])} {x.Due:O} {x.OccurredAt:O}",
        MessageAttempted x => $"attempted {x.Message} {x.Attempt} {x.OccurredAt:O}",
        MessageWithdrawn x => $"withdrawn {x.Message} {x.Reason} {x.Final} {x.Until:O} {x.HeldFor} {x.OccurredAt:O}",
        _ => $"{EventCatalog.NameOf(e)} {((IFollowUpEvent)e).FollowUp} {e}",
    };
}
