using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Experience;
using Cx.Domain.Explaining;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Customers;

/// <summary>A customer's idea of the shop at one instant, with all that explains it.</summary>
/// <param name="State">Whether the customer is scored, and why not: then there are neither score nor signals.</param>
/// <param name="Signals">How many signals it is made of.</param>
/// <param name="Contributions">They sum to the score less 70.</param>
/// <param name="Explanation">The same in sentences.</param>
public sealed record ExperienceResponse(
    CustomerId Customer, ProfilingState State, DateTimeOffset At, DateTimeOffset? KnownBy, double? Score, double? Confidence, int Formula, double? Consistency,
    int Signals,
    IReadOnlyList<ChannelResponse> Channels, IReadOnlyList<StageResponse> Stages, IReadOnlyList<ContributionResponse> Contributions,
    IReadOnlyList<string> Explanation)
{
    public static ExperienceResponse NotScored(CustomerId customer, ProfilingState state, DateTimeOffset at, DateTimeOffset? knownBy) =>
        new(customer, state, at, knownBy, Score: null, Confidence: null, ExperienceFormula.Version, Consistency: null, 0, [], [], [], []);

    public static ExperienceResponse Of(CustomerId customer, ExperienceScore score, DateTimeOffset? knownBy, Sentences say) => new(
        customer, ProfilingState.Scored, score.At, knownBy, score.Score, score.Confidence, score.Formula, score.Consistency, score.Contributions.Count,
        [.. score.Channels.Select(c => new ChannelResponse(c.Channel, c.Score, c.Confidence))],
        [.. score.Stages.Select(s => new StageResponse(s.Stage, s.Score, s.Confidence))],
        [.. score.Contributions.Select(c => ContributionResponse.Of(c, say))], score.Explain(say));
}

public sealed record ChannelResponse(Channel Channel, double Score, double Confidence);

public sealed record StageResponse(Stage Stage, double Score, double Confidence);

/// <param name="Signal">The signal's stable id.</param>
/// <param name="EffectiveWeight">The weight after ageing, times the factor.</param>
/// <param name="Because">Why the factor is not 1: told-twice, peak, end.</param>
/// <param name="Contribution">What it adds to 70, or takes away.</param>
public sealed record ContributionResponse(
    string Signal, string Kind, double Value, double Weight, double EffectiveWeight, double Factor, IReadOnlyList<Emphasis> Because,
    Channel Channel, Stage Stage,
    DateTimeOffset OccurredAt, double Contribution, string Reason)
{
    private static readonly Emphasis[] Reasons = [Emphasis.ToldTwice, Emphasis.Peak, Emphasis.End];

    public static ContributionResponse Of(Contribution c, Sentences say) => new(
        c.Signal.Id, c.Signal.Kind, c.Signal.Value, c.Signal.Weight, c.EffectiveWeight, c.Factor,
        [.. Reasons.Where(r => c.Why.HasFlag(r))], c.Signal.Channel, c.Signal.Stage,
        c.Signal.OccurredAt, c.Points, c.Signal.ReasonIn(say));
}

/// <summary>Evaluates experience at any instant, on either clock.</summary>
public static class ExperienceQuery
{
    /// <param name="at">The instant it speaks of; now when not given.</param>
    /// <param name="knownBy">Leaves out what was recorded later.</param>
    public static async Task<IResult> Get(
        HttpContext context, string shop, string customer, DateTimeOffset? at, DateTimeOffset? knownBy, [FromServices] ShopDirectory shops,
        [FromServices] CustomerDirectory customers, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var found = await customers.Shown(context, facts.Id, customer, StateQuery.Everything, ct);
        var instant = at ?? clock.GetUtcNow();
        if (Rights.ProfilingOf(found) is var state and not ProfilingState.Scored)
        {
            return Results.Ok(ExperienceResponse.NotScored(found.Id, state, instant, knownBy));
        }

        // The state keeps the latest of each fact: where nothing happened later, it says the same as the fold up to the instant.
        var seen = knownBy is null && found.LastContactAt <= instant
            ? found
            : await customers.Past(facts.Id, found, new AsOf(knownBy, instant), ct);
        var (signals, episodes) = CustomerSignals.Of(seen, facts);
        var score = ExperienceFormula.Evaluate(signals, episodes, instant, facts.Experience);
        return Results.Ok(ExperienceResponse.Of(found.Id, score, knownBy, Sentences.In(facts, context.Request.Languages())));
    }
}
