using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>Finds messages that went out before a fact arrived that had already happened and would have stopped or delayed them.</summary>
internal static class LateFacts
{
    internal static IEnumerable<SentDespite> Find(Customer customer, IReadOnlyList<ICustomerEvent> fresh, DecisionContext s)
    {
        foreach (var (id, message) in customer.Messages)
        {
            if (message.UncontestedSentAt is { } sentAt
                && fresh.Any(f => f.OccurredAt <= sentAt)
                && StepContext.OfMessage(customer, s.Shop, s.At, id) is { } context
                && fresh.Where(f => f.OccurredAt <= sentAt).Select(f => ReasonOf(f, context, sentAt)).FirstOrDefault(r => r is not null) is { } reason)
                yield return new SentDespite(message.FollowUp, message.Step, id, reason, s.At);
        }
    }

    /// <summary>The instant of the earliest fact that may have come too late for a message; none when there is no such fact.</summary>
    internal static DateTimeOffset? Earliest(IEnumerable<ICustomerEvent> facts) =>
        facts.Where(f => f is ConsentWithdrawn || SubjectFacts.Exits.Contains(EventCatalog.ShortNameOf(f))).Min(f => (DateTimeOffset?)f.OccurredAt);

    private static Reason? ReasonOf(ICustomerEvent fact, StepContext context, DateTimeOffset sentAt) => EndOf(fact, context, sentAt) ?? PathOf(fact, context);

    private static Reason? EndOf(ICustomerEvent fact, StepContext context, DateTimeOffset sentAt) => fact switch
    {
        ConsentWithdrawn x => x.Channel == context.Step.Channel && PurposeOf(context) == x.Purpose ? Reason.Objected : null,
        ComplaintOpened => ComplaintHold.Covers(context, sentAt) ? Reason.OpenComplaint : ExitOf(fact, context, sentAt),
        OrderCancelled x when context.FollowUp.Subject is null && x.Order == context.FollowUp.Order => Reason.OrderCancelled,
        OrderRefunded { Full: true } x when context.FollowUp.Subject is null && x.Order == context.FollowUp.Order => Reason.OrderRefunded,
        OrderPlaced when context.FollowUp is { Subject.Kind: SubjectKind.Silence } silence && SubjectFacts.When(silence.Trigger, context.Customer, silence) is null => Reason.TriggerTakenBack,
        _ => ExitOf(fact, context, sentAt),
    };

    private static Reason? ExitOf(ICustomerEvent fact, StepContext context, DateTimeOffset sentAt)
    {
        var on = EventCatalog.ShortNameOf(fact);
        var exit = context.Cadence.Exits.FirstOrDefault(e => e.On == on && e.Ends(context.Step.Id) && When(e, fact, context) <= sentAt);
        return exit is null ? null : EligibilityPolicies.ReasonOf(exit);
    }

    // The step is on the path of a wait whose time was up, although what that waited for had come in time.
    private static Reason? PathOf(ICustomerEvent fact, StepContext context)
    {
        for (var path = CadencePaths.Of(context.Cadence, context.Step.Id); path is { } on; path = CadencePaths.Of(context.Cadence, on.Owner))
        {
            if (!on.IsThen && context.Cadence.Steps.First(s => s.Id == on.Owner).WaitFor is { } wait && wait.On == EventCatalog.ShortNameOf(fact)
                && context.FollowUp.StepOf(on.Owner) is { Outcome: StepOutcome.TimedOut, Due: { } reached, PassedAt: { } passed }
                && When(new(wait.On), fact, context) is { } happened && happened <= passed && happened <= context.After(reached, wait.Timeout))
                return Reason.PathNotTaken;
        }

        return null;
    }

    // An answer that is not the latest is told by itself.
    private static DateTimeOffset? When(Exit exit, ICustomerEvent fact, StepContext context) =>
        fact is not ContactAnswered answer ? SubjectFacts.When(exit, context.Customer, context.FollowUp)
        : context.FollowUp.Subject is { } subject && subject.IsOf(answer) && answer.OccurredAt >= SubjectFacts.AskedAt(context.Customer, subject) ? answer.OccurredAt
        : null;

    private static Purpose? PurposeOf(StepContext context) => context.Step.Category switch
    {
        Category.Marketing => Purpose.Marketing,
        Category.Service => Purpose.Service,
        _ => null,
    };
}
