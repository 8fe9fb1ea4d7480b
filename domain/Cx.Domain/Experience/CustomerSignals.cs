using System.Globalization;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Silence;
using Cx.Domain.Touchpoints;
using NodaTime;

namespace Cx.Domain.Experience;

/// <summary>
/// What a customer's facts say about quality: one signal for each fact that <see cref="SignalRules"/> has a rule for. The same facts give
/// the same signals, whatever the order in which they arrived. A deadline that is still ahead gives a signal dated at it, which an
/// evaluation before that instant ignores.
/// </summary>
public static class CustomerSignals
{
    /// <summary>The signals and episodes of all that the customer's state holds.</summary>
    /// <param name="customer">The fold up to the instant of the score: the state keeps the latest of each fact, so an earlier instant needs an earlier fold.</param>
    /// <param name="shop">Whose settings, business hours and time zone apply.</param>
    public static (IReadOnlyList<Signal> Signals, IReadOnlyList<Episode> Episodes) Of(Customer customer, ShopFacts shop)
    {
        var zone = ShopZone.Of(shop.TimeZone);
        List<Signal> signals =
        [
            .. customer.Orders.SelectMany(o => OfOrder(o.Key, o.Value, shop.Experience, zone)),
            .. OfRepeatPurchases(customer, shop.Experience.Table),
            .. customer.Conversations.SelectMany(c => OfConversation(c.Key, c.Value, shop, zone)),
            .. customer.Complaints.Select(c => OfComplaint(c.Key, c.Value, shop, zone)).OfType<Signal>(),
            .. customer.Opinions.Select(o => OfOpinion(o.Key, o.Value, shop.Experience.Table)),
            .. OfReactions(customer, shop.Experience.Table),
        ];
        return (signals, [.. customer.Orders.Select(o => new Episode(o.Key.Value, o.Value.DeliveredAt(), o.Value.CancelledAt))]);
    }

    // Delivered once the last parcel has arrived; without a promise the delivery is neither late nor in time, and gives no signal.
    private static IEnumerable<Signal> OfOrder(OrderId id, Order order, ExperienceSettings settings, DateTimeZone zone)
    {
        Occasion On(Channel channel, DateTimeOffset at) => new($"order:{id}", channel, Stage.PostSale, at, id.Value);

        if (order.DeliveredAt() is { } delivered && Promised(order, settings, zone) is { } promised)
            yield return SignalRules.Delivered(On(Channel.Post, delivered), promised, zone, settings.Table);

        if (order.CancelledAt is { } cancelled && order.CancelledBy is Canceller.Shop)
            yield return SignalRules.CancelledByShop(On(Channel.Web, cancelled), settings.Table);
        else if (order.CancelledAt is { } withdrawn && order.CancelledBy is Canceller.Customer)
            yield return SignalRules.CancelledByCustomer(On(Channel.Web, withdrawn), settings.Table);

        if (order.RefundRequestedAt is { } requested && Refunded(order, requested) is { } refunded)
            yield return SignalRules.Refunded(On(Channel.Web, refunded), requested, settings.Table);
    }

    private static DateOnly? Promised(Order order, ExperienceSettings settings, DateTimeZone zone) =>
        order.PromisedBy
        ?? (order.PlacedAt is { } placed && settings.DeliveryPromiseDays is { } days ? SignalRules.PromisedDay(placed, days, zone) : null);

    // The refund of the request: the first one after it; else the last before it, dated by a clock that is behind.
    private static DateTimeOffset? Refunded(Order order, DateTimeOffset requested) =>
        order.StandingRefunds().Where(r => r.Refund.At >= requested).Min(r => (DateTimeOffset?)r.Refund.At) ?? order.StandingRefunds().Max(r => (DateTimeOffset?)r.Refund.At);

