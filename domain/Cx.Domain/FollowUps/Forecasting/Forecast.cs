using System.Collections.Immutable;
using Cx.Domain.Customers;

namespace Cx.Domain.FollowUps.Forecasting;

/// <summary>
/// What will happen to a customer's follow-ups if no fact comes: the wakes that will come are run ahead on a copy, each at its instant, by what decides then, and
/// receivers are taken to accept what is sent to them.
/// </summary>
/// <param name="After">The customer as it will be.</param>
/// <param name="Events">What will be recorded, in its order.</param>
/// <param name="Decisions">What will be decided about steps, in its order.</param>
/// <param name="WantsOffers">Whether it breaks off where a step waits for the products to offer: they have to be looked up first.</param>
public sealed record Forecast(Customer After, IReadOnlyList<ICustomerEvent> Events, IReadOnlyList<ForecastStep> Decisions, bool WantsOffers)
{
    // Ours: more wakes than one customer's steps need.
    private const int MostWakes = 2000;

    // As the store does with a customer who is still due although nothing was decided.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <param name="now">The shop's facts, the instant, and what stands against the customer's addresses.</param>
    /// <param name="offers">What may be offered; not looked up, it breaks off where that is asked for.</param>
    /// <param name="until">Up to when, exclusive.</param>
    public static Forecast Of(Customer customer, DecisionContext now, OfferChoice offers, DateTimeOffset until)
    {
        var sofar = new Ahead(Decision.About(customer with { RecordedAt = now.At }), []);
        if (customer.IsErased)
            return sofar.Ended(wantsOffers: false);

        sofar = sofar.Send(now);
        for (var wakes = 0; wakes < MostWakes && sofar.Next(now) is { } due && due < until; wakes++)
        {
            var at = sofar.Customer.RecordedAt;
            var s = now with { At = due > at ? due : sofar.IsStill ? at + Pause : at };
            if (s.At >= until)
                break;
            var woken = sofar.Wake(s, OfferChoice.NotLookedUp);

            // As a wake does it: what needs no offers is decided first.
            if (FollowUpDecisions.WantsOffers(woken.Customer, s.Shop, s.At))
            {
                if (offers.Products is null)
                    return woken.Ended(wantsOffers: true);
                woken = woken.Wake(s, offers);
            }

            var sent = woken.Send(s);
            sofar = sent with { IsStill = sent.Decision.Events.Count == sofar.Decision.Events.Count };
        }

        return sofar.Ended(wantsOffers: false);
    }

    /// <param name="IsStill">Whether the last wake decided nothing.</param>
    private sealed record Ahead(Decision Decision, ImmutableList<ForecastStep> Steps, bool IsStill = false)
    {
        internal Customer Customer => Decision.Customer;

        internal Forecast Ended(bool wantsOffers) => new(Customer, Decision.Events, Steps, wantsOffers);

        // A message that is to be tried again waits for that, without a due instant of its step.
        internal DateTimeOffset? Next(DecisionContext now) => Customer.Messages.Values.Where(m => m.Status == MessageStatus.Queued)
            .Min(m => m.RetryAt) is { } retried && !(FollowUpDecisions.NextDue(Customer, now.Shop) <= retried) ? retried : FollowUpDecisions.NextDue(Customer, now.Shop);

        internal Ahead Wake(DecisionContext s, OfferChoice offers) => Then(FollowUpDecisions.Wake(Customer, s, offers), s);

        internal Ahead Send(DecisionContext s) => Customer.Messages.Where(m => m.Value.Status == MessageStatus.Queued).Select(m => m.Key).Aggregate(this, (sofar, id) =>
        {
            var claimed = sofar.Then(MessageDecisions.Claim(sofar.Customer, s, id, "forecast", resendable: false), s);
            return claimed.Then(MessageDecisions.Accepted(claimed.Customer, s, id, "forecast"), s);
        });

        private Ahead Then(IReadOnlyList<ICustomerEvent> events, DecisionContext s)
        {
            var after = Decision.Then(events);
            return new(
                after with { Customer = after.Customer with { RecordedAt = s.At } },
                Steps.AddRange(events.Select(e => ForecastStep.Of(e, after, s.Shop)).OfType<ForecastStep>()), IsStill);
        }
    }
}
