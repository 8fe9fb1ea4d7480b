using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Silence;

/// <summary>
/// Questions that the shop has not answered: overdue once <see cref="Experience.SignalTable.UnansweredAfterTargets"/> times the target of the
/// channel that the question came by have passed, counted in the shop's business hours.
/// </summary>
public static class Deadlines
{
    /// <summary>The instant at which a question of a conversation becomes overdue.</summary>
    /// <param name="askedAt">The instant of the question.</param>
    public static DateTimeOffset Of(Conversation conversation, DateTimeOffset askedAt, ShopFacts shop) => shop.Experience.ResponseTargets.Deadline(
        conversation.QuestionAt(askedAt).Channel, askedAt, shop.Experience.Table.UnansweredAfterTargets, shop.BusinessHours, ShopZone.Of(shop.TimeZone));

    /// <summary>The instant at which a share of the target of a question has passed; none where the follow-up is about no question that is known.</summary>
    /// <param name="times">Of the target: 1 is all of it.</param>
    public static DateTimeOffset? Of(Customer customer, FollowUpSubject question, double times, ShopFacts shop) =>
        SubjectFacts.AskedAt(customer, question) is { } askedAt && customer.Conversations[new(question.Id)] is var conversation
            ? shop.Experience.ResponseTargets.Deadline(conversation.QuestionAt(askedAt).Channel, askedAt, times, shop.BusinessHours, ShopZone.Of(shop.TimeZone))
            : null;

    /// <summary>The next instant at which an open question becomes overdue; none when nothing is open.</summary>
    public static DateTimeOffset? Next(Customer customer, ShopFacts shop) => Open(customer, shop).Min(x => (DateTimeOffset?)x.Deadline);

    /// <summary>The questions whose deadline has passed and that are not recorded as such, each dated at its deadline.</summary>
    public static IReadOnlyList<ContactLeftUnanswered> Passed(Customer customer, ShopFacts shop, DateTimeOffset at) =>
        [.. Open(customer, shop).Where(x => x.Deadline <= at).OrderBy(x => x.Deadline).Select(x => new ContactLeftUnanswered(x.Conversation, x.AskedAt, x.Deadline))];

    private static IEnumerable<(ConversationId Conversation, DateTimeOffset AskedAt, DateTimeOffset Deadline)> Open(Customer customer, ShopFacts shop) =>
        from conversation in customer.Conversations
        from exchange in conversation.Value.Exchanges()
        where exchange.AnsweredAt is null && !conversation.Value.LeftUnanswered.Contains(exchange.AskedAt)
        select (conversation.Key, exchange.AskedAt, Of(conversation.Value, exchange.AskedAt, shop));
}
