using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.FollowUps.Cadences;

/// <summary>A cadence in a list.</summary>
/// <param name="Version">The latest version; none before the first.</param>
/// <param name="Running">How many follow-ups run it, whichever version.</param>
public sealed record CadenceSummaryResponse(string Slug, string Name, CadenceState State, int? Version, long Running);

/// <summary>A cadence as it stands.</summary>
/// <param name="Document">The latest version; none before the first.</param>
/// <param name="Draft">What is published next; none where nothing was saved since.</param>
/// <param name="Versions">Who published which, and when; the shipped version has no entry.</param>
public sealed record CadenceDetailsResponse(
    string Slug, CadenceState State, int? Version, CadenceDocument? Document, CadenceDocument? Draft, IReadOnlyList<PublishedVersion> Versions)
{
    internal static CadenceDetailsResponse Of(Cadence cadence) =>
        new(cadence.Slug, cadence.State, cadence.Document?.Version, cadence.Document, cadence.Draft, cadence.Versions);
}

/// <summary>A draft as it was saved.</summary>
/// <param name="Warnings">What can be published, and may still not be meant.</param>
public sealed record DraftResponse(CadenceDocument Document, IReadOnlyList<CadenceError> Warnings);

/// <summary>Marketing's cadences: drafts, versions, and whether they run.</summary>
public static class CadenceHandlers
{
    public static async Task<Page<CadenceSummaryResponse>> List(
        string shop, [FromServices] ShopDirectory shops, [FromServices] CadenceDirectory cadences, [FromServices] RunningFollowUps followUps, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var running = await followUps.Count(facts.Id, ct);
        var known = await cadences.List(facts, ct);
        return new([.. known.Select(c => new CadenceSummaryResponse(
            c.Slug, (c.Document ?? c.Draft)?.Name ?? c.Slug, c.State, c.Document?.Version, running.GetValueOrDefault(c.Slug)))], null);
    }

    public static async Task<CadenceDetailsResponse> Get(
        string shop, string slug, HttpResponse response, [FromServices] ShopDirectory shops, [FromServices] CadenceDirectory cadences, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        return Answer(await cadences.Find(facts, slug, ct) ?? throw Unknown(slug), response);
    }

    public static async Task<CadenceDocument> GetVersion(string shop, string slug, int version, [FromServices] ShopDirectory shops, CancellationToken ct) =>
        (await shops.Known(shop, ct)).Cadence(slug, version)
        ?? throw new ApiProblem(StatusCodes.Status404NotFound, "unknown-version", $"The cadence '{slug}' has no version {version}.");

    public static async Task<DraftResponse> PutDraft(
        string shop, string slug, [FromBody] JsonElement body, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] CadenceDirectory cadences,
        [FromServices] CadenceTemplates templates, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var draft = await templates.Read(facts, body, slug, ct);
        Cadence? former = null;
        var saved = await cadences.Change(facts, slug, (cadence, at) =>
        {
            context.Request.CheckMatch(cadence?.Version);
            former = cadence;
            return Cadence.Save(cadence, draft, context.Caller().Key, at);
        }, audit: null, ct);
        context.Response.WriteETag(saved!.Version);
        return new(saved.Draft!, CadenceValidator.Warnings(saved.Draft!, former?.Document));
    }

    public static Task<CadenceDetailsResponse> Pause(
        string shop, string slug, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] CadenceDirectory cadences, CancellationToken ct) =>
        Switch(shop, slug, context, Cadence.Pause, AuditAction.CadencePaused, shops, cadences, ct);

    public static Task<CadenceDetailsResponse> Resume(
        string shop, string slug, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] CadenceDirectory cadences, CancellationToken ct) =>
        Switch(shop, slug, context, Cadence.Resume, AuditAction.CadenceResumed, shops, cadences, ct);

    public static Task<CadenceDetailsResponse> Archive(
        string shop, string slug, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] CadenceDirectory cadences, CancellationToken ct) =>
        Switch(shop, slug, context, Cadence.Archive, AuditAction.CadenceArchived, shops, cadences, ct);

    private static async Task<CadenceDetailsResponse> Switch(
        string shop, string slug, HttpContext context, Func<Cadence, string, DateTimeOffset, IReadOnlyList<IEvent>> decide, AuditAction action, ShopDirectory shops, CadenceDirectory cadences,
        CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var changed = await cadences.Change(facts, slug, (cadence, at) => decide(cadence ?? throw Unknown(slug), context.Caller().Key, at), context.Audit(action), ct);
        return Answer(changed!, context.Response);
    }

    private static CadenceDetailsResponse Answer(Cadence cadence, HttpResponse response)
    {
        response.WriteETag(cadence.Version);
        return CadenceDetailsResponse.Of(cadence);
    }

    internal static ApiProblem Unknown(string slug) => new(StatusCodes.Status404NotFound, "unknown-cadence", $"There is no cadence '{slug}'.");
}
