using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Explanations;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.FollowUps;

/// <summary>Why a person wants something of a step.</summary>
/// <param name="Reason">Up to 500 characters; it may name persons, and is stored sealed.</param>
public sealed record StepReasonRequest(string? Reason);

/// <summary>Until when a step is to wait, and why.</summary>
/// <param name="Reason">Up to 500 characters; it may name persons, and is stored sealed.</param>
/// <param name="Until">After now, and within 366 days.</param>
public sealed record PostponeRequest(string? Reason, DateTimeOffset? Until);

/// <summary>Lets people skip, postpone, send or stop what a follow-up plans for one customer.</summary>
public static class StepHandlers
{
    private const int MaxReason = 500;

    public static Task<StepDetailsResponse> Skip(
        HttpContext context, string shop, string id, string step, [FromBody] StepReasonRequest body, [FromServices] StepControlling controlling, CancellationToken ct) =>
        controlling.Control(context, new(shop), Command(context, StepControl.Skip, id, step, body.Reason), AuditAction.StepSkipped, ct);

    public static Task<StepDetailsResponse> Postpone(
        HttpContext context, string shop, string id, string step, [FromBody] PostponeRequest body, [FromServices] StepControlling controlling, [FromServices] TimeProvider clock,
        CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        FieldError? wrong = body.Until is not { } until ? new("/until", "is missing")
            : until <= now || until > now + StepControls.LongestPostponement ? new("/until", $"is after now, and within {StepControls.LongestPostponement.Days} days")
            : null;
        return controlling.Control(
            context, new(shop), Command(context, StepControl.Postpone, id, step, body.Reason, wrong) with { Until = body.Until?.ToUniversalTime() }, AuditAction.StepPostponed, ct);
    }

    public static Task<StepDetailsResponse> Send(
        HttpContext context, string shop, string id, string step, [FromBody] StepReasonRequest body, [FromServices] StepControlling controlling, CancellationToken ct) =>
        controlling.Control(context, new(shop), Command(context, StepControl.Send, id, step, body.Reason), AuditAction.StepSendRequested, ct);

    public static Task<StepDetailsResponse> Never(
        HttpContext context, string shop, string id, string step, [FromBody] StepReasonRequest body, [FromServices] StepControlling controlling, CancellationToken ct) =>
        controlling.Control(context, new(shop), Command(context, StepControl.Never, id, step, body.Reason), AuditAction.FollowUpStopped, ct);

    /// <exception cref="ApiProblem">422 with everything that is wrong.</exception>
    private static StepCommand Command(HttpContext context, StepControl control, string id, string step, string? reason, FieldError? wrong = null)
    {
        List<FieldError> errors =
        [
            .. string.IsNullOrWhiteSpace(reason) ? [new FieldError("/reason", "is missing")]
                : reason.Length > MaxReason || reason.Contains('\0') ? [new FieldError("/reason", $"is at most {MaxReason} characters, without U+0000")]
                : Array.Empty<FieldError>(),
            .. wrong is null ? Array.Empty<FieldError>() : [wrong],
        ];
        return errors.Count == 0
            ? new(control, new(id), step, null, context.Caller().Key, Personal.Clear(reason))
            : throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "invalid-request", "The request is not valid; see errors.", errors);
    }
}

/// <summary>Decides what a person wants of a step in the customer's transaction, and answers how the step then is.</summary>
public sealed class StepControlling(FollowUpDirectory directory, ICustomerReader customers, IEventStore store, TimeProvider clock)
{
    /// <exception cref="ApiProblem">404: there is no such follow-up or step. 410: the customer was erased.</exception>
    /// <exception cref="RuleBrokenException">As <see cref="StepControls.Decide"/>.</exception>
    public async Task<StepDetailsResponse> Control(HttpContext context, ShopId shop, StepCommand wanted, AuditAction action, CancellationToken ct)
    {
        var owner = await directory.CustomerOf(shop, wanted.FollowUp, ct) ?? throw FollowUpQueries.Unknown("follow-up", wanted.FollowUp.Value);
        await Step(context, shop, owner, wanted, ct);
        var command = new Command(Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"), $"{JsonNaming.Kebab(wanted.Control)}-step", "api")
        {
            Reads = StateQuery.Of(wanted.FollowUp),
            Audit = context.Audit(action),
        };
        await store.Transact(shop, new CustomerRef.ById(owner), command, (customer, s) => StepControls.Decide(customer, s, wanted), ct);
        return await Step(context, shop, owner, wanted, ct);
    }

    private async Task<StepDetailsResponse> Step(HttpContext context, ShopId shop, CustomerId owner, StepCommand wanted, CancellationToken ct)
    {
        using var open = await customers.Open(shop, owner, StateQuery.Of(wanted.FollowUp), ct) ?? throw FollowUpQueries.Unknown("follow-up", wanted.FollowUp.Value);
        var customer = open.Customer.IsErased ? throw Problems.Erased() : open.Customer;
        context.CheckShown(customer);
        return FollowUpQueries.Steps(customer, open.Shop, wanted.FollowUp, clock.GetUtcNow()).FirstOrDefault(s => s.Step == wanted.Step)
            ?? throw FollowUpQueries.Unknown("step", wanted.Step);
    }
}
