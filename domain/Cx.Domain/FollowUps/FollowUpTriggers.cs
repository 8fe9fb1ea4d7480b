using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>Something that may start follow-ups, at most one of a cadence.</summary>
/// <param name="On">The name of the event without its version: <c>order-placed</c>.</param>
/// <param name="Subject">What it is about: an order or a complaint.</param>
/// <param name="At">When it happened.</param>
/// <param name="IsHistory">Whether it is about an order that was recorded as history, which starts nothing.</param>
internal sealed record FollowUpTrigger(string On, string Subject, OrderId? Order, DateTimeOffset At, bool IsHistory = false);

/// <summary>Finds what fresh facts trigger.</summary>
internal static class FollowUpTriggers
{
    /// <summary>The complaints that were opened, and what is now true of an order and was not before.</summary>
    internal static IEnumerable<FollowUpTrigger> Of(Customer before, Customer after, IReadOnlyList<ICustomerEvent> fresh) =>
    [
        .. from opened in fresh.OfType<ComplaintOpened>()
           select new FollowUpTrigger(EventCatalog.ShortNameOf(opened), opened.Complaint.Value, opened.Order, opened.OccurredAt),
        .. from id in fresh.OfType<IOrderEvent>().Select(e => e.Order).Distinct()
           let order = after.Orders.GetValueOrDefault(id)
           where order is not null
           from name in SubjectFacts.Anchors.Order(StringComparer.Ordinal)
           where SubjectFacts.When(name, order) is not null && SubjectFacts.When(name, before.Orders.GetValueOrDefault(id)) is null
           select new FollowUpTrigger(name, id.Value, id, When(name, order), order.IsHistory),
    ];

    // An order that had to be paid first was taken when it was.
    private static DateTimeOffset When(string on, Order order) =>
        SubjectFacts.When(on, order)!.Value is var at && on == "order-placed" && order.NotTakenAt >= at && order.Revision is { } taken ? taken : at;
}
