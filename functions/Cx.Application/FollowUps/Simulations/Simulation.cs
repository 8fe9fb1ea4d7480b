using System.Text.Json;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.FollowUps.Simulating;

namespace Cx.Application.FollowUps.Simulations;

/// <summary>How far a simulation is. The names are part of the API, and stored.</summary>
public enum SimulationState { Queued, Running, Done, Failed, Cancelled }

/// <summary>Which drafts are simulated: those of one cadence, or of the contact policy.</summary>
/// <param name="Key">As it is stored.</param>
public readonly record struct SimulationSubject(string Key)
{
    public static SimulationSubject Policy { get; } = new("policy");

    public static SimulationSubject Cadence(string slug) => new($"cadence/{slug}");
}

/// <summary>What is simulated, as it stood when it was asked for: a draft that is saved later changes nothing of it.</summary>
/// <param name="Cadence">The draft of a cadence, with the words of tags hashed; none: the policy's is simulated.</param>
/// <param name="Current">The cadence's latest version; none: none was published.</param>
/// <param name="Policy">The draft of the contact policy; none: the cadence's is simulated.</param>
/// <param name="From">Up to when all is taken as it was recorded; none: from the beginning everything is decided anew.</param>
/// <param name="To">What was recorded later is left out.</param>
/// <param name="Sample">About how many customers; none: all.</param>
public sealed record SimulationInput(CadenceDocument? Cadence, CadenceDocument? Current, SimulatedPolicy? Policy, DateTimeOffset? From, DateTimeOffset To, int? Sample)
{
    /// <summary>That which the draft would be published as.</summary>
    public int Version => Cadence?.Version ?? Policy!.Document.Version;

    /// <summary>That which it is compared with; none: with the shop without the cadence.</summary>
    public int? CurrentVersion => Cadence is null ? Policy!.CurrentVersion : Current?.Version;

    public SimulationPlan Plan(ShopTimeline timeline) => Cadence is { } draft
        ? SimulationPlan.OfCadence(timeline, draft, Current, From, To)
        : SimulationPlan.OfPolicy(timeline, Policy!.Document, Policy.Tags, From, To);
}

/// <summary>A draft of the contact policy.</summary>
/// <param name="Tags">Its tags as they are compared.</param>
/// <param name="CurrentVersion">The version in force; 0: none was published.</param>
public sealed record SimulatedPolicy(ContactPolicy Document, ExcludedTags Tags, int CurrentVersion);

/// <summary>How far a run has come: all that another process needs to go on.</summary>
/// <param name="All">How many customers the shop had when the run began.</param>
/// <param name="Read">How many of them it is done with.</param>
/// <param name="After">The last of them.</param>
/// <param name="Listed">Of how many customers the differences are kept.</param>
/// <param name="Unreadable">How many customers were left out because their log cannot be read or simulated.</param>
public sealed record SimulationCheckpoint(int All, int Read, CustomerId? After, int Listed, int Unreadable, SimulationTally Tally)
{
    public double Progress => All == 0 ? 1 : Math.Min(1, (double)Read / All);
}

/// <summary>What came of a simulation that is done.</summary>
/// <param name="Result">Without its examples, which are kept with their customers.</param>
/// <inheritdoc cref="SimulationCheckpoint"/>
public sealed record SimulationReport(SimulationResult Result, int Listed, int Unreadable);

/// <summary>A simulation as it is stored.</summary>
/// <param name="Failure">Why it failed, for people; holds nothing personal.</param>
public sealed record Simulation(
    ShopId Shop, string Id, SimulationSubject Subject, SimulationState State, DateTimeOffset QueuedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, double Progress,
    SimulationInput Input, SimulationReport? Report, string? Failure);

/// <summary>What is kept of one customer.</summary>
/// <param name="Differences">Empty where the two sides decide alike.</param>
/// <param name="Messages">Messages of the draft's side that are shown as examples.</param>
public sealed record SimulatedCustomer(CustomerId Customer, IReadOnlyList<StepDifference> Differences, IReadOnlyList<SimulatedMessage> Messages);

/// <summary>A simulation that this process runs.</summary>
/// <param name="Attempts">How often a process has begun or gone on with it, this time included.</param>
/// <param name="Checkpoint">Where another process left it; none at its beginning.</param>
public sealed record ClaimedSimulation(ShopId Shop, string Id, int Attempts, SimulationInput Input, SimulationCheckpoint? Checkpoint);

/// <summary>How simulations are written to their rows.</summary>
internal static class SimulationJson
{
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, EventCatalog.Json);

    public static T Read<T>(byte[] json) => JsonSerializer.Deserialize<T>(json, EventCatalog.Json)!;
}
