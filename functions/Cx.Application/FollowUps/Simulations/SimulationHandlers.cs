using System.Diagnostics;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Cadences;
using Cx.Application.FollowUps.Policies;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.FollowUps.Simulations;

/// <summary>Marketing's simulations of drafts: asked for, followed, read and removed.</summary>
public static class SimulationHandlers
{
    /// <summary>As many customers as a sample may have.</summary>
    public const int MostSampled = 1_000_000;

    public static async Task<IResult> StartOfCadence(
        string shop, string slug, [FromBody] SimulationRequest? body, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] CadenceDirectory cadences,
        [FromServices] CadenceTemplates templates, [FromServices] SimulationDirectory simulations, [FromServices] InstallationKeys keys, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var (request, at) = (body ?? new(), clock.GetUtcNow());
        CheckFields(request, at);
        var known = await cadences.Find(facts, slug, ct);
        var cadence = request.Document is { } document
            ? (known ?? new(slug, CadenceState.Draft, null, null, [])) with { Draft = await templates.Read(facts, document, slug, ct) }
            : known ?? throw CadenceHandlers.Unknown(slug);

        // The draft as it would be published, and that against what is in force: of an archived cadence nothing is.
        var published = (CadencePublished)Cadence.Publish(cadence, RunningChoice.Stay, Lookup.GivenId(keys, facts.Id), context.Caller().Key, at)[0];
        var current = cadence.State == CadenceState.Archived ? null : cadence.Document;
        return await Start(context, facts, SimulationSubject.Cadence(slug), new(published.Document, current, null, request.From, request.To ?? at, request.Sample), simulations, at, ct);
    }

    public static async Task<IResult> StartOfPolicy(
        string shop, [FromBody] SimulationRequest? body, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] PolicyDirectory policies,
        [FromServices] SimulationDirectory simulations, [FromServices] InstallationKeys keys, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var (request, at) = (body ?? new(), clock.GetUtcNow());
        CheckFields(request, at);
        var policy = await policies.Get(facts.Id, ct);
        policy = request.Document is { } document ? policy with { Draft = PolicyHandlers.Valid(document) } : policy;
        var published = (PolicyPublished)ShopPolicy.Publish(policy, Lookup.GivenId(keys, facts.Id), context.Caller().Key, at)[0];
        var input = new SimulationInput(null, null, new(published.Document, published.Tags, facts.Policy.Version), request.From, request.To ?? at, request.Sample);
        return await Start(context, facts, SimulationSubject.Policy, input, simulations, at, ct);
    }

    public static Task<Page<SimulationSummaryResponse>> ListOfCadence(
        string shop, string slug, int? limit, string? cursor, [FromServices] ShopDirectory shops, [FromServices] SimulationDirectory simulations, CancellationToken ct) =>
        List(shop, SimulationSubject.Cadence(slug), PageRequest.Of(limit, cursor), shops, simulations, ct);

    public static Task<Page<SimulationSummaryResponse>> ListOfPolicy(
        string shop, int? limit, string? cursor, [FromServices] ShopDirectory shops, [FromServices] SimulationDirectory simulations, CancellationToken ct) =>
        List(shop, SimulationSubject.Policy, PageRequest.Of(limit, cursor), shops, simulations, ct);

    public static Task<SimulationResponse> GetOfCadence(
        string shop, string slug, string id, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] SimulationDirectory simulations, [FromServices] SampleMessages samples,
        CancellationToken ct) =>
        Get(context, shop, SimulationSubject.Cadence(slug), id, shops, simulations, samples, ct);

    public static Task<SimulationResponse> GetOfPolicy(
        string shop, string id, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] SimulationDirectory simulations, [FromServices] SampleMessages samples, CancellationToken ct) =>
        Get(context, shop, SimulationSubject.Policy, id, shops, simulations, samples, ct);

    public static Task<Page<CustomerDifferencesResponse>> DifferencesOfCadence(
        string shop, string slug, string id, int? limit, string? cursor, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] SimulationDirectory simulations,
        [FromServices] CustomerSummaries customers, [FromServices] TimeProvider clock, CancellationToken ct) =>
        Differences(context, shop, SimulationSubject.Cadence(slug), id, PageRequest.Of(limit, cursor), shops, simulations, customers, clock.GetUtcNow(), ct);

    public static Task<Page<CustomerDifferencesResponse>> DifferencesOfPolicy(
        string shop, string id, int? limit, string? cursor, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] SimulationDirectory simulations,
        [FromServices] CustomerSummaries customers, [FromServices] TimeProvider clock, CancellationToken ct) =>
        Differences(context, shop, SimulationSubject.Policy, id, PageRequest.Of(limit, cursor), shops, simulations, customers, clock.GetUtcNow(), ct);

    public static Task<IResult> RemoveOfCadence(
        string shop, string slug, string id, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] SimulationDirectory simulations, [FromServices] TimeProvider clock,
        CancellationToken ct) =>
        Remove(context, shop, SimulationSubject.Cadence(slug), id, shops, simulations, clock.GetUtcNow(), ct);

    public static Task<IResult> RemoveOfPolicy(
        string shop, string id, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] SimulationDirectory simulations, [FromServices] TimeProvider clock, CancellationToken ct) =>
        Remove(context, shop, SimulationSubject.Policy, id, shops, simulations, clock.GetUtcNow(), ct);

    private static async Task<IResult> Start(
        HttpContext context, ShopFacts facts, SimulationSubject subject, SimulationInput input, SimulationDirectory simulations, DateTimeOffset at, CancellationToken ct)
    {
        // The id begins with the instant: simulations are in the order of their ids.
        var id = Guid.CreateVersion7(at).ToString("N");
        if (!await simulations.Add(facts.Id, id, subject, input, context.Caller().Key, AuditOf(context, facts.Id, AuditAction.Simulated, at), at, ct))
        {
            throw new RuleBrokenException(
                "too-many-simulations", $"{SimulationDirectory.MostOpen} simulations of this shop wait or run already: wait for one to end, or cancel one with DELETE.");
        }

        return Results.Accepted($"{context.Request.Path}/{id}", new SimulationAcceptedResponse(id));
    }

    /// <exception cref="ApiProblem">422 with everything that is wrong.</exception>
    private static void CheckFields(SimulationRequest request, DateTimeOffset now)
    {
        List<FieldError> errors =
        [
            .. request.Draft is false ? [new FieldError("/draft", "is false, and nothing but a draft can be simulated", "true, or leave it out")] : Array.Empty<FieldError>(),
            .. request.To > now ? [new FieldError("/to", "is in the future", "an instant up to now, or leave it out")] : Array.Empty<FieldError>(),
            .. request.To < DateTimeOffset.UnixEpoch ? [new FieldError("/to", "is before 1970", "an instant up to now, or leave it out")] : Array.Empty<FieldError>(),
            .. request.From >= (request.To ?? now) ? [new FieldError("/from", request.To is null ? "is not before now" : "is not before to", "an earlier instant, or leave it out")] : Array.Empty<FieldError>(),
            .. request.Sample is < 1 or > MostSampled
                ? [new FieldError("/sample", "is out of range", $"from 1 to {MostSampled} customers, or leave it out for all")]
                : Array.Empty<FieldError>(),
        ];
        if (errors.Count > 0)
        {
            throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "invalid-simulation", "The simulation is not valid; see errors.", errors);
        }
    }

    private static async Task<Page<SimulationSummaryResponse>> List(
        string shop, SimulationSubject subject, PageRequest request, ShopDirectory shops, SimulationDirectory simulations, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        return request.Page([.. (await simulations.List(facts.Id, subject, request.After, request.Limit + 1, ct)).Select(SimulationSummaryResponse.Of)], s => s.Id);
    }

    private static async Task<SimulationResponse> Get(
        HttpContext context, string shop, SimulationSubject subject, string id, ShopDirectory shops, SimulationDirectory simulations, SampleMessages samples, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var simulation = await Known(facts.Id, subject, id, simulations, ct);
        var messages = simulation.Report is null ? [] : await samples.Write(context, facts.Id, await simulations.ListMessages(facts.Id, id, ct), ct);
        return SimulationResponse.Of(simulation, messages);
    }

    private static async Task<Page<CustomerDifferencesResponse>> Differences(
        HttpContext context, string shop, SimulationSubject subject, string id, PageRequest request, ShopDirectory shops, SimulationDirectory simulations, CustomerSummaries customers,
        DateTimeOffset at, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        if ((await Known(facts.Id, subject, id, simulations, ct)).Report is null)
        {
            throw new RuleBrokenException("not-done", "The simulation is not done: ask again when its state is done.");
        }

        var read = await simulations.ListDifferences(facts.Id, id, request.After, request.Limit + 1, ct);
        var listed = await customers.Of(facts, [.. read.Take(request.Limit).Select(c => c.Customer)], at, ct);
        var shown = from c in read.Zip(listed)
                    where c.Second.Summary?.State != ProfilingState.Restricted || context.Caller().IsAdmin
                    select new CustomerDifferencesResponse(c.First.Customer, [.. c.First.Differences.Select(StepDifferenceResponse.Of)]);
        return new([.. shown], listed.Count < read.Count ? PageRequest.Cursor(listed[^1].Id.Value) : null);
    }

    private static async Task<IResult> Remove(
        HttpContext context, string shop, SimulationSubject subject, string id, ShopDirectory shops, SimulationDirectory simulations, DateTimeOffset at, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        await Known(facts.Id, subject, id, simulations, ct);
        await simulations.Remove(facts.Id, id, AuditOf(context, facts.Id, AuditAction.SimulationRemoved, at), at, ct);
        return Results.NoContent();
    }

    private static async Task<Simulation> Known(ShopId shop, SimulationSubject subject, string id, SimulationDirectory simulations, CancellationToken ct) =>
        await simulations.Find(shop, subject, id.Replace('\0', ' '), ct) ?? throw new ApiProblem(
            StatusCodes.Status404NotFound, "unknown-simulation", $"There is no such simulation; the latest {SimulationDirectory.MostKept} of a shop are kept.");

    private static Npgsql.NpgsqlCommand AuditOf(HttpContext context, ShopId shop, AuditAction action, DateTimeOffset at) =>
        AuditLog.Of(shop, context.Audit(action), Activity.Current?.TraceId.ToString() ?? "api", at);
}
