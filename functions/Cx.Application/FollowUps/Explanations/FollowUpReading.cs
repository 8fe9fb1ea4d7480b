using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>A customer's follow-ups, and why their steps are as they are.</summary>
public static class FollowUpReading
{
    public static async Task<Page<FollowUpView>> List(string shop, string id, ICustomerReader customers, TimeProvider clock, CancellationToken ct)
    {
        using var open = await customers.Open(new(shop), new(id), ct) ?? throw new UnknownCustomerException(new(shop), new(id));
        var (customer, at) = (open.Customer.IsErased ? throw Problems.Erased() : open.Customer, clock.GetUtcNow());
        return new([.. customer.FollowUps.Keys.Select(f => FollowUpView.Of(customer, open.Shop, f, at)).OrderByDescending(f => f.StartedAt).ThenBy(f => f.Id)], null);
    }

    public static async Task<StepExplanation> Why(
        string shop, string id, string step, FollowUpDirectory directory, ICustomerReader customers, IEventStore store, TimeProvider clock, CancellationToken ct)
    {
        var (tenant, followUp) = (new ShopId(shop), new FollowUpId(id));
        var owner = await directory.CustomerOf(tenant, followUp, ct) ?? throw Unknown("follow-up", id);
        using var open = await customers.Open(tenant, owner, ct) ?? throw Unknown("follow-up", id);
        var customer = open.Customer;
        if (!customer.FollowUps.TryGetValue(followUp, out var state))
        {
            throw Unknown("follow-up", id);
        }

        var view = FollowUpView.Of(customer, open.Shop, followUp, clock.GetUtcNow()).Steps.FirstOrDefault(s => s.Step == step) ?? throw Unknown("step", step);
        var log = await store.Read(tenant, [.. customer.Members.Add(customer.Id).Select(CustomerStream.Of)], AsOf.Now, ct).ToListAsync(ct);
        return StepExplainer.Explain(customer, open.Shop, followUp, view, await directory.Delivery(tenant, state.CorrelationId, ct), log);
    }

    private static ApiProblem Unknown(string what, string id) => new(StatusCodes.Status404NotFound, $"unknown-{what}", $"There is no {what} '{id}'.");
}
