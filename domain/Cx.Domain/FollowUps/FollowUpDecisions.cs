using System.Collections.Immutable;
using System.Globalization;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
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
public static class FollowUpDecisions
{
    /// <summary>
    /// What fresh facts set off, decided in the transaction that records them: follow-ups start and end, queued messages are
    /// withdrawn, and messages that went out before a fact that would have stopped them are noted.
    /// </summary>
    /// <param name="before">The customer without the fresh facts.</param>
    /// <param name="after">The customer with them.</param>
    public static IReadOnlyList<ICustomerEvent> React(Customer before, Customer after, IReadOnlyList<ICustomerEvent> fresh, DecisionContext s)
    {
        var triggers = FollowUpTriggers.Of(before, after, fresh).ToList();
        var started = triggers.Aggregate(Decision.About(after), (decision, trigger) => Start(decision, trigger, s));
        if (started.Customer.FollowUps.IsEmpty)
            return [];

        var turned = Republishing.Decide(started, s.Shop, s.At);
        var reopened = fresh.Any(e => Reopening.MayFollow(before, e)) ? Reopening.Decide(turned, s)
            : Reopening.GivenBackSince(before, fresh) is { } since ? Reopening.GiveBack(turned, s, since)
            : turned;
        var standing = Reopening.StandAgain(reopened, [.. triggers.Select(t => t.Subject).OfType<FollowUpSubject>()], s);
        var moved = fresh.OfType<OrderReassigned>().Where(x => !x.Arrives).Aggregate(standing, (decision, x) => EndAbout(decision, x, s));
        var noted = moved.Then(LateFacts.Find(moved.Customer, fresh, s));
        return Close(EndAtOnce(noted, s.Shop, s.At), s.Shop, s.At).Events;
    }

    /// <summary>
    /// Decides every step that is due: queued, held or skipped; and records the answers and purchases that are overdue, with what they start. Steps compete by priority, then due
    /// instant, then id, without look-ahead. Waking again at the same instant yields nothing.
    /// </summary>
    /// <param name="offers">While not looked up, a step that needs offers stays undecided, and so do those that compete with it after it: ask <see cref="WantsOffers"/> then.</param>
    public static IReadOnlyList<ICustomerEvent> Wake(Customer customer, DecisionContext s, OfferChoice offers)
    {
        if (customer.IsErased)
            return [];

        var overdue = Decision.About(customer).Then(Deadlines.Passed(customer, s.Shop, s.At)).Then(PurchaseSilence.Passed(customer, s.Shop, s.At));
        var started = FollowUpTriggers.Of(customer, overdue.Customer, overdue.Events).Aggregate(overdue, (decision, trigger) => Start(decision, trigger, s));
        var passed = FlowSteps.Pass(Republishing.Decide(started, s.Shop, s.At), s.Shop, s.At);
        return Close(DecideDue(passed, s, offers), s.Shop, s.At).Events;
    }

    /// <summary>Whether a wake now needs the offers looked up first.</summary>
    public static bool WantsOffers(Customer customer, ShopFacts shop, DateTimeOffset at) =>
        !customer.IsErased
        && StepContext.AtAll(FlowSteps.Pass(Decision.About(customer), shop, at).Customer, shop, at)
            .Any(step => step.Step.Kind == StepKind.Offer && step.State.IsOpen && step.Due <= at && Policy.Evaluate(step).Passes);

    /// <summary>The earliest instant at which a wake could do something; never late, may be early. None: nothing to wait for.</summary>
    public static DateTimeOffset? NextDue(Customer customer, ShopFacts shop)
    {
        if (customer.IsErased)
            return null;

        var now = customer.RecordedAt;
        var steps = StepContext.AtAll(customer, shop, now).Where(step => step.State.IsOpen).Select(NextDue);
        var changed = customer.FollowUps.Values.Where(f => f.IsRunning && (IsFinished(f, shop) || Republishing.Turn(f, shop) is not null)).Select(_ => (DateTimeOffset?)now);
        return steps.Concat(changed).Append(Deadlines.Next(customer, shop)).Append(PurchaseSilence.Next(customer, shop)).Min();
    }

