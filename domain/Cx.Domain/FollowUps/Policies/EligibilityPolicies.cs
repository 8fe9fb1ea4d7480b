using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>Whether a step may be sent at all: its follow-up still has its cause, and the shop may write to the customer.</summary>
internal static class EligibilityPolicies
{
    internal static Finding Running(StepContext context) =>
        context.Customer.ErasedAt is { } erased ? new("follow-up", $"the customer was erased on {Utc(erased)}", Reason.Erased, Final: true)
        : context.FollowUp.Stopped is { } stopped ? new("follow-up", $"stopped {stopped.Evidence}", Reason.StoppedByPerson, Final: true)
        : context.FollowUp.EndedAt is { } ended ? new("follow-up", $"ended on {Utc(ended)}", context.FollowUp.EndedFor ?? Reason.Exited, Final: true)
        : Republishing.EndOf(context.FollowUp, context.Shop) is { } end ? new("follow-up", Republishing.Evidence(end), end, Final: true)
        : new("follow-up", $"runs since {Utc(context.FollowUp.StartedAt)}");

    internal static Finding ControlGroup(StepContext context) => context.FollowUp.Control
        ? new("control-group", "the customer is in the control group", Reason.ControlGroup, Final: true)
        : new("control-group", "not in the control group");

    /// <summary>
    /// An order must still be valid, unless its loss is what the cadence is about; and what was written about it before it came to this customer is not
    /// repeated to the same address.
    /// </summary>
    internal static Finding OrderValid(StepContext context) =>
        context.FollowUp.Subject is { } subject ? SubjectStands(context, subject)
        : context.FollowUp.Order is not { } id ? new("order", "not about an order")
        : context.Received.Any(r => r.Order == id && r.Cadence == context.FollowUp.Cadence && r.Step == context.Step.Id && r.Address == context.Address)
            ? new("order", "the address got this step before the order came to this customer", Reason.AlreadyReceived, Final: true)
        : context.FollowUp.Trigger is var trigger && SubjectFacts.OrderEvents.Contains(trigger) && SubjectFacts.When(trigger, context.Order) is null
            ? new("order", $"what started it was taken back: {trigger}", Reason.TriggerTakenBack, Final: true)
        : context.FollowUp.Trigger is "order-cancelled" or "order-refunded" ? new("order", $"its loss is the trigger: {context.FollowUp.Trigger}")
        : SubjectFacts.When("order-cancelled", context.Customer, context.FollowUp) is { } cancelled
            ? new("order", $"cancelled on {Utc(cancelled)}", Reason.OrderCancelled, Final: true)
        : SubjectFacts.When("order-refunded", context.Customer, context.FollowUp) is { } refunded
            ? new("order", $"refunded in full on {Utc(refunded)}", Reason.OrderRefunded, Final: true)
        : new("order", "neither cancelled nor refunded in full");

    // Whatever became of the order that it names. A rating that was changed must still be what the trigger asks for.
    private static Finding SubjectStands(StepContext context, FollowUpSubject subject)
    {
        var (followUp, what) = (context.FollowUp, JsonNaming.Kebab(subject.Kind));
        if (SubjectFacts.When(followUp.Trigger, context.Customer, followUp) is not { } since)
            return new("subject", $"what started it was taken back: {followUp.Trigger}", Reason.TriggerTakenBack, Final: true);

        var trigger = new[] { context.Cadence.Trigger, context.Cadence.FallbackTrigger }.FirstOrDefault(t => t?.On == followUp.Trigger);
        return subject.Kind == SubjectKind.Rating && Facts.FirstFalse(trigger?.Conditions, context.Facts) is { } unmet
            ? new("subject", $"the rating is no more what starts it: {unmet.Evidence}", Reason.TriggerTakenBack, Final: true)
            : new("subject", $"the {what} of {Utc(since)} stands");
    }

    /// <summary>The goal and the other exits that end this step.</summary>
    internal static Finding GoalAndExits(StepContext context)
    {
        foreach (var exit in context.Cadence.Exits.Where(e => e.Ends(context.Step.Id)))
        {
            if (SubjectFacts.When(exit, context.Customer, context.FollowUp) is { } instant)
                return new("goal-and-exits", $"{exit.On} on {Utc(instant)}", ReasonOf(exit), Final: true);
        }

        return new("goal-and-exits", "neither goal nor exit reached");
    }

    /// <summary>What the step itself asks for, by the facts at this instant; nothing where it asks for nothing.</summary>
    internal static IEnumerable<Finding> Conditions(StepContext context) => context.Step.Conditions is null ? [] :
    [
        Facts.FirstFalse(context.Step.Conditions, context.Facts) is { } unmet
            ? new("conditions", unmet.Evidence, Reason.ConditionFalse, Final: true)
            : new("conditions", "all hold"),
    ];

    internal static Reason ReasonOf(Exit exit) => exit switch
    {
        { Goal: true } => Reason.GoalReached,
        { On: "order-cancelled", OtherSubject: false } => Reason.OrderCancelled,
        { On: "order-refunded", OtherSubject: false } => Reason.OrderRefunded,
        _ => Reason.Exited,
    };

    internal static Finding Sending(StepContext context) => context.Shop.Sending switch
    {
        Shops.Sending.On when context.Shop.Standings.GetValueOrDefault(context.Cadence.Slug)?.State == CadenceState.Paused =>
            new("sending", "the cadence is paused", Reason.CadencePaused),
        Shops.Sending.On => new("sending", "switched on"),
        Shops.Sending.Paused => new("sending", "paused", Reason.SendingPaused),
        _ => new("sending", "switched off", Reason.SendingOff),
    };

