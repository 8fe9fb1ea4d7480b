using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Domain;
using Cx.Domain.Customers;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Customers;

/// <param name="Customer">The id of the customer found to be the same person.</param>
public sealed record LinkRequest(CustomerId? Customer);

/// <summary>The records that are one customer.</summary>
/// <param name="Customer">The one that leads: all answers name it. It is the record that was made first.</param>
/// <param name="Linked">The others. Their ids are answered as the customer's too.</param>
public sealed record LinksResponse(CustomerId Customer, IReadOnlyList<CustomerId> Linked)
{
    public static LinksResponse Of(Customer customer) => new(customer.Id, [.. customer.Members]);
}

/// <summary>Two customers who may be one person. They stay two until somebody links them.</summary>
/// <param name="Reason">In a sentence.</param>
/// <param name="By">The kinds of identifier that lead to one and to the other.</param>
public sealed record LinkCandidateResponse(CustomerId Customer, CustomerId Other, string Reason, IReadOnlyList<IdentifierKind> By, DateTimeOffset FoundAt)
{
    public static LinkCandidateResponse Of(LinkCandidate c) => new(
        c.One, c.Other, $"A delivery that concerns one of them named an identifier of the other: {string.Join(", ", c.By.Select(kind => JsonNaming.Kebab(kind)))}.", [.. c.By], c.FoundAt);
}

/// <summary>Links records of one person, and parts them again.</summary>
public static class CustomerLinks
{
    public static async Task<IResult> Get(
        HttpContext context, string shop, string customer, [FromServices] ShopDirectory shops, [FromServices] CustomerDirectory customers, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        return Results.Ok(LinksResponse.Of(await customers.Shown(context, facts.Id, customer, StateQuery.Open, ct)));
    }

    public static async Task<IResult> Add(
        HttpContext context, string shop, string customer, [FromBody] LinkRequest body, [FromServices] ShopDirectory shops, [FromServices] CustomerDirectory customers,
        [FromServices] IEventStore store, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        await customers.Known(facts.Id, customer, StateQuery.Open, ct);
        var other = body.Customer is { Value: { Length: > 0 } id } && !id.Contains('\0') ? body.Customer.Value : throw Invalid("invalid-request", "is missing");
        if (other.Value == customer)
        {
            throw Invalid("link-to-itself", "is the customer itself");
        }

        if (await customers.Find(facts.Id, other, StateQuery.Open, ct) is null)
        {
            throw Invalid("unknown-linked-customer", "is no customer of the shop");
        }

        await store.Link(facts.Id, new(customer), other, clock.GetUtcNow(), CommandOf("link-customers", clock) with { Audit = context.Audit(AuditAction.Linked) }, ct);
        return await Get(context, shop, customer, shops, customers, ct);
    }

    public static async Task<IResult> Candidates(
        string shop, int? limit, string? cursor, [FromServices] ShopDirectory shops, [FromServices] ViewReader views, CancellationToken ct)
    {
        var request = PageRequest.Of(limit, cursor);
        var facts = await shops.Known(shop, ct);
        if (request.After is { } after && !after.StartsWith(LinkCandidatesView.Pairs, StringComparison.Ordinal))
        {
            throw PageRequest.InvalidCursor();
        }

        var read = await views.Page<LinkCandidate>(LinkCandidatesView.ViewName, facts.Id, LinkCandidatesView.Pairs, request.After, request.Limit + 1, ct);
        var page = request.Page(read, row => row.Key);
        return Results.Ok(new Page<LinkCandidateResponse>([.. page.Items.Select(row => LinkCandidateResponse.Of(row.Row))], page.Next));
    }

    /// <summary>Repeated, it answers the same.</summary>
    public static async Task<IResult> Remove(
        HttpContext context, string shop, string customer, string other, [FromServices] ShopDirectory shops, [FromServices] CustomerDirectory customers,
        [FromServices] IEventStore store, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        await customers.Known(facts.Id, customer, StateQuery.Open, ct);
        await store.Unlink(facts.Id, new(customer), new(other), CommandOf("unlink-customers", clock) with { Audit = context.Audit(AuditAction.Unlinked) }, ct);
        return Results.NoContent();
    }

    private static Command CommandOf(string cause, TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"), cause, "api");

    private static ApiProblem Invalid(string code, string message) =>
        new(StatusCodes.Status422UnprocessableEntity, code, "The link is not valid; see errors.", [new("/customer", message)]);
}
