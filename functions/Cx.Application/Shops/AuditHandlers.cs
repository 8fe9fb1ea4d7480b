using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Shops;

/// <summary>Who did something.</summary>
/// <param name="Id">The id of a key; <c>installation</c> for the installation's own, else a source's name, <c>retention</c> or <c>erasure-register</c>.</param>
/// <param name="Name">The key's name; none where it was no key of the shop.</param>
public sealed record AuditActorResponse(string Id, string? Name);

/// <summary>An act on a customer's personal data.</summary>
/// <param name="Request">The operation of the API, or the topic, that asked for it.</param>
/// <param name="Correlation">Events that the request led to have the same.</param>
public sealed record AuditResponse(
    string Id, DateTimeOffset At, AuditActorResponse By, AuditAction Action, CustomerId? Customer, string Request, string Correlation);

/// <summary>Answers who did what with personal data.</summary>
public static class AuditHandlers
{
    /// <param name="customer">Only what concerned one customer.</param>
    /// <param name="action">Only one kind of act.</param>
    public static async Task<IResult> List(
        string shop, string? customer, string? action, int? limit, string? cursor, [FromServices] ShopDirectory shops, [FromServices] KeyDirectory keys,
        [FromServices] AuditLog audit, CancellationToken ct)
    {
        var request = PageRequest.Of(limit, cursor);
        AuditAction? wanted = action is null ? null
            : AuditLog.Find(action) ?? throw new ApiProblem(
                StatusCodes.Status400BadRequest, "invalid-action", $"action is one of {string.Join(", ", Enum.GetValues<AuditAction>().Select(JsonNaming.Kebab))}.");
        var facts = await shops.Known(shop, ct);
        var read = await audit.List(facts.Id, customer is null ? null : new CustomerId(customer.Replace('\0', ' ')), wanted, request.After, request.Limit + 1, ct);
        var names = (await keys.List(facts.Id, ct)).ToDictionary(k => k.Id, k => k.Name);
        var entries = read.Select(e => new AuditResponse(e.Id, e.At, new(e.By, names.GetValueOrDefault(e.By)), e.Action, e.Customer, e.Request, e.Correlation));
        return Results.Ok(request.Page([.. entries], e => e.Id));
    }
}
