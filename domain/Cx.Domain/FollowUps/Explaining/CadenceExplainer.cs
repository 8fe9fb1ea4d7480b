using Cx.Domain.Customers;
using Cx.Domain.Explaining;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Forecasting;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps.Explaining;

/// <summary>Explains why a cadence did, or did not, write to a customer. Pure: the same facts give the same explanation.</summary>
public static class CadenceExplainer
{
    private const int MostTriggers = 50;
    private const int MostOrders = 20;

    // As far ahead as a step may be postponed.
    private static readonly TimeSpan Ahead = StepControls.LongestPostponement;

    /// <param name="customer">With everything that is stored of it; not erased.</param>
    /// <param name="now">The shop's facts, the instant, and what stands against the customer's addresses.</param>
    /// <param name="log">The customer's events in the order in which they were recorded.</param>
    /// <param name="offers">What may be offered now.</param>
    /// <param name="say">Says the checks; all else is said by <see cref="CadenceSentences.In"/>.</param>
    public static CadenceExplanation Explain(Customer customer, DecisionContext now, CadenceHistory history, IReadOnlyList<LoggedEvent> log, OfferChoice offers, Sentences say)
    {
        var cadence = history.Cadence;
        var forecast = Forecast.Of(customer, now, offers, now.At + Ahead).Decisions.ToLookup(d => (d.FollowUp, d.Step), d => d.Decision);
        var triggers = TriggerReplay.Of(customer, now, history, log).Reverse().Take(MostTriggers).ToList();
        var followUps = customer.FollowUps.Where(f => f.Value.Cadence == cadence.Slug).OrderByDescending(f => f.Value.StartedAt).ThenBy(f => f.Key)
            .Select(f => FollowUp(customer, now, f.Key, f.Value, forecast, say)).ToList();
        var verdict = followUps.Exists(f => f.EndedAt is null) ? WhyCode.Running
            : followUps.Count > 0 ? WhyCode.Ended
            : cadence.Latest == 0 ? WhyCode.Draft
            : triggers.Count > 0 ? triggers[0].Outcome
            : cadence.State == CadenceState.Archived ? WhyCode.CadenceArchived
            : WhyCode.NeverTriggered;
        return new(
            customer.Id, cadence.Slug, history.Document.Name, cadence.State, cadence.Document?.Version, history.Changes.OfType<CadencePublished>().FirstOrDefault()?.OccurredAt, now.At, verdict, [.. Reasons(customer, now, history)],
            [.. new[] { history.Document.Trigger, history.Document.FallbackTrigger }.OfType<Trigger>().Select(t => t.On).Distinct()],
            triggers, followUps, [.. Orders(customer)], Next(followUps));
    }

    private static FollowUpExplanation FollowUp(
        Customer customer, DecisionContext now, FollowUpId id, FollowUp followUp, ILookup<(FollowUpId FollowUp, string Step), ForecastDecision> forecast, Sentences say) => new(
        id, followUp.Version, followUp.Trigger, followUp.Subject, followUp.Order, followUp.TriggeredAt, followUp.StartedAt, followUp.EndedAt, followUp.EndedFor, followUp.Control,
        followUp.CadenceIn(now.Shop) is { } document
            ? [.. StepContext.OfFollowUp(customer, now.Shop, now.At, id, document).Select(s => Step(s.With(now), [.. forecast[(id, s.Step.Id)]], say))]
            : []);

    private static StepExplanation Step(StepContext context, IReadOnlyList<ForecastDecision> forecast, Sentences say)
    {
        var (state, step) = (context.State, context.Step);
        var isWaiting = state.IsOpen && context.FollowUp.IsRunning;
        var waitsFor = isWaiting && context.Due is null ? context.WaitsForStep ? Anchor.PreviousStep : step.Anchor.On : null;
        var next = waitsFor is null && isWaiting && forecast is [var first, ..] ? first : null;
        return new(
            step.Id, step.Kind, state.Status, state.Reason, state.Due ?? context.Due, state.Status == StepStatus.Held ? state.Until : null, state.SentAt, state.Message, state.Outcome, waitsFor,
            context.FollowUp.Stopped ?? state.Person, isWaiting ? forecast : [], next?.At ?? context.At,
            CheckExplanation.Of(!isWaiting ? [] : next?.Checks ?? (step.Sends ? Policy.Evaluate(context).Checks : []), say));
    }

    private static IEnumerable<WhyReason> Reasons(Customer customer, DecisionContext now, CadenceHistory history)
    {
        var document = history.Document;
        if (history.Cadence.Latest == 0)
            yield return new(WhyCode.Draft);
        if (history.Pause is { } pause)
            yield return new(WhyCode.CadencePaused, pause.OccurredAt, pause.By);
        if (history.Archiving is { } archiving)
            yield return new(WhyCode.CadenceArchived, archiving.OccurredAt, archiving.By);
        if (now.Shop.Sending != Sending.On)
            yield return new(now.Shop.Sending == Sending.Paused ? WhyCode.SendingPaused : WhyCode.SendingOff, history.SendingSince);
        if (customer.Restriction is { Stands: true } restriction)
            yield return new(WhyCode.Restricted, restriction.At);
        if (StableHash.Draw(document.Slug, customer.Id) < document.ControlShare)
            yield return new(WhyCode.ControlGroup);
        var limited = document.Steps.Where(s => s is { Channel: not null, Category: not null and not Category.Transactional });
        foreach (var (channel, category) in limited.Select(s => (s.Channel!.Value, s.Category!.Value)).Distinct())
        {
            var purpose = category == Category.Service ? Purpose.Service : Purpose.Marketing;
            var subject = $"{JsonNaming.Kebab(channel)}/{JsonNaming.Kebab(purpose)}";
            if (customer.Consents.GetValueOrDefault(ConsentKey.Of(channel, purpose)) is { Given: false } objection)
                yield return new(WhyCode.Objected, objection.At, objection.Source, subject);
            if (EligibilityPolicies.SpamAgainst(customer, channel, category) is { } reported)
                yield return new(WhyCode.MarkedAsSpam, reported, null, subject);
        }

        foreach (var barred in now.Barred.GroupBy(b => (b.Purpose, b.Since)).Select(b => b.Key).OrderBy(b => b.Since))
            yield return new(WhyCode.AddressBarred, barred.Since, null, JsonNaming.Kebab(barred.Purpose));
        foreach (var refused in now.Refused.Where(r => !r.IsGivenAnew && !now.Refused.Any(a => a.IsGivenAnew && a.Address == r.Address && a.At > r.At)).Select(r => r.At).Distinct().Order())
            yield return new(WhyCode.AddressRefused, refused);
    }

    private static IEnumerable<KnownOrder> Orders(Customer customer) => customer.Orders
        .OrderByDescending(o => o.Value.PlacedAt).ThenBy(o => o.Key).Take(MostOrders)
        .Select(o => new KnownOrder(
            o.Key, SubjectFacts.OrderEvents.Order(StringComparer.Ordinal).Select(on => (on, At: SubjectFacts.When(on, o.Value))).Where(e => e.At is not null).ToDictionary(e => e.on, e => e.At!.Value),
            o.Value.IsHistory));

    private static NextDecision? Next(IEnumerable<FollowUpExplanation> followUps) => (
        from followUp in followUps
        from step in followUp.Steps
        where step.Forecast.Count > 0
        let first = step.Forecast[0]
        orderby first.At
        select new NextDecision(followUp.Id, step.Step, first.At, first.Outlook, first.Reason)).FirstOrDefault();
}
