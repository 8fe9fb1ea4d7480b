using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Customers;

/// <param name="By">The id of the key by which it was asked for; <c>installation</c>: the installation's own.</param>
public sealed record RightResponse(DateTimeOffset Since, string By)
{
    /// <summary>None where the right is not exercised, or was taken back.</summary>
    public static RightResponse? Of(Right? right) => right is { Stands: true } ? new(right.At, right.By) : null;
}

/// <summary>The rights that a customer exercises besides consent.</summary>
/// <param name="Restriction">Processing is restricted: nothing is sent, and nothing shown but to administrators.</param>
/// <param name="ProfilingObjection">The customer objects to profiling: no score, no segments, no offers.</param>
public sealed record RightsResponse(CustomerId Customer, RightResponse? Restriction, RightResponse? ProfilingObjection);

/// <summary>Records that a customer exercises a right, or takes it back (Regulation (EU) 2016/679, articles 18 and 21).</summary>
public static class CustomerRights
{
    public static Task<IResult> Restrict(
        HttpContext context, string shop, string customer, [FromServices] ShopDirectory shops, [FromServices] CustomerDirectory customers,
        [FromServices] IEventStore store, [FromServices] TimeProvider clock, CancellationToken ct) =>
        Change(new(context, shop, customer, shops, customers, store, clock), "restrict-processing", AuditAction.Restricted, (by, at) => new ProcessingRestricted(by, at), ct);

    public static Task<IResult> LiftRestriction(
        HttpContext context, string shop, string customer, [FromServices] ShopDirectory shops, [FromServices] CustomerDirectory customers,
        [FromServices] IEventStore store, [FromServices] TimeProvider clock, CancellationToken ct) =>
        Change(new(context, shop, customer, shops, customers, store, clock), "lift-restriction", AuditAction.RestrictionLifted, (by, at) => new RestrictionLifted(by, at), ct);

    public static Task<IResult> ObjectToProfiling(
        HttpContext context, string shop, string customer, [FromServices] ShopDirectory shops, [FromServices] CustomerDirectory customers,
        [FromServices] IEventStore store, [FromServices] TimeProvider clock, CancellationToken ct) =>
        Change(new(context, shop, customer, shops, customers, store, clock), "object-to-profiling", AuditAction.ProfilingObjected, (by, at) => new ProfilingObjected(by, at), ct);

    public static Task<IResult> LiftProfilingObjection(
        HttpContext context, string shop, string customer, [FromServices] ShopDirectory shops, [FromServices] CustomerDirectory customers,
        [FromServices] IEventStore store, [FromServices] TimeProvider clock, CancellationToken ct) =>
        Change(new(context, shop, customer, shops, customers, store, clock), "lift-profiling-objection", AuditAction.ProfilingObjectionLifted, (by, at) => new ProfilingObjectionLifted(by, at), ct);

    private readonly record struct Request(
        HttpContext Context, string Shop, string Customer, ShopDirectory Shops, CustomerDirectory Customers, IEventStore Store, TimeProvider Clock);

    private static async Task<IResult> Change(Request request, string cause, AuditAction action, Func<string, DateTimeOffset, ICustomerEvent> change, CancellationToken ct)
    {
        var facts = await request.Shops.Known(request.Shop, ct);
        var found = await request.Customers.Known(facts.Id, request.Customer, StateQuery.Open, ct);
        var by = request.Context.Caller().Key;
        var command = new Command(Guid.CreateVersion7(request.Clock.GetUtcNow()).ToString("N"), cause, "api") { Reads = StateQuery.Open, Audit = request.Context.Audit(action) };
        await request.Store.Transact(
            facts.Id, new CustomerRef.ById(new(request.Customer)), command, (state, context) => Rights.Decide(state, context, change(by, context.At)), ct);
        var then = (await request.Customers.Find(facts.Id, found.Id, StateQuery.Open, ct))!;
        return Results.Ok(new RightsResponse(then.Id, RightResponse.Of(then.Restriction), RightResponse.Of(then.ProfilingObjection)));
    }
}