    /// <summary>
    /// The step of a running follow-up that a wake could do something about first; of those that have no instant, the first of the cadence. None: no step
    /// is open.
    /// </summary>
    public static string? NextStep(Customer customer, ShopFacts shop, FollowUpId followUp) =>
        StepContext.AtAll(customer, shop, customer.RecordedAt)
            .Where(step => step.Id == followUp && step.State.IsOpen)
            .MinBy(step => NextDue(step) ?? DateTimeOffset.MaxValue)?.Step.Id;

    /// <summary>Skips steps that can never be due, and ends follow-ups in which nothing can happen any more.</summary>
    internal static Decision Close(Decision decision, ShopFacts shop, DateTimeOffset at) =>
        decision.Customer.FollowUps.Where(f => f.Value.IsRunning).Aggregate(decision, (sofar, f) => Close(sofar, f.Key, f.Value, shop, at));

    private static Decision Close(Decision decision, FollowUpId id, FollowUp followUp, ShopFacts shop, DateTimeOffset at)
    {
        if (followUp.CadenceIn(shop) is not { } cadence)
            return decision.Then(new FollowUpEnded(id, Reason.NotApplicable, "cadence-removed", at));

        // In the cadence's order: where a step is given up, what follows it is given up too.
        var closed = decision.ThenEach(StepContext.OfFollowUp(decision.Customer, shop, at, id, cadence), (customer, context) =>
            context with { Customer = customer, FollowUp = customer.FollowUps[id] } is { State.IsOpen: true, UnreachableReason: { } why }
                ? new StepSkipped(id, context.Step.Id, why.Reason!.Value, null, [why.Check], at)
                : null);
        return IsFinished(closed.Customer.FollowUps[id], shop) ? closed.Then(new FollowUpEnded(id, null, null, at)) : closed;
    }

    private static Decision Start(Decision decision, FollowUpTrigger trigger, DecisionContext s) =>
        decision.Customer.IsErased ? decision : decision.ThenEach(s.Shop.CadencesInForce(), (customer, cadence) =>
            Entry.Of(customer, cadence, trigger, s) is not { Outcome: EntryOutcome.Starts, Id: { } id } ? null
                : new FollowUpStarted(
                    id, cadence.Slug, cadence.Version, trigger.On, trigger.Order, s.Correlation, StableHash.Draw(cadence.Slug, customer.Id) < cadence.ControlShare, trigger.At, s.At)
                {
                    By = s.By is { } by && by != customer.Id ? by : null,
                    Subject = trigger.Subject,
                });

    /// <summary>Ends at once what exits, a goal or an erasure ended, queued messages included; what a sender already has cannot be taken back.</summary>
    private static Decision EndAtOnce(Decision decision, ShopFacts shop, DateTimeOffset at)
    {
        var skipped = decision.ThenEach(StepContext.AtAll(decision.Customer, shop, at), (_, context) =>
            context.State.IsOpen && Policy.EndOfOpenStep(context) is { } end
                ? new StepSkipped(context.Id, context.Step.Id, end.Reason!.Value, context.Due, [end.Check], at)
                : null);
        var withdrawn = skipped.ThenEach(skipped.Customer.Messages.Where(m => m.Value.Status == MessageStatus.Queued), (customer, m) =>
            StepContext.OfMessage(customer, shop, at, m.Key) is { } context && Policy.EndOfQueuedMessage(context) is { } end
                ? new MessageWithdrawn(m.Value.FollowUp, m.Value.Step, m.Key, end.Reason!.Value, Final: true, Until: null, TimeSpan.Zero, [end.Check], at)
                : null);
        var asked = AskAgain(withdrawn, shop, at);
        return asked.ThenEach(asked.Customer.FollowUps.Where(f => f.Value.IsRunning), (customer, f) =>
            customer.IsErased ? new FollowUpEnded(f.Key, Reason.Erased, "customer-erased", at)
            : f.Value.CadenceIn(shop)?.Exits.FirstOrDefault(e => e.EndsAll && SubjectFacts.When(e, customer, f.Value) is not null) is { } exit
                ? new FollowUpEnded(f.Key, EligibilityPolicies.ReasonOf(exit), exit.On, at)
            : null);
    }

