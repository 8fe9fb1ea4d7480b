using System.Text.Json;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Simulating;

namespace Cx.Application.FollowUps.Simulations;

/// <summary>What is to be simulated; all of it may be left out.</summary>
/// <param name="Draft">true, as when it is left out: the draft against the version in force. Nothing else can be simulated.</param>
/// <param name="Document">A document to simulate in place of the saved draft; it is checked like one, and not saved.</param>
/// <param name="From">Up to when all is taken as it was recorded; left out: everything is decided anew from the beginning.</param>
/// <param name="To">What was recorded later is left out; left out: now.</param>
/// <param name="Sample">About how many customers, always the same ones; left out: all.</param>
public sealed record SimulationRequest(bool? Draft = null, JsonElement? Document = null, DateTimeOffset? From = null, DateTimeOffset? To = null, int? Sample = null);

/// <summary>A simulation that was asked for.</summary>
public sealed record SimulationAcceptedResponse(string Id);

/// <summary>A simulation in a list.</summary>
/// <param name="Progress">From 0 to 1.</param>
/// <param name="Version">That which the draft would be published as.</param>
/// <param name="CurrentVersion">The version that it is compared with; none: with the shop without it. 0 of a policy: with what the settings say.</param>
public sealed record SimulationSummaryResponse(
    string Id, SimulationState State, double Progress, DateTimeOffset QueuedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, int Version, int? CurrentVersion, DateTimeOffset? From,
    DateTimeOffset To, int? Sample)
{
    internal static SimulationSummaryResponse Of(Simulation s) => new(
        s.Id, s.State, s.Progress, s.QueuedAt, s.StartedAt, s.EndedAt, s.Input.Version, s.Input.CurrentVersion, s.Input.From, s.Input.To, s.Input.Sample);
}

/// <summary>How far a simulation is, and what came of it.</summary>
/// <param name="Failure">Why it failed.</param>
/// <param name="Result">Once it is done.</param>
/// <inheritdoc cref="SimulationSummaryResponse"/>
public sealed record SimulationResponse(
    string Id, SimulationState State, double Progress, DateTimeOffset QueuedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, int Version, int? CurrentVersion, DateTimeOffset? From,
    DateTimeOffset To, int? Sample, string? Failure, SimulationResultResponse? Result)
{
    internal static SimulationResponse Of(Simulation s, IReadOnlyList<SampleMessageResponse> messages) => new(
        s.Id, s.State, s.Progress, s.QueuedAt, s.StartedAt, s.EndedAt, s.Input.Version, s.Input.CurrentVersion, s.Input.From, s.Input.To, s.Input.Sample, s.Failure,
        s.Report is { Result: { } r } report
            ? new(r.Customers, r.Events, r.Differing, report.Listed, report.Unreadable, r.Steps, r.Weeks, new(r.CurrentPressure, r.DraftPressure), messages)
            : null);
}

/// <summary>What a simulation shows: the version in force beside the draft.</summary>
/// <param name="Customers">How many customers were simulated.</param>
/// <param name="Events">How many of their events were replayed.</param>
/// <param name="Differing">How many of them the two sides treat differently.</param>
/// <param name="Listed">How many of these <c>differences</c> lists; those who were erased since are gone.</param>
/// <param name="Unreadable">How many were left out because their log cannot be read.</param>
/// <param name="Messages">A few of the draft's messages, as they would be written now; nothing is sent.</param>
public sealed record SimulationResultResponse(
    int Customers, long Events, int Differing, int Listed, int Unreadable, IReadOnlyList<StepComparison> Steps, IReadOnlyList<WeekComparison> Weeks, PressureResponse Pressure,
    IReadOnlyList<SampleMessageResponse> Messages);

/// <summary>How many messages customers get on either side.</summary>
public sealed record PressureResponse(ContactPressure Current, ContactPressure Draft);

/// <summary>A message that the draft would have sent.</summary>
/// <param name="At">When it would have gone out.</param>
/// <param name="Problem">Why it cannot be written; then it has no text.</param>
public sealed record SampleMessageResponse(
    CustomerId Customer, DateTimeOffset At, string Cadence, string Step, string? Language, string? Subject, string? Text, string? Html, string? Problem);

/// <summary>A customer whom the two sides treat differently.</summary>
public sealed record CustomerDifferencesResponse(CustomerId Customer, IReadOnlyList<StepDifferenceResponse> Differences);

/// <summary>A step that the two sides decide differently.</summary>
/// <param name="Order">Which it is about; none: about none.</param>
/// <param name="Current">The last decision with the version in force; none: nothing was decided.</param>
/// <param name="Draft">The last decision with the draft; none: nothing was decided.</param>
public sealed record StepDifferenceResponse(FollowUpId FollowUp, string Cadence, string Step, OrderId? Order, FollowUpSubject? Subject, SimulatedDecisionResponse? Current, SimulatedDecisionResponse? Draft)
{
    internal static StepDifferenceResponse Of(StepDifference d) =>
        new(d.FollowUp, d.Cadence, d.Step, d.Order, d.Subject, SimulatedDecisionResponse.Of(d.Current), SimulatedDecisionResponse.Of(d.Draft));
}

/// <summary>What was decided about a step.</summary>
/// <param name="Due">When it was due, by the facts known then.</param>
/// <param name="Path">How a wait-for or a branch was passed.</param>
public sealed record SimulatedDecisionResponse(DateTimeOffset At, int Version, SimulatedOutcome Outcome, Reason? Reason, DateTimeOffset? Due, StepOutcome? Path)
{
    internal static SimulatedDecisionResponse? Of(SimulatedDecision? d) => d is null ? null : new(d.At, d.Version, d.Outcome, d.Reason, d.Due, d.Path);
}
