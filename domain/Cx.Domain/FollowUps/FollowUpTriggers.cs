using Cx.Domain.Customers;
using Cx.Domain.Silence;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>Something that may start follow-ups, at most one of a cadence.</summary>
/// <param name="On">The name of the event without its version: <c>order-placed</c>.</param>
/// <param name="Subject">What it is about; none: the order.</param>
/// <param name="At">When it happened.</param>
/// <param name="IsHistory">Whether it is about an order that was recorded as history, which starts nothing.</param>
internal sealed record FollowUpTrigger(string On, FollowUpSubject? Subject, OrderId? Order, DateTimeOffset At, bool IsHistory = false)
{
    /// <summary>What a follow-up's id is made of, besides its cadence and customer. An order that has moved starts anew, also where it was before.</summary>
    internal string KeyOf(Customer customer) =>
        Subject?.Key ?? (Order is { } order && customer.Orders.GetValueOrDefault(order)?.Moved is { } moved ? $"{order}#{moved.Number}" : Order!.Value.Value);
}

/// <summary>Finds what fresh facts trigger: what is now true and was not before.</summary>
internal static class FollowUpTriggers
{
    private static readonly string[] OrderEvents = [.. SubjectFacts.OrderEvents.Order(StringComparer.Ordinal)];

    internal static IEnumerable<FollowUpTrigger> Of(Customer before, Customer after, IReadOnlyList<ICustomerEvent> fresh) =>
        [.. Complaints(fresh), .. Ratings(after, fresh), .. Questions(before, after, fresh), .. Checkouts(before, after, fresh), .. Silences(before, after), .. Orders(before, after, fresh)];

    private static IEnumerable<FollowUpTrigger> Complaints(IReadOnlyList<ICustomerEvent> fresh) =>
        from opened in fresh.OfType<ComplaintOpened>()
        select new FollowUpTrigger("complaint-opened", new(SubjectKind.Complaint, opened.Complaint.Value), opened.Order, opened.OccurredAt);

    // By the latest statement of each: a rating that was changed may start what it did not start before.
    private static IEnumerable<FollowUpTrigger> Ratings(Customer after, IReadOnlyList<ICustomerEvent> fresh) =>
        from id in fresh.Select(e => e switch { FeedbackGiven x => CustomerFold.OpinionOf(x), ReviewPosted x => CustomerFold.OpinionOf(x), _ => null }).OfType<string>().Distinct()
        let opinion = after.Opinions.GetValueOrDefault(id)
        where opinion is not null
        from name in SubjectFacts.NamesOf(opinion)
        select new FollowUpTrigger(name, new(SubjectKind.Rating, id), opinion.Order, opinion.At);

    // An earlier question that arrives late takes the place of the one that was the first; a late answer makes a later one the first.
    private static IEnumerable<FollowUpTrigger> Questions(Customer before, Customer after, IReadOnlyList<ICustomerEvent> fresh) =>
        from id in fresh.Select(e => e switch { ContactMade x => x.Conversation, ContactAnswered x => x.Conversation, _ => (ConversationId?)null }).OfType<ConversationId>().Distinct()
        let conversation = after.Conversations.GetValueOrDefault(id)
        where conversation?.PendingSince() is not null
        let pending = conversation.PendingSince()!.Value
        where before.Conversations.GetValueOrDefault(id)?.PendingSince()?.Contact != pending.Contact
        select new FollowUpTrigger("contact-made", new(SubjectKind.Question, id.Value, pending.Contact), conversation.Order, pending.At);

    private static IEnumerable<FollowUpTrigger> Checkouts(Customer before, Customer after, IReadOnlyList<ICustomerEvent> fresh) =>
        from id in fresh.OfType<CheckoutStarted>().Select(x => x.Checkout).Distinct()
        let checkout = after.Checkouts.GetValueOrDefault(id)
        where checkout is not null && !before.Checkouts.ContainsKey(id)
        select new FollowUpTrigger("checkout-started", new(SubjectKind.Checkout, id), checkout.Order, checkout.StartedAt);

    // A silence that a purchase took back stands again when that is lost.
    private static IEnumerable<FollowUpTrigger> Silences(Customer before, Customer after) =>
        PurchaseSilence.Standing(after) is { } silent && PurchaseSilence.Standing(before) != silent ? [new(SubjectFacts.PurchaseOverdue, silent.Subject, null, silent.Since)] : [];

    private static IEnumerable<FollowUpTrigger> Orders(Customer before, Customer after, IReadOnlyList<ICustomerEvent> fresh) =>
        from id in fresh.OfType<IOrderEvent>().Select(e => e.Order).Distinct()
        let order = after.Orders.GetValueOrDefault(id)
        where order is not null
        from name in OrderEvents
        where SubjectFacts.When(name, order) is not null && SubjectFacts.When(name, before.Orders.GetValueOrDefault(id)) is null
        select new FollowUpTrigger(name, null, id, When(name, order), order.IsHistory);

    // An order that had to be paid first was taken when it was.
    private static DateTimeOffset When(string on, Order order) =>
        SubjectFacts.When(on, order)!.Value is var at && on == "order-placed" && order.NotTakenAt >= at && order.Revision is { } taken ? taken : at;
}