    internal static Finding Address(StepContext context)
    {
        if (context.Step.IsForShop)
            return AddressOfShop(context);

        var (known, what) = context.Step.Channel switch
        {
            Channel.Email => (context.Address is not null, "e-mail address"),
            Channel.Phone or Channel.Messaging => (context.Address is not null, "phone number"),
            Channel.Social => (context.Address is not null, "handle"),
            _ => (true, "address of its own"),
        };
        return !known ? new("address", $"no {what} known", Reason.NoAddress, Final: true)
            : RefusedSince(context) is { } refused
                ? new("address", $"{what} refused for good on {Utc(refused)}, and not given anew since", Reason.AddressRefused, Final: true)
            : new("address", $"{what} known");
    }

    private static Finding AddressOfShop(StepContext context)
    {
        var (known, what) = context.Step.Kind == StepKind.Webhook ? (context.Shop.AlertUrl is not null, "alertUrl") : (context.Shop.AlertEmail is not null, "alertEmail");
        return known ? new("address", $"the shop's {what}") : new("address", $"the shop has no {what}", Reason.NoAddress, Final: true);
    }

    /// <summary>
    /// Consent by category: none for transactional contact, no objection for service, opt-in or the soft opt-in for marketing. An objection is the person's,
    /// and the address's, whoever made it.
    /// </summary>
    internal static Finding Consent(StepContext context) => context.Step.Category switch
    {
        Category.Transactional => new("consent", "transactional: none needed"),
        _ when Objection(context) is { } objected => new("consent", $"objected on {Utc(objected)}", Reason.Objected, Final: true),
        _ when Bar(context) is { } barred => new("consent", $"the address is barred since {Utc(barred)}", Reason.Objected, Final: true),
        Category.Service => new("consent", "service about an existing contact: no objection"),
        _ when OptIn(context) is { } given => new("consent", $"opted in on {Utc(given)}"),
        _ when IsSoftOptIn(context) => new("consent", "soft opt-in: address left with a sale, the shop attests the notice"),
        _ => new("consent", "no opt-in, and no soft opt-in applies", Reason.NoConsent, Final: true),
    };

    /// <summary>
    /// The soft opt-in of Directive 2002/58/EC, article 13(2): e-mail only, an address obtained with a sale, a shop that attests the
    /// notice at collection, never after an objection. It holds for products analogous to those bought, and never for a checkout, which is no sale.
    /// </summary>
    internal static bool IsSoftOptIn(StepContext context) =>
        context.Step is { Category: Category.Marketing, Channel: Channel.Email }
        && context.Shop.SoftOptIn
        && context.FollowUp.Subject is not { Kind: SubjectKind.Checkout }
        && OptIn(context) is null
        && Objection(context) is null
        && Bar(context) is null
        && context.Customer.HasBought;

    internal static Finding Offer(StepContext context) =>
        context.Step.Kind != StepKind.Offer ? new("offer", "offers nothing")
        : context.Offers is not { } products ? new("offer", "not looked up")
        : products.Count == 0 ? new("offer", "nothing to offer", Reason.NothingToOffer, Final: true)
        : IsSoftOptIn(context) && !products.All(p => p.Analogous)
            ? new("offer", "under the soft opt-in only products analogous to those bought", Reason.NothingToOffer, Final: true)
        : new("offer", $"{products.Count} to offer");

    // Under whichever record it was refused, and given anew.
    private static DateTimeOffset? RefusedSince(StepContext context)
    {
        var known = context.Refused.Where(r => r.Address == context.Address).ToList();
        var own = context.Address is { } address && context.Customer.RefusedAddresses.TryGetValue(address.Value, out var at) ? at : (DateTimeOffset?)null;
        var since = known.Where(r => !r.IsGivenAnew).Select(r => (DateTimeOffset?)r.At).Append(own).Max();
        return known.Exists(r => r.IsGivenAnew && r.At > since) ? null : since;
    }

    private static DateTimeOffset? OptIn(StepContext context) =>
        Statement(context) is { Given: true, Basis: not ConsentBasis.SoftOptIn } consent ? consent.At : null;

    /// <summary>An objection in words, or by marking a message as spam after the last consent.</summary>
    private static DateTimeOffset? Objection(StepContext context)
    {
        var statement = Statement(context);
        return statement is { Given: false } ? statement.At : SpamAgainst(context.Customer, context.Step.Channel, context.Step.Category);
    }

    /// <summary>When a message on a channel was marked as spam, after the last opt-in there; none where that bars nothing.</summary>
    internal static DateTimeOffset? SpamAgainst(Customer customer, Channel? channel, Category? category)
    {
        var spam = customer.SpamReports.Values.Where(r => r.Channel == channel).Max(r => (DateTimeOffset?)r.At);
        var statement = channel is { } known ? customer.Consents.GetValueOrDefault(ConsentKey.Of(known, Purpose.Marketing)) : null;
        return category == Category.Marketing && !(statement is { Basis: ConsentBasis.OptIn } && statement.At > spam) ? spam : null;
    }

    private static DateTimeOffset? Bar(StepContext context) => context.Barred
        .Where(b => b.Address == context.Address && b.Purpose == PurposeOf(context)).Max(b => (DateTimeOffset?)b.Since);

    private static Consent? Statement(StepContext context) =>
        context.Step.Channel is { } channel ? context.Customer.Consents.GetValueOrDefault(ConsentKey.Of(channel, PurposeOf(context))) : null;

    private static Purpose PurposeOf(StepContext context) => context.Step.Category == Category.Service ? Purpose.Service : Purpose.Marketing;
}
