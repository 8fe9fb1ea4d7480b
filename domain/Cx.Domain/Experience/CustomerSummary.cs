using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;

namespace Cx.Domain.Experience;

/// <summary>
/// What a list shows of a customer, made from all items once, so that lists need not read them. From <see cref="At"/> until before <see cref="Until"/> it says
/// what the items say: in between, time changes nothing but the age of the signals, and that of all alike.
/// </summary>
/// <param name="Orders">How many orders are known.</param>
/// <param name="State">Whether the customer is scored, and why not.</param>
/// <param name="KeptUntil">Until when something open keeps the customer, whatever the shop's retention; <see cref="Inactivity.KeptUntil"/>.</param>
/// <param name="Weight">The sum of the signals' effective weights at <see cref="At"/>; 0 where the customer is not scored.</param>
/// <param name="Pull">The sum of these weights, each times what its signal's value is above the formula's prior.</param>
public sealed record CustomerSummary(
    Relation Relation, DateTimeOffset? FirstContactAt, DateTimeOffset? LastContactAt, int Orders, DateTimeOffset KeptUntil, ProfilingState State, DateTimeOffset At,
    DateTimeOffset Until, double Weight, double Pull)
{
    /// <summary>Raised when a summary of the same customer says something else, so that those that are kept are made anew.</summary>
    public const int Version = ExperienceFormula.Version;

    /// <param name="customer">With all items.</param>
    /// <param name="shop">Whose settings apply.</param>
    public static CustomerSummary Of(Customer customer, ShopFacts shop, DateTimeOffset at)
    {
        var unscored = new CustomerSummary(
            customer.Relation, customer.FirstContactAt, customer.LastContactAt, customer.Orders.Count, Inactivity.KeptUntil(customer),
            Rights.ProfilingOf(customer), at, DateTimeOffset.MaxValue, 0, 0);
        if (unscored.State is not ProfilingState.Scored)
            return unscored;

        var (signals, episodes) = CustomerSignals.Of(customer, shop);
        var weighed = ExperienceFormula.Evaluate(signals, episodes, at, shop.Experience).Contributions;
        return unscored with
        {
            Until = signals.Select(s => s.OccurredAt).Concat(episodes.SelectMany(e => ClosingOf(e, shop.Experience))).Where(i => i > at).Append(DateTimeOffset.MaxValue).Min(),
            Weight = weighed.Sum(c => c.EffectiveWeight),
            Pull = weighed.Sum(c => c.EffectiveWeight * (c.Signal.Value - ExperienceFormula.Prior)),
        };
    }

    /// <summary>Perceived quality and confidence at an instant from <see cref="At"/> until before <see cref="Until"/>; none where the customer is not scored.</summary>
    public (double Score, double Confidence)? ScoreAt(DateTimeOffset at, ExperienceSettings settings)
    {
        if (State is not ProfilingState.Scored)
            return null;

        var aged = Math.Pow(2, -(at - At).TotalDays / settings.HalfLifeDays);
        var total = Weight * aged + ExperienceFormula.PriorWeight;
        return (ExperienceFormula.Prior + Pull * aged / total, Weight * aged / total);
    }

    // When an end of the episode comes to be known, and when the episode is closed by it.
    private static IEnumerable<DateTimeOffset> ClosingOf(Episode episode, ExperienceSettings settings) =>
        from ended in new[] { episode.DeliveredAt, episode.CancelledAt }.OfType<DateTimeOffset>()
        let open = TimeSpan.FromDays(settings.EpisodeOpenDays)
        from instant in new[] { ended, ended < DateTimeOffset.MaxValue - open ? ended + open : DateTimeOffset.MaxValue }
        select instant;
}
