using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>
/// Decides which reported facts enter the customer's stream: those that tell something new. What they set off in the customer's
/// follow-ups is decided with them, so that an exit or goal takes effect at once.
/// </summary>
public static class Recording
{
    /// <summary>A decision that records facts as a source reports them, personal values still in the clear.</summary>
    public static Decide Of(IReadOnlyList<ICustomerEvent> facts) => (customer, context) => Decide(customer, context, facts);

    public static IReadOnlyList<ICustomerEvent> Decide(Customer customer, DecisionContext context, IReadOnlyList<ICustomerEvent> facts)
    {
        if (customer.IsErased)
        {
            return [];
        }

        var fresh = new List<ICustomerEvent>();
        foreach (var fact in Conflicts(context).Concat(Objections(context)).Concat(facts))
        {
            if (News(customer, fact.Sealed(context.Seal)) is { } news)
            {
                customer = CustomerFold.Evolve(customer, news);
                fresh.Add(news);
            }
        }

        return fresh.Count == 0 ? [] : [.. fresh, .. FollowUps.FollowUpDecisions.React(customer, fresh, context)];
    }

    private static ICustomerEvent? News(Customer customer, ICustomerEvent fact) => fact switch
    {
        CustomerDetailsLearned x => DetailsFold.News(customer, x),
        _ when !CustomerFold.ChangesState(customer, fact) => null,
        OrderPlaced x when OnlyRevises(customer, x) => new OrderRevised(x.Order, x.Total, x.Lines, x.Revision, x.Revision),
        _ => fact,
    };

    // An order told again is not placed again: where only its content is new, that is what happened.
    private static bool OnlyRevises(Customer customer, OrderPlaced x) =>
        customer.Orders.TryGetValue(x.Order, out var known) && CustomerFold.PlacedAs(known, x) == known;

    private static IEnumerable<ICustomerEvent> Conflicts(DecisionContext context) =>
        context.Conflicts.Select(c => new IdentityConflictFound(c.Other, c.By, context.At));

    // An address that objected before, under whatever customer, keeps its objection; a consent given later than it counts again.
    private static IEnumerable<ICustomerEvent> Objections(DecisionContext context) =>
        from objection in context.Suppressed
        from channel in Channels(objection.Key)
        select new ConsentWithdrawn(channel, Purpose.Marketing, Consents.Suppression, objection.Value);

    private static IEnumerable<Channel> Channels(IdentifierKind kind) => kind switch
    {
        IdentifierKind.Email => [Channel.Email],
        IdentifierKind.Phone => [Channel.Phone, Channel.Messaging],
        IdentifierKind.Handle => [Channel.Social],
        _ => [],
    };
}
