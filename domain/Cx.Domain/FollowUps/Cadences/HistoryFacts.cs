using Cx.Domain.Customers;
using Cx.Domain.Experience;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>The facts that are read of all that is stored of a customer.</summary>
internal static class HistoryFacts
{
    /// <summary>Whether a decision about a customer, or what it set off, asks for one of them: then everything has to be loaded first.</summary>
    /// <param name="events">What was decided so far.</param>
    internal static bool AreAsked(Customer customer, IReadOnlyList<ICustomerEvent> events, ShopFacts shop) =>
        customer.FollowUps.Values.Any(f => f.IsRunning && f.CadenceIn(shop) is { } cadence && cadence.Steps.Any(s => Facts.ReadWholeHistory(s.Conditions)))
        || (events.Any(e => e is not IFollowUpEvent) && shop.CadencesInForce().Any(c => Facts.ReadWholeHistory(c.Trigger.Conditions) || Facts.ReadWholeHistory(c.FallbackTrigger?.Conditions)));

    internal static object? Score(FactContext context)
    {
        if (Rights.ProfilingOf(context.Customer) != ProfilingState.Scored)
            return null;

        var (signals, episodes) = CustomerSignals.Of(context.Customer, context.Shop);
        return Math.Round((decimal)ExperienceFormula.Evaluate(signals, episodes, context.At, context.Shop.Experience).Score, 1);
    }

    internal static object? Last(FactContext context, OpinionKind kind) =>
        context.Customer.Opinions.Values.Where(o => o.Kind == kind).OrderBy(o => o.At).Select(o => (object?)(decimal)o.Value).LastOrDefault();

    internal static object? DaysSinceLastOrder(FactContext context) =>
        context.Customer.Orders.Where(o => o.Key != context.OrderId && o.Value.IsPurchase && o.Value.PlacedAt <= context.At).Max(o => o.Value.PlacedAt) is { } last
            ? (decimal)(context.At - last).TotalDays
            : null;
}
