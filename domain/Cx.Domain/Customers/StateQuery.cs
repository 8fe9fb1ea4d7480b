using System.Collections.Immutable;
using Cx.Domain.FollowUps;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>Which rows of a customer's state are to be loaded, or were, besides the head and what is always loaded.</summary>
public sealed record StateQuery
{
    /// <summary>Nothing besides.</summary>
    public static StateQuery Open { get; } = new();

    public static StateQuery Everything { get; } = new() { IsEverything = true };

    public bool IsEverything { get; init; }

    /// <summary>Items, each with what is loaded with it, and parts.</summary>
    public ImmutableHashSet<ItemKey> Keys { get; init; } = [];

    /// <summary>Orders whose follow-ups and reviews are to be loaded.</summary>
    public ImmutableHashSet<OrderId> About { get; init; } = [];

    /// <summary>Items of which every part is to be loaded.</summary>
    public ImmutableHashSet<ItemKey> Whole { get; init; } = [];

    /// <summary>Kinds of which every item is to be loaded.</summary>
    public ImmutableHashSet<ItemKind> Kinds { get; init; } = [];

    /// <summary>The instant from which on reviews and complaints are to be loaded.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The instant from which on orders are to be loaded that the customer keeps.</summary>
    public DateTimeOffset? OrdersSince { get; init; }

    /// <summary>The instant from which on it is to be loaded which orders are not kept.</summary>
    public DateTimeOffset? LostOrdersSince { get; init; }

    /// <summary>The instant from which on follow-ups are to be loaded in which an exit ended something, by when they began.</summary>
    public DateTimeOffset? ExitedSince { get; init; }

    /// <summary>The instant from which on sent messages are to be loaded.</summary>
    public DateTimeOffset? SentSince { get; init; }

    /// <summary>What recording these facts reads.</summary>
    public static StateQuery Of(IEnumerable<ICustomerEvent> facts)
    {
        var keys = facts.SelectMany(KeysOf).ToImmutableHashSet();
        return new() { Keys = keys, About = [.. OrdersOf(keys)] };
    }

    /// <summary>What a decision about one item reads.</summary>
    public static StateQuery Of(MessageId message) => new() { Keys = [new(ItemKind.Message, message.Value)] };

    /// <inheritdoc cref="Of(MessageId)"/>
    public static StateQuery Of(FollowUpId followUp) => new() { Keys = [new(ItemKind.FollowUp, followUp.Value)] };

    /// <inheritdoc cref="Of(MessageId)"/>
    public static StateQuery Of(ComplaintId complaint) => new() { Keys = [new(ItemKind.Complaint, complaint.Value)] };

    /// <summary>Whether it selects a row.</summary>
    public bool Selects(StateRow row) =>
        IsEverything
        || Keys.Contains(row.Key)
        || (row.Reach == Reach.WithItem && Keys.Contains(row.Key.Item()))
        || Whole.Contains(row.Key.Item())
        || Kinds.Contains(row.Key.Kind)
        || (row.About is { } order && About.Contains(order))
        || Instants().Any(i => i.Kind == row.Key.Kind && row.At >= i.From);

    /// <summary>The kinds to be loaded from an instant on.</summary>
    public IEnumerable<(ItemKind Kind, DateTimeOffset From)> Instants() =>
    [
        .. Since is { } since ? [(ItemKind.Complaint, since), (ItemKind.Opinion, since)] : Array.Empty<(ItemKind, DateTimeOffset)>(),
        .. OrdersSince is { } ordersSince ? [(ItemKind.Order, ordersSince)] : Array.Empty<(ItemKind, DateTimeOffset)>(),
        .. LostOrdersSince is { } lostSince ? [(ItemKind.LostOrder, lostSince)] : Array.Empty<(ItemKind, DateTimeOffset)>(),
        .. ExitedSince is { } exitedSince ? [(ItemKind.FollowUp, exitedSince)] : Array.Empty<(ItemKind, DateTimeOffset)>(),
        .. SentSince is { } sentSince ? [(ItemKind.Message, sentSince)] : Array.Empty<(ItemKind, DateTimeOffset)>(),
    ];

    /// <summary>Both together.</summary>
    public StateQuery And(StateQuery other) => new()
    {
        IsEverything = IsEverything || other.IsEverything,
        Keys = Keys.Union(other.Keys),
        About = About.Union(other.About),
        Whole = Whole.Union(other.Whole),
        Kinds = Kinds.Union(other.Kinds),
        Since = Earlier(Since, other.Since),
        OrdersSince = Earlier(OrdersSince, other.OrdersSince),
        LostOrdersSince = Earlier(LostOrdersSince, other.LostOrdersSince),
        ExitedSince = Earlier(ExitedSince, other.ExitedSince),
        SentSince = Earlier(SentSince, other.SentSince),
    };

    internal bool IsEmpty => !IsEverything && Keys.IsEmpty && About.IsEmpty && Whole.IsEmpty && Kinds.IsEmpty && !Instants().Any();

    /// <summary>The rows that the fold of an event reads and writes, besides the head.</summary>
    internal static IEnumerable<ItemKey> KeysOf(ICustomerEvent e) => e switch
    {
        OrderReassigned x => [Order(x.Order), .. x.Checkouts.Select(id => new ItemKey(ItemKind.Checkout, id))],
        IOrderEvent x => [Order(x.Order)],
        CheckoutStarted x => [new(ItemKind.Checkout, x.Checkout)],
        // Whether the question's deadline is known to have passed is told by a row of that instant.
        ContactMade x => [Conversation(x.Conversation), ItemKey.Contact(x.Conversation, x.Contact), ItemKey.Unanswered(x.Conversation, x.OccurredAt)],
        ContactAnswered x => [Conversation(x.Conversation), ItemKey.Contact(x.Conversation, x.Contact)],
        ContactLeftUnanswered x => [Conversation(x.Conversation), ItemKey.Unanswered(x.Conversation, x.AskedAt)],
        ComplaintOpened x => [new(ItemKind.Complaint, x.Complaint.Value)],
        ComplaintResolved x => [new(ItemKind.Complaint, x.Complaint.Value)],
        FeedbackGiven x => [new(ItemKind.Opinion, CustomerFold.OpinionOf(x))],
        ReviewPosted x => [new(ItemKind.Opinion, CustomerFold.OpinionOf(x))],
        MentionMade x => [new(ItemKind.Opinion, CustomerFold.OpinionOf(x))],
        ReferralMade x => [new(ItemKind.Referral, x.Referral)],
        SpamReported x => [new(ItemKind.SpamReport, x.Report)],
        IMessageEvent x => [new(ItemKind.Message, x.Message.Value), new(ItemKind.FollowUp, x.FollowUp.Value)],
        // Its id shows that it is new.
        FollowUpStarted => [],
        IFollowUpEvent x => [new(ItemKind.FollowUp, x.FollowUp.Value)],
        _ => [],
    };

    internal static IEnumerable<OrderId> OrdersOf(IEnumerable<ItemKey> keys) => keys.Where(k => k.Kind == ItemKind.Order).Select(k => new OrderId(k.Id));

    internal static ItemKey Order(OrderId order) => new(ItemKind.Order, order.Value);

    private static ItemKey Conversation(ConversationId conversation) => new(ItemKind.Conversation, conversation.Value);

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;
}
