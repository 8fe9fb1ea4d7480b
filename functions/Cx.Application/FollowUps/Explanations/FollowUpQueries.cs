using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Explaining;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>One follow-up of a customer.</summary>
/// <param name="Subject">What it is about; none: its order.</param>
public sealed record FollowUpDetailsResponse(
    FollowUpId Id, string Cadence, int Version, string Trigger, FollowUpSubject? Subject, OrderId? Order, bool Control, DateTimeOffset TriggeredAt, DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt, Reason? EndedFor, IReadOnlyList<StepDetailsResponse> Steps)
{
    /// <summary>With every step of the cadence; of one that the shop no longer has, the steps that something happened to.</summary>
    internal static FollowUpDetailsResponse Of(Customer customer, ShopFacts shop, FollowUpId id, DateTimeOffset at)
    {
        var followUp = customer.FollowUps[id];
        var contexts = StepContext.AtAll(customer, shop, at).Where(c => c.Id == id).ToDictionary(c => c.Step.Id);
        var steps = followUp.CadenceIn(shop)?.Steps.Select(s => s.Id) ?? followUp.Steps.Keys;
        return new(
            id, followUp.Cadence, followUp.Version, followUp.Trigger, followUp.Subject, followUp.Order, followUp.Control, followUp.TriggeredAt, followUp.StartedAt,
            followUp.EndedAt, followUp.EndedFor, [.. steps.Select(step => StepDetailsResponse.Of(step, followUp, contexts.GetValueOrDefault(step)))]);
    }
}

/// <summary>How far a step is.</summary>
/// <param name="Reason">Why it waits, or will not happen.</param>
/// <param name="Due">When it was due; before it is decided, when it is due by the facts known now.</param>
/// <param name="Until">Held: when it is evaluated again at the latest. Of a wait-for that is not passed: when it will be, by the facts known now.</param>
/// <param name="Person">What a person last wanted of it, or of the follow-up that it ended with; <c>by</c> is the id of a key, or <c>installation</c>.</param>
/// <param name="Variant">Which variant its message is, as last queued.</param>
/// <param name="Outcome">How a wait-for or a branch was passed.</param>
/// <param name="PassedAt">When it was, for what counts from it.</param>
public sealed record StepDetailsResponse(
    string Step, StepStatus Status, Reason? Reason, DateTimeOffset? Due, DateTimeOffset? Until, DateTimeOffset? SentAt, MessageId? Message, PersonDecision? Person,
    string? Variant, StepOutcome? Outcome, DateTimeOffset? PassedAt)
{
    /// <param name="context">None where the follow-up has ended.</param>
    internal static StepDetailsResponse Of(string id, FollowUp followUp, StepContext? context)
    {
        var state = followUp.StepOf(id);
        var person = state is { Status: StepStatus.Sent } or { Person.Control: StepControl.Skip } ? state.Person : followUp.Stopped ?? state.Person;
        var until = state.Status == StepStatus.Held ? state.Until : state.IsOpen ? context?.WaitsUntil : null;
        return new(id, state.Status, state.Reason, state.Due ?? context?.Due, until, state.SentAt, state.Message, person, state.Variant, state.Outcome, state.PassedAt);
    }
}

/// <summary>Answers for a customer's follow-ups, and why their steps are as they are.</summary>
public static class FollowUpQueries
{
    public static async Task<Page<FollowUpDetailsResponse>> List(HttpContext context, string shop, string id, ICustomerReader customers, TimeProvider clock, CancellationToken ct)
    {
        using var open = await customers.Open(new(shop), new(id), StateQuery.Everything, ct) ?? throw new UnknownCustomerException(new(shop), new(id));
        var (customer, at) = (open.Customer.IsErased ? throw Problems.Erased() : open.Customer, clock.GetUtcNow());
        context.CheckShown(customer);
        var followUps = customer.FollowUps.Keys.Select(f => FollowUpDetailsResponse.Of(customer, open.Shop, f, at));
        return new([.. followUps.OrderByDescending(f => f.StartedAt).ThenBy(f => f.Id)], null);
    }

    public static async Task<StepExplanationResponse> Why(
        HttpContext context, string shop, string id, string step, FollowUpDirectory directory, ICustomerReader customers, IEventStore store, KeyDirectory keys, TimeProvider clock,
        CancellationToken ct)
    {
        var (tenant, followUp) = (new ShopId(shop), new FollowUpId(id));
        var owner = await directory.CustomerOf(tenant, followUp, ct) ?? throw Unknown("follow-up", id);
        using var open = await customers.Open(tenant, owner, StateQuery.Everything, ct) ?? throw Unknown("follow-up", id);
        var customer = open.Customer;
        context.CheckShown(customer);
        var details = Steps(customer, open.Shop, followUp, clock.GetUtcNow()).FirstOrDefault(s => s.Step == step) ?? throw Unknown("step", step);
        var log = await store.ReadCustomer(tenant, [.. customer.Ids], AsOf.Now, ct).ToListAsync(ct);
        var state = customer.FollowUps[followUp];
        var correlations = StepExplainer.Facts(state, log).Select(r => r.Correlation).Append(state.CorrelationId).OfType<string>();
        var people = StepPeople.None;
        if (log.Exists(r => StepExplainer.Concerns(r.Event, followUp, step) && r.Event is IStepControlEvent))
        {
            // A person's words are opened.
            await context.RecordRead(tenant, customer.Id, AuditAction.Opened, ct);
            people = new(open.Read, (await keys.List(tenant, ct)).ToDictionary(k => k.Id, k => k.Name));
        }

        return StepExplainer.Explain(customer, open.Shop, followUp, details, await directory.DeliveriesOf(tenant, correlations, ct), log, people, Sentences.In(open.Shop, context.Request.Languages()));
    }

    internal static IReadOnlyList<StepDetailsResponse> Steps(Customer customer, ShopFacts shop, FollowUpId followUp, DateTimeOffset at) =>
        customer.FollowUps.ContainsKey(followUp) ? FollowUpDetailsResponse.Of(customer, shop, followUp, at).Steps : throw Unknown("follow-up", followUp.Value);

    internal static ApiProblem Unknown(string what, string id) => new(StatusCodes.Status404NotFound, $"unknown-{what}", $"There is no {what} '{id}'.");
}
