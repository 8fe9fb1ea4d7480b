using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.FollowUps.Cadences;

/// <summary>What is to become of the follow-ups that run a former version: <c>stay</c>, <c>migrate</c> or <c>end</c>.</summary>
public sealed record PublishRequest(string? Running);

/// <summary>How many follow-ups run a former version, by what becomes of them; ends also those that cannot go over.</summary>
public sealed record AffectedResponse(int Stay, int Migrate, int End);

/// <summary>A published version.</summary>
public sealed record PublishedResponse(int Version, AffectedResponse Affected);

/// <summary>A follow-up that a publication concerns.</summary>
/// <param name="Version">The one that it runs.</param>
/// <param name="Outcome">What becomes of it.</param>
/// <param name="Reason">Why it ends; none where it does not.</param>
public sealed record AffectedFollowUpResponse(CustomerId Customer, FollowUpId FollowUp, int Version, OrderId? Order, RunningChoice Outcome, Reason? Reason);

/// <summary>Publishes drafts, and says beforehand whom that concerns.</summary>
public static class CadencePublishing
{
    private const int BatchSize = 1000;

    /// <param name="dryRun">Whether to say what would be, and to change nothing.</param>
    public static async Task<PublishedResponse> Publish(
        string shop, string slug, bool? dryRun, [FromBody] PublishRequest body, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] CadenceDirectory cadences,
        [FromServices] RunningFollowUps followUps, [FromServices] CadenceTemplates templates, [FromServices] InstallationKeys keys, CancellationToken ct)
    {
        var running = Choice(body.Running)
            ?? throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "invalid-publication", "Say what becomes of the follow-ups that run.",
                [new("/running", "is not one of the choices", "stay, migrate or end")]);
        var facts = await shops.Known(shop, ct);
        var known = await cadences.Find(facts, slug, ct) ?? throw CadenceHandlers.Unknown(slug);
        var next = Next(known);
        await templates.Check(facts, next, ct);
        var affected = await Count(facts, known, next, running, followUps, ct);
        if (dryRun is true)
        {
            return new(next.Version, affected);
        }

        var published = await cadences.Change(
            facts, slug, (cadence, at) => Cadence.Publish(cadence ?? throw CadenceHandlers.Unknown(slug), running, Lookup.GivenId(keys, facts.Id), context.Caller().Key, at),
            context.Audit(AuditAction.Published), ct);
        context.Response.WriteETag(published!.Version);
        return new(published.Latest, affected);
    }

    /// <param name="running">What would be chosen; left out: stay.</param>
    public static async Task<Page<AffectedFollowUpResponse>> Affected(
        string shop, string slug, string? running, int? limit, string? cursor, [FromServices] ShopDirectory shops, [FromServices] CadenceDirectory cadences,
        [FromServices] RunningFollowUps followUps, CancellationToken ct)
    {
        var request = PageRequest.Of(limit, cursor);
        var choice = Choice(running ?? "stay") ?? throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-running", "running is stay, migrate or end.");
        var facts = await shops.Known(shop, ct);
        var known = await cadences.Find(facts, slug, ct) ?? throw CadenceHandlers.Unknown(slug);
        var read = await followUps.Of(facts.Id, slug, request.After, request.Limit + 1, ct);
        return request.Page([.. read.Select(f => Concerned(f, facts, Next(known), choice))], f => f.FollowUp.Value);
    }

    private static async Task<AffectedResponse> Count(
        ShopFacts facts, Cadence cadence, CadenceDocument next, RunningChoice choice, RunningFollowUps followUps, CancellationToken ct)
    {
        var counted = new int[3];
        for (string? after = null; ;)
        {
            var read = await followUps.Of(facts.Id, cadence.Slug, after, BatchSize, ct);
            foreach (var followUp in read)
            {
                counted[(int)Concerned(followUp, facts, next, choice).Outcome]++;
            }

            if (read.Count < BatchSize)
            {
                return new(counted[(int)RunningChoice.Stay], counted[(int)RunningChoice.Migrate], counted[(int)RunningChoice.End]);
            }

            after = read[^1].Id.Value;
        }
    }

    private static AffectedFollowUpResponse Concerned(RunningFollowUp running, ShopFacts facts, CadenceDocument next, RunningChoice choice)
    {
        var followUp = running.FollowUp;
        var (outcome, reason) = choice switch
        {
            RunningChoice.Migrate when followUp.CadenceIn(facts) is not { } from || !Republishing.CanMigrate(followUp, from, next) => (RunningChoice.End, Reason.NotPlaced),
            RunningChoice.End => (choice, Reason.CadenceReplaced),
            _ => (choice, (Reason?)null),
        };
        return new(running.Customer, running.Id, followUp.Version, followUp.Order, outcome, reason);
    }

    private static CadenceDocument Next(Cadence cadence) =>
        cadence.Draft is { } draft ? draft with { Version = cadence.Latest + 1 } : throw new RuleBrokenException("no-draft", "There is no draft to publish: save one first.");

    private static RunningChoice? Choice(string? running) =>
        Enum.GetValues<RunningChoice>().Cast<RunningChoice?>().FirstOrDefault(c => JsonNaming.Kebab(c!.Value) == running);
}
