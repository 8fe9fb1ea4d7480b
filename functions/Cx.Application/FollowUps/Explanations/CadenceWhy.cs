using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Cadences;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Explaining;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Explaining;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>Answers why a cadence did, or did not, write to a customer.</summary>
public static class CadenceWhy
{
    /// <param name="cadence">Its slug.</param>
    public static async Task<CadenceExplanation> Get(
        HttpContext context, string shop, string id, string? cadence, [FromServices] ICustomerReader customers, [FromServices] CadenceDirectory cadences, [FromServices] IEventStore store,
        [FromServices] KeyDirectory keys, [FromServices] InstallationKeys installation, [FromServices] OfferLookup offers, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(cadence))
        {
            throw new ApiProblem(StatusCodes.Status400BadRequest, "missing-cadence", "Say which cadence: ?cadence= its slug.");
        }

        var tenant = new ShopId(shop);
        using var open = await customers.Open(tenant, new(id), StateQuery.Everything, ct, readsBarred: true) ?? throw new UnknownCustomerException(tenant, new(id));
        var customer = open.Customer.IsErased ? throw Problems.Erased() : open.Customer;
        context.CheckShown(customer);
        var history = await cadences.History(open.Shop, cadence, ct) ?? throw CadenceHandlers.Unknown(cadence);
        // What a draft asks of tags is hashed as it would be at publishing.
        history = history with { Cadence = history.Cadence with { Draft = history.Cadence.Draft?.Hashed(Lookup.GivenId(installation, tenant)) } };
        var log = await store.ReadCustomer(tenant, [.. customer.Ids], AsOf.Now, ct)
            .Select(r => new LoggedEvent((ICustomerEvent)r.Event, r.RecordedAt, $"{r.RecordedAt.UtcTicks}/{r.Correlation}")).ToListAsync(ct);
        var runs = customer.FollowUps.Values.Any(f => f.IsRunning);
        var offered = runs ? new OfferChoice(await offers(tenant, customer, ct)) : OfferChoice.NotLookedUp;
        var names = (await keys.List(tenant, ct)).ToDictionary(k => k.Id, k => k.Name);
        var say = Sentences.In(open.Shop, context.Request.Languages());
        return CadenceExplainer.Explain(customer, open.Context(clock.GetUtcNow()), history, log, offered, say).In(say, names);
    }
}
