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
    public static IReadOnlyList<ICustomerEvent> React(Customer after, IReadOnlyList<ICustomerEvent> fresh, Situation s)
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
    /// instant, then id, without look-ahead. Waking again at the same instant yields nothing.
    /// </summary>
    /// <param name="offers">While not looked up, steps that need offers stay undecided: ask <see cref="WantsOffers"/> first.</param>
    public static IReadOnlyList<ICustomerEvent> Wake(Customer customer, Situation s, OfferChoice offers)
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
    public static bool WantsOffers(Customer customer, Situation s) =>
        !customer.IsErased && Agenda(customer, s).Exists(l => l.Step.Kind == Cadences.StepKind.Offer && Policy.Judge(l).Passes);

    /// <summary>The earliest instant at which a wake could do something; never late, may be early. None: nothing to wait for.</summary>
    public static DateTimeOffset? NextDue(Customer customer, ShopFacts shop)
    {
        if (customer.IsErased)
            return null;

        var now = customer.RecordedAt;
        var steps = Look.AtAll(customer, shop, now).Where(l => l.State.IsOpen).Select(NextOf);
        var orphans = customer.FollowUps.Values.Where(f => f.IsRunning && IsDone(f, shop)).Select(_ => (DateTimeOffset?)now);
        return steps.Concat(orphans).Append(Deadlines.Next(customer, shop)).Min();
    }

    private static void Start(Ledger ledger, ICustomerEvent fact, Situation s)
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

    private static List<Look> Agenda(Customer customer, Situation s) =>
        (from look in Look.AtAll(customer, s.Shop, s.At)
         where look.State.IsOpen && look.Due <= s.At
         orderby look.Cadence.Priority, look.Due
         select look).ToList();

    private static void Decide(Ledger ledger, Look due, OfferChoice offers)
    {
        var look = due with { Customer = ledger.Customer, FollowUp = ledger.Customer.FollowUps[due.Id], Offers = offers.Products };
        if (look.Offers is { } found && ContactPolicies.IsSoft(look))
            look = look with { Offers = [.. found.Where(p => p.Analogous)] };

        var (step, at, isOffer) = (look.Step, look.At, look.Step.Kind == Cadences.StepKind.Offer);
        var judgement = Policy.Judge(look);
        if (judgement is { Final: true, Reason: { } over })
            ledger.Add(new StepSkipped(look.Id, step.Id, over, look.Due, judgement.Checks, at));
        else if (judgement.Reason is { } hold && !judgement.IsHoldOf(look.State))
            ledger.Add(new StepHeld(look.Id, step.Id, hold, look.Due!.Value, judgement.Until, judgement.HeldFor, judgement.Checks, at));
        else if (judgement.Passes && !(isOffer && look.Offers is null))
            ledger.Add(new MessageQueued(
                look.Id, step.Id, StableHash.Message(look.Id, step.Id, look.State.Messages), step.Channel, step.Category, step.Template,
                MessageLanguage.Of(look.Customer, look.Shop), look.FollowUp.Order, isOffer ? look.Offers! : [], look.Due!.Value, judgement.Checks, at));
    }

    private static DateTimeOffset? NextOf(Look look)
    {
        if (look.Due is not { } due)
            return Schedule.Hopeless(look) is not null ? look.At : look.Step.Anchor.On == Cadences.Anchor.PreviousStep ? null : Schedule.GivenUpAt(look);

        // What it waits for may have changed since it was held; then it is looked at again as soon as it is due.
        var next = due > look.At ? look with { At = due } : look;
        var judgement = Policy.Judge(next);
        if (!judgement.IsHoldOf(look.State))
            return next.At;

        var longest = judgement.Reason == Reason.OpenComplaint ? DateTimeOffset.MaxValue : next.At + Policy.HoldLeft(next);
        return judgement.Until < longest ? judgement.Until : longest;
    }

    private static bool IsDone(FollowUp followUp, ShopFacts shop) =>
        Schedule.CadenceOf(followUp, shop) is not { } cadence || cadence.Steps.All(s => followUp.StepOf(s.Id).IsOver);
}