    // A cancelled order is no purchase.
    private static IEnumerable<Signal> OfRepeatPurchases(Customer customer, SignalTable table) =>
        from order in customer.Orders.Where(o => o.Value is { PlacedAt: not null, CancelledAt: null }).OrderBy(o => o.Value.PlacedAt).ThenBy(o => o.Key).Skip(1)
        select SignalRules.RepeatPurchase(new($"order:{order.Key}", Channel.Web, Stage.Decision, order.Value.PlacedAt!.Value, order.Key.Value), table);

    private static IEnumerable<Signal> OfConversation(ConversationId id, Conversation conversation, ShopFacts shop, DateTimeZone zone)
    {
        var (targets, table, hours) = (shop.Experience.ResponseTargets, shop.Experience.Table, shop.BusinessHours);
        foreach (var (askedAt, answeredAt) in conversation.Exchanges())
        {
            var asked = conversation.QuestionAt(askedAt);
            var subject = string.Create(CultureInfo.InvariantCulture, $"contact:{id}:{askedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'}");
            var on = new Occasion(subject, asked.Channel, asked.Stage, askedAt, conversation.Order?.Value);
            yield return answeredAt is { } answered
                ? SignalRules.Answered(on with { OccurredAt = answered }, targets.Ratio(asked.Channel, askedAt, answered, hours, zone), table)
                : SignalRules.Unanswered(on with { OccurredAt = Deadlines.Of(conversation, askedAt, shop) }, table);
        }
    }

    // A resolution whose complaint is not known yet gives no signal.
    private static Signal? OfComplaint(ComplaintId id, Complaint complaint, ShopFacts shop, DateTimeZone zone)
    {
        if (complaint.OpenedAt is not { } opened)
            return null;

        var on = new Occasion($"complaint:{id}", complaint.Channel ?? Channel.Web, Stage.PostSale, opened, complaint.Order?.Value);
        if (complaint.ResolvedAt is not { } resolved)
            return SignalRules.Complaint(on, ComplaintState.Open, shop.Experience.Table);

        var inTime = shop.BusinessHours.Elapsed(opened, resolved, zone) <= shop.Experience.ResponseTargets.ComplaintResolution;
        return SignalRules.Complaint(
            on with { OccurredAt = resolved > opened ? resolved : opened }, inTime ? ComplaintState.ResolvedInTime : ComplaintState.ResolvedLate, shop.Experience.Table);
    }

    private static Signal OfOpinion(string id, Opinion opinion, SignalTable table)
    {
        var on = new Occasion($"opinion:{id}", opinion.Channel, opinion.Stage, opinion.At, opinion.Order?.Value);
        return opinion.Kind switch
        {
            OpinionKind.Csat => SignalRules.Csat(on, (int)opinion.Value, table),
            OpinionKind.Nps => SignalRules.Nps(on, (int)opinion.Value, table),
            OpinionKind.Ces => SignalRules.Ces(on, (int)opinion.Value, table),
            OpinionKind.Stars => SignalRules.Stars(on, (int)opinion.Value, table),
            OpinionKind.Mention => SignalRules.Mentioned(on, opinion.Value, opinion.Audience, table),
            _ => throw new ArgumentOutOfRangeException(nameof(opinion), opinion.Kind, "Not a kind of opinion."),
        };
    }

    // An objection that was taken over from a known address is no new experience.
    private static IEnumerable<Signal> OfReactions(Customer customer, SignalTable table) =>
    [
        .. from report in customer.SpamReports
           select SignalRules.MarkedAsSpam(new($"spam:{report.Key}", report.Value.Channel, Stage.PostSale, report.Value.At), table),
        .. from channel in Enum.GetValues<Channel>()
           let consent = customer.Consents.GetValueOrDefault(ConsentKey.Of(channel, Purpose.Marketing))
           where consent is { Given: false, Source: not "suppression" }
           select SignalRules.Unsubscribed(new($"consent:{JsonNaming.Kebab(channel)}", channel, Stage.PostSale, consent.At), table),
        .. from referral in customer.Referrals
           select SignalRules.Referred(new($"referral:{referral.Key}", Channel.Web, Stage.PostSale, referral.Value), table),
    ];
}
