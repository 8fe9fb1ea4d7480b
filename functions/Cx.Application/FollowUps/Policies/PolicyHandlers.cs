using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Cadences;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Shops;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.FollowUps.Policies;

/// <summary>The contact policy as it stands.</summary>
/// <param name="Version">The version in force; 0: none was published, and the shop's settings say what holds.</param>
/// <param name="Document">What is in force, defaults included.</param>
/// <param name="Draft">What is published next; none where nothing was saved since.</param>
/// <param name="Versions">Who published which, and when.</param>
public sealed record PolicyResponse(int Version, ContactPolicy Document, ContactPolicy? Draft, IReadOnlyList<PublishedPolicy> Versions);

/// <summary>A draft as it was saved, with the defaults for what it left out.</summary>
/// <param name="Warnings">What can be published, and may still not be meant.</param>
public sealed record PolicyDraftResponse(ContactPolicy Document, IReadOnlyList<CadenceError> Warnings);

/// <summary>A published version.</summary>
/// <param name="Running">How many follow-ups run, each of which it concerns.</param>
public sealed record PolicyPublishedResponse(int Version, long Running, IReadOnlyList<CadenceError> Warnings);

/// <summary>Marketing's contact policy: what holds, what is published next, and what was.</summary>
public static class PolicyHandlers
{
    public static async Task<PolicyResponse> Get(
        string shop, HttpResponse response, [FromServices] ShopDirectory shops, [FromServices] PolicyDirectory policies, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var policy = await policies.Get(facts.Id, ct);
        response.WriteETag(policy.Version);
        return new(facts.Policy.Version, facts.Policy, policy.Draft, policy.Versions);
    }

    public static async Task<ContactPolicy> GetVersion(
        string shop, int version, [FromServices] ShopDirectory shops, [FromServices] PolicyDirectory policies, CancellationToken ct) =>
        await policies.Find((await shops.Known(shop, ct)).Id, version, ct)
        ?? throw new ApiProblem(StatusCodes.Status404NotFound, "unknown-version", $"The contact policy has no version {version}.");

    public static async Task<PolicyDraftResponse> PutDraft(
        string shop, [FromBody] JsonElement body, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] IEventStore store, [FromServices] TimeProvider clock,
        CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var draft = Valid(body);
        var updated = await store.Update<ShopPolicy>(facts.Id, Shop.StreamKey, stored =>
        {
            var policy = stored ?? ShopPolicy.New(facts.Id);
            context.Request.CheckMatch(policy.Version);
            return ShopPolicy.Save(policy, draft, context.Caller().Key, clock.GetUtcNow());
        }, ct);
        context.Response.WriteETag(updated.After!.Version);
        return new(updated.After.Draft!, Warnings(updated.After.Draft!, facts));
    }

    /// <param name="dryRun">Whether to say what would be, and to change nothing.</param>
    public static async Task<PolicyPublishedResponse> Publish(
        string shop, bool? dryRun, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] PolicyDirectory policies, [FromServices] RunningFollowUps followUps,
        [FromServices] MartenEventStore store, [FromServices] InstallationKeys keys, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var draft = (await policies.Get(facts.Id, ct)).Draft ?? throw new RuleBrokenException("no-draft", "There is no draft to publish: save one first.");
        var running = (await followUps.Count(facts.Id, ct)).Values.Sum();
        if (dryRun is true)
        {
            return new(draft.Version, running, Warnings(draft, facts));
        }

        var updated = await store.Update<ShopPolicy>(facts.Id, Shop.StreamKey, stored =>
        {
            var at = clock.GetUtcNow();
            var events = ShopPolicy.Publish(stored ?? ShopPolicy.New(facts.Id), Lookup.GivenId(keys, facts.Id), context.Caller().Key, at);
            return ValueTask.FromResult(new StreamChange(events, AuditLog.Of(facts.Id, context.Audit(AuditAction.Published), System.Diagnostics.Activity.Current?.TraceId.ToString() ?? "api", at)));
        }, ct);
        context.Response.WriteETag(updated.After!.Version);
        return new(updated.After.Latest, running, Warnings(draft, facts));
    }

    /// <exception cref="ApiProblem">422 with everything that is wrong.</exception>
    internal static ContactPolicy Valid(JsonElement body)
    {
        var (draft, errors) = PolicyValidator.Read(body);
        return errors.Count == 0 ? draft : throw new ApiProblem(
            StatusCodes.Status422UnprocessableEntity, "invalid-policy", "The contact policy is not valid; see errors.", [.. errors.Select(e => new FieldError(e.Pointer, e.Message, e.Hint))]);
    }

    private static IReadOnlyList<CadenceError> Warnings(ContactPolicy policy, ShopFacts facts) =>
        PolicyValidator.Warnings(policy, [.. facts.Cadences.Select(c => c.Slug).Distinct().Order(StringComparer.Ordinal)]);
}
