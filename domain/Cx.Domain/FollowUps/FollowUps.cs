using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Shops;
using Cx.Domain.Silence;

namespace Cx.Domain.FollowUps;

/// <summary>The products that may be offered to the customer at this wake; none looked up is not the same as none found.</summary>
public sealed record OfferChoice(IReadOnlyList<OfferedProduct>? Products)
{
    public static OfferChoice NotLookedUp { get; } = new((IReadOnlyList<OfferedProduct>?)null);
}

/// <summary>Decides a customer's follow-ups: what fresh facts set off, and what is due.</summary>
public static class FollowUps
{
    /// <summary>
    /// What fresh facts set off, decided in the transaction that records them: follow-ups start and end, queued messages are
    /// withdrawn, and what went out although it should not have is noted.
    /// </summary>
    /// <param name="after">The customer with the fresh facts.</param>
    public static IReadOnlyList<ICustomerEvent> React(Customer after, IReadOnlyList<ICustomerEvent> fresh, DecisionContext s)
    {
        var ledger = new Ledger(after);
        foreach (var fact in fresh)
            Start(ledger, fact, s);
        if (ledger.Customer.FollowUps.IsEmpty)
            return [];

        LateFacts.Note(ledger, fresh, s);
        Endings.EndAtOnce(ledger, s.Shop, s.At);
        Endings.Close(ledger, s.Shop, s.At);
        return ledger.Events;
    }

    /// <summary>
    /// Decides every step that is due: queued, held or skipped; and records the answers that are overdue. Steps compete by priority, then due
    /// instant, then id, without context-ahead. Waking again at the same instant yields nothing.
    /// </summary>
    /// <param name="offers">While not looked up, steps that need offers stay undecided: ask <see cref="WantsOffers"/> first.</param>
    public static IReadOnlyList<ICustomerEvent> Wake(Customer customer, DecisionContext s, OfferChoice offers)
    {
        if (customer.IsErased)
            return [];

        var ledger = new Ledger(customer);
        foreach (var missed in Deadlines.Passed(customer, s.Shop, s.At))
            ledger.Add(missed);
        foreach (var due in Agenda(customer, s))
            Decide(ledger, due, offers);
        Endings.Close(ledger, s.Shop, s.At);
        return ledger.Events;
    }

    /// <summary>Whether a wake now needs the offers looked up first.</summary>
    public static bool WantsOffers(Customer customer, DecisionContext s) =>
        !customer.IsErased && Agenda(customer, s).Exists(l => l.Step.Kind == Cadences.StepKind.Offer && Policy.Evaluate(l).Passes);

    /// <summary>The earliest instant at which a wake could do something; never late, may be early. None: nothing to wait for.</summary>
    public static DateTimeOffset? NextDue(Customer customer, ShopFacts shop)
    {
        if (customer.IsErased)
            return null;

        var now = customer.RecordedAt;
        var steps = StepContext.AtAll(customer, shop, now).Where(l => l.State.IsOpen).Select(NextOf);
        var orphans = customer.FollowUps.Values.Where(f => f.IsRunning && IsDone(f, shop)).Select(_ => (DateTimeOffset?)now);
        return steps.Concat(orphans).Append(Deadlines.Next(customer, shop)).Min();
    }

    private static void Start(Ledger ledger, ICustomerEvent fact, DecisionContext s)
    {
        if (ledger.Customer.IsErased || SubjectFacts.Of(fact) is not var (subject, order))
            return;

        var on = EventCatalog.ShortNameOf(fact);
        foreach (var cadence in s.Shop.Cadences.GroupBy(c => c.Slug).Select(versions => versions.MaxBy(c => c.Version)!).Where(c => c.Trigger.On == on))
        {
            var id = StableHash.FollowUp(cadence.Slug, ledger.Customer.Id, subject);
            if (ledger.Customer.FollowUps.ContainsKey(id))
                continue;

            var control = StableHash.Draw(cadence.Slug, ledger.Customer.Id) < cadence.ControlShare;
            ledger.Add(new FollowUpStarted(id, cadence.Slug, cadence.Version, on, order, s.Correlation, control, fact.OccurredAt, s.At));
        }
    }

    private static List<StepContext> Agenda(Customer customer, DecisionContext s) =>
        (from context in StepContext.AtAll(customer, s.Shop, s.At)
         where context.State.IsOpen && context.Due <= s.At
         orderby context.Cadence.Priority, context.Due
         select context).ToList();

    private static void Decide(Ledger ledger, StepContext due, OfferChoice offers)
    {
        var context = due with { Customer = ledger.Customer, FollowUp = ledger.Customer.FollowUps[due.Id], Offers = offers.Products };
        if (context.Offers is { } found && ContactPolicies.IsSoft(context))
            context = context with { Offers = [.. found.Where(p => p.Analogous)] };

        var (step, at, isOffer) = (context.Step, context.At, context.Step.Kind == Cadences.StepKind.Offer);
        var result = Policy.Evaluate(context);
        if (result is { Final: true, Reason: { } over })
            ledger.Add(new StepSkipped(context.Id, step.Id, over, context.Due, result.Checks, at));
        else if (result.Reason is { } hold && !result.IsHoldOf(context.State))
            ledger.Add(new StepHeld(context.Id, step.Id, hold, context.Due!.Value, result.Until, result.HeldFor, result.Checks, at));
        else if (result.Passes && !(isOffer && context.Offers is null))
            ledger.Add(new MessageQueued(
                context.Id, step.Id, StableHash.Message(context.Id, step.Id, context.State.Messages), step.Channel, step.Category, step.Template,
                MessageLanguage.Of(context.Customer, context.Shop), context.FollowUp.Order, isOffer ? context.Offers! : [], context.Due!.Value, result.Checks, at));
    }

    private static DateTimeOffset? NextOf(StepContext context)
    {
        if (context.Due is not { } due)
            return Schedule.UnreachableReason(context) is not null ? context.At : context.Step.Anchor.On == Cadences.Anchor.PreviousStep ? null : Schedule.GivenUpAt(context);

        // What it waits for may have changed since it was held; then it is looked at again as soon as it is due.
        var next = due > context.At ? context with { At = due } : context;
        var result = Policy.Evaluate(next);
        if (!result.IsHoldOf(context.State))
            return next.At;

        var longest = result.Reason == Reason.OpenComplaint ? DateTimeOffset.MaxValue : next.At + Policy.HoldLeft(next);
        return result.Until < longest ? result.Until : longest;
    }

    private static bool IsDone(FollowUp followUp, ShopFacts shop) =>
        Schedule.CadenceOf(followUp, shop) is not { } cadence || cadence.Steps.All(s => followUp.StepOf(s.Id).IsOver);
}
