using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Customers;

/// <param name="Wording">What the customer agreed to, as it was put.</param>
public sealed record ConsentRequest(
    Channel? Channel, Purpose? Purpose, bool? Given, ConsentBasis? Basis = null, string? Wording = null, DateTimeOffset? OccurredAt = null);

public sealed record ComplaintRequest(
    Channel? Channel, string? ComplaintId = null, string? OrderId = null, string? Text = null, DateTimeOffset? OccurredAt = null);

public sealed record ResolutionRequest(string? Text = null, DateTimeOffset? OccurredAt = null);

public sealed record ComplaintOpenedResponse(ComplaintId Id, DateTimeOffset OccurredAt);

/// <summary>What people at the shop record about a customer by hand.</summary>
public static class CustomerCommands
{
    private const int MaxText = 20_000;

    public static async Task<IResult> PutConsent(
        HttpContext context, string shop, string customer, [FromBody] ConsentRequest body, [FromServices] ShopDirectory shops,
        [FromServices] CustomerDirectory customers, [FromServices] IEventStore store, [FromServices] TimeProvider clock,
        CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        // An objection counts from its arrival, whatever its date.
        var occurredAt = body is { Given: false, OccurredAt: { } stated } && !StatedInstant.IsInBounds(stated, now) ? null : body.OccurredAt;
        Check(
            occurredAt, body.Wording, "/wording", now,
            (body.Channel is null, "/channel", "is missing"), (body.Purpose is null, "/purpose", "is missing"),
            (body.Given is null, "/given", "is missing"),
            (body is { Given: false, Basis: not null }, "/basis", "belongs to a consent that is given"));
        var facts = await shops.Known(shop, ct);
        var found = await customers.Known(facts.Id, customer, StateQuery.Open, ct);

        var (channel, purpose, at) = (body.Channel!.Value, body.Purpose!.Value, occurredAt ?? now);
        ICustomerEvent said = body.Given == true
            ? new ConsentGiven(channel, purpose, body.Basis ?? ConsentBasis.OptIn, "api", Personal.Clear(body.Wording), at)
            : new ConsentWithdrawn(channel, purpose, "api", at);
        await store.Transact(facts.Id, new CustomerRef.ById(new(customer)), CommandOf("set-consent", now, StateQuery.Open), Recording.Of([said]), ct);
        var consents = ConsentResponse.Of((await customers.Find(facts.Id, found.Id, StateQuery.Open, ct))!);

        // An objection is recorded also while processing is restricted, and only what it was about is shown.
        return Results.Ok(new Page<ConsentResponse>(
            found.IsRestricted && !context.Caller().IsAdmin ? [.. consents.Where(c => c.Channel == channel && c.Purpose == purpose)] : consents, null));
    }