    /// <summary>Where a message that asked about several orders was withdrawn, the others are asked about on their own.</summary>
    internal static Decision AskAgain(Decision decision, ShopFacts shop, DateTimeOffset at)
    {
        var orders = decision.Events.OfType<MessageWithdrawn>().SelectMany(w => decision.Customer.Messages[w.Message].Together ?? []).ToHashSet();
        return orders.Count == 0 ? decision : decision.ThenEach(
            from followUp in decision.Customer.FollowUps
            where followUp.Value.Order is { } order && orders.Contains(order) && followUp.Value.Stopped is null
            from step in followUp.Value.Steps
            where step.Value is { Status: StepStatus.Skipped, Reason: Reason.AskedTogether }
            select (FollowUp: followUp.Key, Step: step.Key),
            (_, skipped) => (ICustomerEvent?)new StepReopened(skipped.FollowUp, skipped.Step, [new("review", Passed: true, "the message that asked about it too was withdrawn")], at));
    }

    // What a complaint, a rating or a question set off goes on: it is still this customer's. A checkout goes with its order.
    private static Decision EndAbout(Decision decision, OrderReassigned x, DecisionContext s)
    {
        var check = new Check("order", Passed: false, $"moved to another customer, as stated on {Finding.Utc(x.OccurredAt)}");
        var skipped = decision.ThenEach(StepContext.AtAll(decision.Customer, s.Shop, s.At), (_, context) => context.State.IsOpen && IsAbout(context.FollowUp)
            ? new StepSkipped(context.Id, context.Step.Id, Reason.OrderReassigned, context.Due, [check], s.At)
            : null);
        var withdrawn = skipped.ThenEach(skipped.Customer.Messages.Where(m => m.Value.Status == MessageStatus.Queued), (customer, m) =>
            customer.FollowUps.GetValueOrDefault(m.Value.FollowUp) is { } followUp && IsAbout(followUp)
                ? new MessageWithdrawn(m.Value.FollowUp, m.Value.Step, m.Key, Reason.OrderReassigned, Final: true, Until: null, TimeSpan.Zero, [check], s.At)
                : null);
        return withdrawn.ThenEach(withdrawn.Customer.FollowUps.Where(f => f.Value.IsRunning && IsAbout(f.Value)), (_, f) =>
            new FollowUpEnded(f.Key, Reason.OrderReassigned, EventCatalog.ShortNameOf(x), s.At));

        bool IsAbout(FollowUp followUp) => followUp.Order == x.Order && followUp is { Subject: null or { Kind: SubjectKind.Checkout }, Trigger: not "complaint-opened" };
    }

    private static List<StepContext> DueSteps(Customer customer, ShopFacts shop, DateTimeOffset at) =>
        (from context in StepContext.AtAll(customer, shop, at)
         where context.Step.Sends && context.State.IsOpen && context.Due <= at
         orderby shop.Policy.RankOf(context.Cadence.Slug, context.Step.Category), context.Cadence.Priority, context.Due
         select context).ToList();

    private static Decision DecideDue(Decision decision, DecisionContext s, OfferChoice offers)
    {
        foreach (var due in DueSteps(decision.Customer, s.Shop, s.At))
        {
            if (DecideStep(decision.Customer, due.With(s), offers) is not { } events)
                break;
            decision = decision.Then(events);
        }

        return decision;
    }

    // None where it has to be known first what may be offered.
    private static IEnumerable<ICustomerEvent>? DecideStep(Customer customer, StepContext due, OfferChoice offers)
    {
        var context = due with { Customer = customer, FollowUp = customer.FollowUps[due.Id], Offers = offers.Products };
        if (!context.State.IsOpen)
            return [];

        if (context.Offers is { } found && EligibilityPolicies.IsSoftOptIn(context))
            context = context with { Offers = [.. found.Where(p => p.Analogous)] };

        var (step, at, isOffer) = (context.Step, context.At, context.Step.Kind == StepKind.Offer);
        var result = Policy.Evaluate(context);
        return result switch
        {
            { Final: true, Reason: { } over } => [new StepSkipped(context.Id, step.Id, over, context.Due, result.Checks, at)],
            { Reason: { } hold } => result.IsHoldOf(context.State) ? []
                : [new StepHeld(context.Id, step.Id, hold, context.Due!.Value, result.Until, result.HeldFor, result.Checks, at)],
            _ when isOffer && context.Offers is null => null,
            _ => Queue(context, isOffer ? context.Offers! : [], result.Checks),
        };
    }

