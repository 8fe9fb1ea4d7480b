using System.Diagnostics;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Cadences;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Microsoft.AspNetCore.Mvc;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.FollowUps.TestMessages;

/// <summary>Which message is sent to see how it looks.</summary>
/// <param name="To">One of the shop's <c>testAddresses</c>, or its <c>alertEmail</c>.</param>
/// <param name="Language">BCP 47; left out: the customer's, else the shop's first.</param>
/// <param name="Customer">The id of a customer about whose latest order it is; left out: invented values.</param>
/// <param name="Draft">Whether the step is that of the draft; left out: of the latest version.</param>
public sealed record StepTestRequest(string? To, string? Language = null, string? Customer = null, bool? Draft = null);

/// <summary>What became of it.</summary>
/// <param name="Id">The left side of its Message-ID, and the receiver's idempotency key.</param>
/// <param name="Language">That of the template that was found.</param>
/// <param name="Sender"><c>smtp</c> or <c>webhook</c>.</param>
/// <param name="State"><c>accepted</c>, <c>refused</c>, <c>failed</c> (try again later) or <c>in-doubt</c>.</param>
/// <param name="Detail">What the receiver answered, or why it did not.</param>
public sealed record StepTestResponse(string Id, string Subject, string Language, string Sender, string State, string Detail);

/// <summary>Sends one step's message to an address of the shop's own.</summary>
public static class TestMessageHandlers
{
    public static IReadOnlyList<Endpoint> Endpoints { get; } =
    [
        new("testStep", "POST", Routes.TestStep, Access.Marketing, Post)
        {
            Summary = "Sends the message of a step to an address of the shop's own (testAddresses, alertEmail), marked as a test: outside caps, consents, reports and any customer's log.",
            Accepts = typeof(StepTestRequest), Returns = typeof(StepTestResponse), Refuses = [409, 410, 422, 429],
        },
    ];

    public static async Task<StepTestResponse> Post(
        string shop, string slug, string step, [FromBody] StepTestRequest body, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] CadenceDirectory cadences,
        [FromServices] ICustomerReader customers, [FromServices] TestSender tests, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var (document, tested) = Step(await cadences.Find(facts, slug, ct) ?? throw CadenceHandlers.Unknown(slug), step, body.Draft is true);
        var to = Own(facts, body.To);
        tests.CheckSender();
        using var customer = body.Customer is { } id ? await Customer(context, facts.Id, id, customers, ct) : null;
        var rendered = await tests.Render(facts, document, tested, body.Language, customer, ct);
        var audit = context.Audit(AuditAction.TestSent);
        if (!await tests.Admit(facts.Id, customer?.Customer.Id, audit, Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier, ct))
        {
            context.Response.Headers.RetryAfter = "600";
            throw new ApiProblem(StatusCodes.Status429TooManyRequests, "too-many-tests", $"A shop sends {TestSender.MostAnHour} tests an hour at most.");
        }

        return await tests.Send(facts, document, tested, rendered, to, ct);
    }

    private static (CadenceDocument Document, Step Step) Step(Cadence cadence, string id, bool isDraft)
    {
        var document = isDraft
            ? cadence.Draft ?? throw new RuleBrokenException("no-draft", "There is no draft: save one first.")
            : cadence.Document ?? throw new RuleBrokenException("no-version", "No version was published: say \"draft\": true.");
        var step = document.Steps.FirstOrDefault(s => s.Id == id)
            ?? throw new ApiProblem(StatusCodes.Status404NotFound, "unknown-step", $"The cadence '{cadence.Slug}' has no step '{id}'{(isDraft ? " in its draft" : "")}.");
        return step is { Sends: true, Channel: Channel.Email, Template: not null } ? (document, step)
            : throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "step-not-mailed", $"The step '{id}' sends no e-mail.");
    }

    /// <exception cref="ApiProblem">422: it is no address, or none of the shop's own. Else customers could be written to past consents and caps.</exception>
    private static string Own(ShopFacts shop, string? to)
    {
        var address = to is null ? null : Identifiers.Normalise(IdentifierKind.Email, to);
        return address is null ? throw Refused("invalid-test", "is an e-mail address", null)
            : shop.TestAddresses.Append(shop.AlertEmail).Any(own => own is not null && Identifiers.Normalise(IdentifierKind.Email, own) == address) ? to!.Trim()
            : throw Refused(
                "not-a-test-address", "is no test address of the shop",
                $"list it in testAddresses of the shop's settings (PUT /{Routes.Shop}, with an administrator's key): tests go to addresses of the shop's own, never to customers");

        static ApiProblem Refused(string code, string message, string? hint) =>
            new(StatusCodes.Status422UnprocessableEntity, code, "The message cannot be sent there; see errors.", [new("/to", message, hint)]);
    }

    private static async Task<OpenCustomer> Customer(HttpContext context, ShopId shop, string id, ICustomerReader customers, CancellationToken ct)
    {
        var open = await customers.Open(shop, new(id), StateQuery.Everything, ct) ?? throw new UnknownCustomerException(shop, new(id));
        try
        {
            if (open.Customer.IsErased)
            {
                throw Problems.Erased();
            }

            context.CheckShown(open.Customer);
            return open;
        }
        catch
        {
            open.Dispose();
            throw;
        }
    }
}