    public static async Task<IResult> OpenComplaint(
        string shop, string customer, [FromBody] ComplaintRequest body, HttpRequest request, [FromServices] ShopDirectory shops,
        [FromServices] CustomerDirectory customers, [FromServices] IEventStore store, [FromServices] InstallationKeys keys,
        [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        Check(
            body.OccurredAt, body.Text, "/text", now, (body.Channel is null, "/channel", "is missing"),
            (!IsId(body.ComplaintId), "/complaintId", "is 1 to 200 characters"),
            (!IsId(body.OrderId), "/orderId", "is 1 to 200 characters"));
        var facts = await shops.Known(shop, ct);
        var found = await customers.Known(facts.Id, customer, StateQuery.Open, ct);

        var id = new ComplaintId(body.ComplaintId ?? Repeatable(request, keys, found.Id) ?? Guid.CreateVersion7(now).ToString("N"));
        var hash = Lookup.GivenId(keys, facts.Id);
        var reads = Named(id, hash);
        var opened = new ComplaintOpened(
            id, body.OrderId is { } order ? new OrderId(order) : null, body.Channel!.Value, Personal.Clear(body.Text),
            body.OccurredAt ?? now)
        {
            Reference = body.ComplaintId is { } given && !GivenIds.IsHash(given) ? Personal.Clear(given) : null,
        };

        // Told twice, opened once: a repetition without an instant of its own is not an earlier opening.
        var outcome = await store.Transact(
            facts.Id, new CustomerRef.ById(new(customer)), CommandOf("open-complaint", now, reads),
            (state, context) => state.Complaints.TryGetValue(GivenIds.Of(state, id, hash), out var known) && known.OpenedAt is not null
                ? []
                : Recording.Decide(state, context, [opened]), ct);
        if (outcome.Events.OfType<ComplaintOpened>().FirstOrDefault() is { } recorded)
        {
            return Results.Created($"/{Routes.Shops}/{facts.Id}/customers/{found.Id}", new ComplaintOpenedResponse(recorded.Complaint, recorded.OccurredAt));
        }

        var known = await customers.Find(facts.Id, found.Id, reads, ct);
        var stored = GivenIds.Of(known, id, hash);
        return Results.Ok(new ComplaintOpenedResponse(stored, known?.Complaints.GetValueOrDefault(stored)?.OpenedAt ?? opened.OccurredAt));
    }

    public static async Task<IResult> ResolveComplaint(
        string shop, string customer, string complaint, [FromBody] ResolutionRequest? body, [FromServices] ShopDirectory shops,
        [FromServices] CustomerDirectory customers, [FromServices] IEventStore store, [FromServices] InstallationKeys keys,
        [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        Check(body?.OccurredAt, body?.Text, "/text", now);
        var facts = await shops.Known(shop, ct);
        var found = await customers.Known(facts.Id, customer, StateQuery.Open, ct);

        var id = new ComplaintId(complaint);
        var hash = Lookup.GivenId(keys, facts.Id);
        var reads = Named(id, hash);
        await store.Transact(
            facts.Id, new CustomerRef.ById(new(customer)), CommandOf("resolve-complaint", now, reads),
            (state, context) => !state.Complaints.TryGetValue(GivenIds.Of(state, id, hash), out var known)
                ? throw new RuleBrokenException("unknown-complaint", "The customer has no such complaint.")
                : known.ResolvedAt is not null ? []
                : Recording.Decide(state, context, [new ComplaintResolved(id, Personal.Clear(body?.Text), body?.OccurredAt ?? now)]), ct);
        var then = (await customers.Find(facts.Id, found.Id, reads, ct))!;
        using var unsealer = await customers.Unsealer(facts.Id, then, ct);
        var stored = GivenIds.Of(then, id, hash);
        return Results.Ok(ComplaintResponse.Of(stored, then.Complaints[stored], unsealer));
    }

    public static async Task<IResult> Erase(
        HttpContext context, string shop, string customer, [FromServices] ShopDirectory shops, [FromServices] Erasing erasing, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        await erasing.Erase(facts.Id, new(customer), "api", context.Audit(AuditAction.Erased), ct);
        return Results.NoContent();
    }

    private static void Check(
        DateTimeOffset? occurredAt, string? text, string textPath, DateTimeOffset now,
        params ReadOnlySpan<(bool Wrong, string Path, string Message)> rules)
    {
        List<FieldError> errors = [];
        foreach (var (wrong, path, message) in rules)
        {
            if (wrong)
            {
                errors.Add(new(path, message));
            }
        }

        if (text is not null && (text.Length > MaxText || text.Contains('\0')))
        {
            errors.Add(new(textPath, $"is at most {MaxText} characters, without U+0000"));
        }

        if (occurredAt is { } at && !StatedInstant.IsInBounds(at, now))
        {
            errors.Add(new("/occurredAt", $"must be {StatedInstant.Bounds}"));
        }

        if (errors.Count > 0)
        {
            throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "invalid-request", "The request is not valid; see errors.", errors);
        }
    }

    private static bool IsId(string? text) => text is null || (text.Trim().Length is > 0 and <= 200 && !text.Contains('\0'));

    private static StateQuery Named(ComplaintId given, HashId hash) => StateQuery.Of(given).And(StateQuery.Of(GivenIds.Of(null, given, hash)));

    // The same key about the same customer is the same complaint.
    private static string? Repeatable(HttpRequest request, InstallationKeys keys, CustomerId customer) =>
        request.Headers["Idempotency-Key"] is [{ Length: > 0 } key] ? Lookup.IdOf(keys, "complaint", customer.Value, key) : null;

    private static Command CommandOf(string cause, DateTimeOffset now, StateQuery reads) => new(Guid.CreateVersion7(now).ToString("N"), cause, "api") { Reads = reads };
}
