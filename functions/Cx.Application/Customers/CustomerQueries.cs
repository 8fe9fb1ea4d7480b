using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Experience;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Customers;

/// <summary>Who is looked for; in the body, because query strings reach logs.</summary>
public sealed record LookupRequest(
    string? Email = null, string? Phone = null, string? ShopCustomerId = null, string? Order = null, string? VisitorId = null,
    string? Handle = null);

/// <param name="Orders">How many orders are known.</param>
/// <param name="Score">Perceived quality now; none where the customer is not scored.</param>
/// <param name="State">Whether the customer is scored, and why not.</param>
public sealed record CustomerSummaryResponse(
    CustomerId Id, Relation Relation, DateTimeOffset? FirstContactAt, DateTimeOffset? LastContactAt, int Orders, double? Score,
    double? Confidence, ProfilingState State)
{
    public static CustomerSummaryResponse Of(CustomerId id, CustomerSummary summary, ShopFacts shop, DateTimeOffset at)
    {
        var score = summary.ScoreAt(at, shop.Experience);
        return new(
            id, summary.Relation, summary.FirstContactAt, summary.LastContactAt, summary.Orders, score?.Score, score?.Confidence, summary.State);
    }
}

/// <summary>Finds customers.</summary>
public static class CustomerQueries
{
    /// <summary>
    /// All customers; of those whose processing is restricted, none but to administrators: a page may be shorter by them, and by those of whom too much would
    /// have to be read at once.
    /// </summary>
    public static async Task<IResult> List(
        HttpContext context, string shop, int? limit, string? cursor, [FromServices] ShopDirectory shops, [FromServices] CustomerSummaries customers,
        [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var request = PageRequest.Of(limit, cursor);
        var facts = await shops.Known(shop, ct);
        var at = clock.GetUtcNow();
        var page = await customers.List(facts, request.After, request.Limit, at, ct);
        var shown = page.Items.Where(c => c.Summary.State != ProfilingState.Restricted || context.Caller().IsAdmin);
        return Results.Ok(new Page<CustomerSummaryResponse>(
            [.. shown.Select(c => CustomerSummaryResponse.Of(c.Id, c.Summary, facts, at))], page.Next is { } last ? PageRequest.Cursor(last) : null));
    }

    public static async Task<IResult> Get(
        HttpContext context, string shop, string customer, [FromServices] ShopDirectory shops, [FromServices] CustomerDirectory customers, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var found = await customers.Shown(context, facts.Id, customer, StateQuery.Everything, ct, AuditAction.Opened);
        using var unsealer = await customers.Unsealer(facts.Id, found, ct);
        return Results.Ok(CustomerResponse.Of(found, unsealer));
    }

    public static async Task<IResult> Lookup(
        HttpContext context, string shop, [FromBody] LookupRequest body, [FromServices] ShopDirectory shops, [FromServices] CustomerDirectory customers,
        [FromServices] IdentifierIndex index, [FromServices] Identification identification, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var found = await index.Find(facts.Id, await Identifiers(body, facts.Id, identification, ct), ct);
        return found.Count > 0
            ? await Get(context, shop, found[0].Value, shops, customers, ct)
            : throw new ApiProblem(StatusCodes.Status404NotFound, "unknown-customer", "No customer matches.");
    }

    private static async Task<List<Identifier>> Identifiers(LookupRequest body, ShopId shop, Identification identification, CancellationToken ct)
    {
        (string Field, IdentifierKind Kind, string? Value)[] given =
        [
            ("order", IdentifierKind.Order, body.Order), ("shopCustomerId", IdentifierKind.ShopCustomerId, body.ShopCustomerId),
            ("email", IdentifierKind.Email, body.Email), ("phone", IdentifierKind.Phone, body.Phone),
            ("visitorId", IdentifierKind.Visitor, body.VisitorId), ("handle", IdentifierKind.Handle, body.Handle),
        ];
        var identified = new List<Identifier>();
        var errors = new List<FieldError>();
        foreach (var (field, kind, value) in given.Where(g => g.Value is not null))
        {
            if (await identification.Of(shop, [new(kind, value!)], ct) is [var identifier])
            {
                identified.Add(identifier);
            }
            else
            {
                errors.Add(new($"/{field}", "is not a valid identifier"));
            }
        }

        if (identified.Count + errors.Count == 0)
        {
            errors.Add(new("", $"has no identifier: give at least one of {string.Join(", ", given.Select(g => g.Field))}"));
        }

        return errors.Count == 0
            ? identified
            : throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "invalid-lookup", "The lookup is not valid; see errors.", errors);
    }
}
