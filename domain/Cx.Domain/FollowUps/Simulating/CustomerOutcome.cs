using System.Text.Json.Serialization;

namespace Cx.Domain.FollowUps.Simulating;

/// <summary>What became of a step. The names are part of the API, and stored.</summary>
public enum SimulatedOutcome
{
    /// <summary>Its message was handed over.</summary>
    Sent,

    /// <summary>It waits, for another reason than a cap or a spacing.</summary>
    Held,

    /// <summary>It waits because the customer got so many messages, or one so lately.</summary>
    Capped,

    Skipped,

    /// <summary>A wait-for or a branch was decided.</summary>
    Passed,

    /// <summary>Its message certainly did not arrive.</summary>
    Failed,
}

/// <summary>One decision about a step.</summary>
/// <param name="Reason">Why it waits, or will not happen.</param>
/// <param name="Due">When the step was due, by the facts known then.</param>
/// <param name="Path">How a wait-for or a branch was passed.</param>
public sealed record SimulatedDecision(
    DateTimeOffset At, FollowUpId FollowUp, string Cadence, int Version, string Step, SimulatedOutcome Outcome, Reason? Reason, DateTimeOffset? Due, StepOutcome? Path = null)
{
    /// <summary>Whether it is a message to the customer, and not to the shop.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsToCustomer { get; init; }
}

/// <summary>A message that was sent, with all that it is written from besides the customer.</summary>
public sealed record SimulatedMessage(CustomerId Customer, DateTimeOffset SentAt, FollowUpStarted Started, MessageQueued Queued);

/// <summary>What happened to one customer on one side.</summary>
/// <param name="Decisions">In their order.</param>
/// <param name="Messages">Of the cadence of which examples are kept.</param>
public sealed record SideOutcome(IReadOnlyList<SimulatedDecision> Decisions, IReadOnlyList<SimulatedMessage> Messages);

/// <summary>A step that the two sides decide differently.</summary>
/// <param name="Order">Which it is about; none: about none.</param>
/// <param name="Current">Its last decision on the one side; none: nothing was decided.</param>
/// <param name="Draft">Its last decision on the other.</param>
public sealed record StepDifference(FollowUpId FollowUp, string Cadence, string Step, OrderId? Order, FollowUpSubject? Subject, SimulatedDecision? Current, SimulatedDecision? Draft);

/// <summary>What happened to one customer on both sides.</summary>
/// <param name="Events">How many events were replayed.</param>
/// <param name="Differences">In the order of their instants.</param>
public sealed record CustomerOutcome(CustomerId Customer, int Events, SideOutcome Current, SideOutcome Draft, IReadOnlyList<StepDifference> Differences);
