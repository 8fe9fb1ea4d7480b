using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>
/// Decides which reported facts are appended to the customer's stream: those that change the state. Their effects on the customer's
/// follow-ups are decided with them, so that an exit or goal takes effect at once.
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

        var (before, changes) = (customer, new List<ICustomerEvent>());
        foreach (var fact in Conflicts(context).Concat(Objections(context)).Concat(context.Arriving).Concat(facts.Where(f => IsTaken(f, context.Share)).Select(f => Named(f, context))))
        {
            var stated = Dated(customer, GivenIds.Stored(fact, customer, context.HashId).Sealed(context.Seal), context.At);
            if (Diff(customer, stated) is { } change)
            {
                customer = CustomerFold.Evolve(customer, change);
                changes.Add(change);
            }
            else if (stated is IOrderEvent e && IsNews(before, customer, e) && !changes.Contains(e))
            {
                changes.Add(e);
            }
        }

        changes.AddRange(TakenBack(before, customer, changes));
        return changes.Count == 0 ? [] : [.. changes, .. FollowUps.FollowUpDecisions.React(before, customer, changes, context)];
    }

    // A contact is that of the person named, who does not have the order.
    private static bool IsTaken(ICustomerEvent fact, FactShare share) => share switch
    {
        FactShare.Order => OrderReassignment.IsOfOrder(fact),
        FactShare.Person => !OrderReassignment.IsOfOrder(fact) && fact is not OrderContactGiven,
        _ => true,
    };

    private static ICustomerEvent Named(ICustomerEvent fact, DecisionContext context) =>
        context.Buyer is not null && fact is OrderPlaced placed ? placed with { Buyer = context.Buyer } : fact;

    // A revision of the order has stated the fact already: it is told where the order did not have it before.
    private static bool IsNews(Customer before, Customer customer, IOrderEvent e) =>
        OrderFold.FactOf(customer.Orders.GetValueOrDefault(e.Order), e) is { } fact && !fact.Equals(OrderFold.FactOf(before.Orders.GetValueOrDefault(e.Order), e));

    // What a revision of an order no longer states is told as well.
    private static IEnumerable<OrderFactTakenBack> TakenBack(Customer before, Customer after, IReadOnlyList<ICustomerEvent> changes) =>
    [
        .. from order in changes.OfType<IOrderEvent>().Where(e => e is OrderPlaced or OrderRevised).Select(e => e.Order).Distinct()
           where before.Orders.ContainsKey(order)
           from taken in OrderFold.TakenBack(before.Orders[order], after.Orders[order])
           select new OrderFactTakenBack(order, taken.Fact, taken.Item, taken.At),
    ];

    private static ICustomerEvent Dated(Customer customer, ICustomerEvent fact, DateTimeOffset at) => fact switch
    {
        ConsentGiven x => Consents.Dated(x, customer.Consents.GetValueOrDefault(ConsentKey.Of(x.Channel, x.Purpose)), at),
        ConsentWithdrawn x => Consents.Dated(x, customer.Consents.GetValueOrDefault(ConsentKey.Of(x.Channel, x.Purpose)), at),
        OrderPlaced x => x with { IsHistory = FollowUps.Entry.IsHistory(x.OccurredAt, at) },
        AddressRefused { CountsFrom: null } x => x with { CountsFrom = at },
        _ => fact,
    };

    private static ICustomerEvent? Diff(Customer customer, ICustomerEvent fact) => fact switch
    {
        CustomerDetailsLearned x => DetailsFold.Diff(customer, x),
        CustomerDetailsCleared x => DetailsFold.Diff(customer, x),
        _ when !CustomerFold.ChangesState(customer, fact) => null,
        OrderPlaced x when OnlyRevises(customer, x) => new OrderRevised(x.Order, x.Total, x.Lines, x.Revision, x.Revision) { Standing = x.Standing, Buyer = x.Buyer, Traits = x.Traits },
        _ => fact,
    };

    // A repeated order is not placed again: where only its content differs, it was revised.
    private static bool OnlyRevises(Customer customer, OrderPlaced x) =>
        customer.Orders.TryGetValue(x.Order, out var known) && known.FirstPlacedAt is not null && OrderFold.PlacedAs(known, x with { IsHistory = known.IsHistory }) == known;

    private static IEnumerable<ICustomerEvent> Conflicts(DecisionContext context) =>
        context.Conflicts.Select(c => new IdentityConflictFound(c.Other, c.By, context.At));

    // The objection of an address applies to every customer that it identifies; a consent given later replaces it.
    private static IEnumerable<ICustomerEvent> Objections(DecisionContext context) =>
        from objection in context.Objections
        from channel in Channels(objection.Kind)
        select new ConsentWithdrawn(channel, objection.Purpose, Consents.Suppression, objection.At) { CountsFrom = objection.At };

    private static IEnumerable<Channel> Channels(IdentifierKind kind) => kind switch
    {
        IdentifierKind.Email => [Channel.Email],
        IdentifierKind.Phone => [Channel.Phone, Channel.Messaging],
        IdentifierKind.Handle => [Channel.Social],
        _ => [],
    };
}