    // With a request for a review, the steps that would ask the same address about what has arrived besides are over.
    private static IEnumerable<ICustomerEvent> Queue(StepContext context, IReadOnlyList<OfferedProduct> offers, IReadOnlyList<Check> checks)
    {
        var (step, together) = (context.Step, ReviewRequests.Together(context));
        var variant = Variant.Of(context.Cadence, step, context.Customer.Id);
        if (variant is not null)
            checks = [.. checks, new("variant", Passed: true, $"'{variant.Id}', of {string.Join(", ", step.Variants!.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Id} {v.Share}")))}")];
        var message = StableHash.Message(context.Id, step.Id, context.State.Messages);
        return
        [
            new MessageQueued(
                context.Id, step.Id, message, step.Channel!.Value, step.Category!.Value, variant?.Template ?? step.Template!,
                step.IsForShop ? context.Shop.Languages[0] : Recipient.Language(context.Customer, context.Order, context.Shop),
                context.FollowUp.Order, offers, context.Due!.Value, checks, context.At)
            {
                IsForShop = step.IsForShop,
                IsReviewRequest = ReviewRequests.IsRequest(context.Cadence, step),
                Together = together.Count == 0 ? null : [.. together.Select(t => t.FollowUp.Order!.Value)],
                Variant = variant?.Id,
                Items = ReviewEligibility.Items(context, together),
            },
            .. together.Select(t => new StepSkipped(
                t.Id, t.Step.Id, Reason.AskedTogether, t.Due, [new("review", Passed: false, $"asked for together with order {context.FollowUp.Order}, in message {message}")], context.At)),
        ];
    }

    private static DateTimeOffset? NextDue(StepContext context)
    {
        if (context.Due is not { } due)
            return context.UnreachableReason is not null ? context.At : context.WaitsForStep ? null : context.GivenUpAt;
        if (!context.Step.Sends)
            return FlowSteps.NextDue(context);

        // Where the reason of a hold has changed since, the step is evaluated again as soon as it is due; one that was never held is evaluated then.
        var next = due > context.At ? context with { At = due } : context;
        if (context.State.Status != StepStatus.Held)
            return next.At;

        var result = Policy.Evaluate(next);
        if (!result.IsHoldOf(context.State))
            return next.At;
        if (result.Reason == Reason.Restricted)
            return null;

        var longest = result.Reason is Reason.OpenComplaint or Reason.AskedLately or Reason.SpreadOut ? DateTimeOffset.MaxValue : TimingPolicies.HoldOver(next, Policy.HoldLeft(next));
        return result.Until < longest ? result.Until : longest;
    }

    private static bool IsFinished(FollowUp followUp, ShopFacts shop) =>
        followUp.CadenceIn(shop) is not { } cadence || cadence.Steps.All(s => followUp.StepOf(s.Id).IsOver);
}

/// <summary>The events decided so far, and the customer that they leave: each further event is decided about that customer.</summary>
internal sealed record Decision(Customer Customer, ImmutableList<ICustomerEvent> Events)
{
    internal static Decision About(Customer customer) => new(customer, []);

    internal Decision Then(ICustomerEvent e) => new(CustomerFold.Evolve(Customer, e), Events.Add(e));

    internal Decision Then(IEnumerable<ICustomerEvent> events) => events.Aggregate(this, (sofar, e) => sofar.Then(e));

    /// <summary>Decides once for each item, about the customer that the items before it left; several events each.</summary>
    internal Decision ThenEach<T>(IEnumerable<T> items, Func<Customer, T, IEnumerable<ICustomerEvent>> decide) =>
        items.Aggregate(this, (sofar, item) => sofar.Then(decide(sofar.Customer, item)));

    /// <summary>Decides once for each item, about the customer that the items before it left.</summary>
    internal Decision ThenEach<T>(IEnumerable<T> items, Func<Customer, T, ICustomerEvent?> decide) =>
        items.Aggregate(this, (sofar, item) => decide(sofar.Customer, item) is { } e ? sofar.Then(e) : sofar);
}
