using System.Collections.Immutable;
using System.Text.Json;
using Cx.Domain.FollowUps;

namespace Cx.Domain.Customers;

/// <summary>What a row of a customer's state holds. The numbers are stored.</summary>
public enum ItemKind
{
    Head = 0, Order = 1, Checkout = 2, Conversation = 3, Complaint = 4, Opinion = 5, Referral = 6, SpamReport = 7, FollowUp = 8, Message = 9,

    /// <summary>That an order is not kept, beside the order itself, so that the instants of those that are kept can be looked for alone.</summary>
    LostOrder = 10,
}

/// <summary>The key of a row among those of one customer.</summary>
/// <param name="Id">The item's id; empty for the head.</param>
/// <param name="Part">Of a conversation: <c>c:</c> and a contact, or <c>u:</c> and the instant of an unanswered question; else empty.</param>
public readonly record struct ItemKey(ItemKind Kind, string Id, string Part = "")
{
    public static ItemKey Head { get; } = new(ItemKind.Head, "");

    /// <summary>The item that the row is a part of.</summary>
    public ItemKey Item() => this with { Part = "" };

    internal static ItemKey Contact(ConversationId conversation, string contact) => new(ItemKind.Conversation, conversation.Value, "c:" + contact);

    internal static ItemKey Unanswered(ConversationId conversation, DateTimeOffset askedAt) =>
        new(ItemKind.Conversation, conversation.Value, $"u:{askedAt.UtcDateTime:O}");
}

/// <summary>When a row is loaded. The numbers are stored.</summary>
public enum Reach
{
    /// <summary>When a command names it, or looks back to its instant.</summary>
    Named = 0,

    /// <summary>With the item that it is a part of.</summary>
    WithItem = 1,

    /// <summary>Always: something may happen to it, or because of it, without a fact that names it.</summary>
    Always = 2,
}

/// <summary>One row of a customer's state: the head, an item, or a part of one.</summary>
/// <param name="At">
/// An item: the last instant at which a running follow-up may look back to it; none when none does. A follow-up in which an exit ended something: when it
/// began. The head: the earliest instant to which
/// the running follow-ups look back for reviews and complaints; none when none runs.
/// </param>
/// <param name="About">The order that a follow-up or a review is about.</param>
/// <param name="OrdersAt">The head: the instant from which on other orders may end what runs; none when they do not.</param>
public sealed record StateRow(
    ItemKey Key, object Value, Reach Reach = Reach.Named, DateTimeOffset? At = null, OrderId? About = null, DateTimeOffset? OrdersAt = null)
{
    /// <summary>The value as it is stored; <see cref="ReadValue"/> reads it.</summary>
    public byte[] WriteValue() => JsonSerializer.SerializeToUtf8Bytes(Value, TypeOf(Key), EventCatalog.Json);

    public static object ReadValue(ItemKey key, ReadOnlySpan<byte> value) => JsonSerializer.Deserialize(value, TypeOf(key), EventCatalog.Json)!;

    private static Type TypeOf(ItemKey key) => key switch
    {
        { Kind: ItemKind.Head } => typeof(StateHead),
        { Kind: ItemKind.Order } => typeof(Order),
        { Kind: ItemKind.Checkout } => typeof(Checkout),
        { Kind: ItemKind.Conversation, Part: "" } => typeof(Conversation),
        { Kind: ItemKind.Conversation, Part: ['c', ..] } => typeof(Contact),
        { Kind: ItemKind.Conversation or ItemKind.Referral or ItemKind.LostOrder } => typeof(DateTimeOffset),
        { Kind: ItemKind.Complaint } => typeof(Complaint),
        { Kind: ItemKind.Opinion } => typeof(Opinion),
        { Kind: ItemKind.SpamReport } => typeof(SpamReport),
        { Kind: ItemKind.FollowUp } => typeof(FollowUp),
        { Kind: ItemKind.Message } => typeof(Message),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "Not a row of a customer's state."),
    };
}

/// <summary>The customer without items, and how far the rows reach that are not always loaded.</summary>
/// <param name="LatestAt">No order, review or complaint that is not open has a later instant.</param>
/// <param name="LatestSentAt">No message that is not always loaded has a later instant.</param>
public sealed record StateHead(Customer Customer, DateTimeOffset? LatestAt, DateTimeOffset? LatestSentAt);

/// <summary>One contact of a conversation.</summary>
public sealed record Contact(DateTimeOffset? AskedAt, Question? Question, DateTimeOffset? AnsweredAt, DateTimeOffset? OtherAt);

/// <summary>
/// Splits a customer into rows and joins them again. How a row is loaded follows from what is always loaded alone, so that it comes out the
/// same for a customer of whom only a part is loaded.
/// </summary>
internal static class StateRows
{
    private static readonly Customer NoItems = new() { Id = new("") };

    /// <summary>The customer without items. The version and the instant of the last event are kept beside the rows.</summary>
    internal static Customer HeadOf(Customer customer) => customer with
    {
        Version = 0,
        RecordedAt = default,
        Orders = NoItems.Orders,
        Checkouts = NoItems.Checkouts,
        Conversations = NoItems.Conversations,
        Complaints = NoItems.Complaints,
        Opinions = NoItems.Opinions,
        Referrals = NoItems.Referrals,
        SpamReports = NoItems.SpamReports,
        FollowUps = NoItems.FollowUps,
        Messages = NoItems.Messages,
    };

    /// <summary>The follow-ups in which something may still happen.</summary>
    internal static HashSet<FollowUpId> OpenFollowUps(Customer customer) =>
    [
        .. customer.FollowUps.Where(f => f.Value.IsRunning).Select(f => f.Key),
        .. customer.Messages.Values.Where(m => m.IsOnItsWay).Select(m => m.FollowUp),
    ];

    internal static IEnumerable<StateRow> ItemsOf(Customer customer)
    {
        var open = OpenFollowUps(customer);
        var running = open.Select(id => customer.FollowUps.GetValueOrDefault(id)).OfType<FollowUp>().ToList();
        var orders = running.Select(f => f.Order).OfType<OrderId>().ToHashSet();
        var subjects = running.Select(f => f.Subject).OfType<FollowUpSubject>().SelectMany(s => s.Rows()).ToHashSet();
        var spam = customer.SpamReports.GroupBy(r => r.Value.Channel).Select(g => g.MaxBy(r => (r.Value.At, r.Key)).Key).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. customer.Orders.Select(o => new StateRow(new(ItemKind.Order, o.Key.Value), o.Value, When(orders.Contains(o.Key)), o.Value.IsPurchase ? o.Value.PlacedAt : null)),
            .. from o in customer.Orders
               where o.Value is { PlacedAt: not null, IsPurchase: false }
               select new StateRow(new(ItemKind.LostOrder, o.Key.Value), o.Value.PlacedAt!.Value, At: o.Value.PlacedAt),
            .. customer.Checkouts.Select(c => OfSubject(new(ItemKind.Checkout, c.Key), c.Value)),
            .. customer.Conversations.SelectMany(c => OfConversation(c.Key, c.Value, subjects)),
            .. customer.Complaints.Select(c => OfSubject(new(ItemKind.Complaint, c.Key.Value), c.Value) with { At = InstantOf(c.Value) }),
            .. customer.Opinions.Select(o => OfOpinion(o.Key, o.Value, orders, subjects)),
            .. customer.Referrals.Select(r => new StateRow(new(ItemKind.Referral, r.Key), r.Value)),
            .. customer.SpamReports.Select(r => new StateRow(new(ItemKind.SpamReport, r.Key), r.Value, When(spam.Contains(r.Key)))),
            .. customer.FollowUps.Select(f => new StateRow(new(ItemKind.FollowUp, f.Key.Value), f.Value, When(open.Contains(f.Key)), ExitedIn(f.Value), About: f.Value.Order)),
            .. customer.Messages.Select(m => new StateRow(new(ItemKind.Message, m.Key.Value), m.Value, When(open.Contains(m.Value.FollowUp)), m.Value.UncontestedSentAt)),
        ];

        StateRow OfSubject(ItemKey key, object value) => new(key, value, When(subjects.Contains(key)));
    }

    internal static Customer Join(Customer head, IEnumerable<StateRow> items)
    {
        var of = items.ToLookup(r => r.Key.Kind);
        return head with
        {
            Orders = head.Orders.AddRange(Values<Order>(ItemKind.Order).Select(i => KeyValuePair.Create(new OrderId(i.Id), i.Value))),
            Checkouts = head.Checkouts.AddRange(Values<Checkout>(ItemKind.Checkout).Select(i => KeyValuePair.Create(i.Id, i.Value))),
            Conversations = head.Conversations.AddRange(
                of[ItemKind.Conversation].GroupBy(r => r.Key.Id, (id, rows) => KeyValuePair.Create(new ConversationId(id), JoinContacts([.. rows])))),
            Complaints = head.Complaints.AddRange(Values<Complaint>(ItemKind.Complaint).Select(i => KeyValuePair.Create(new ComplaintId(i.Id), i.Value))),
            Opinions = head.Opinions.AddRange(Values<Opinion>(ItemKind.Opinion).Select(i => KeyValuePair.Create(i.Id, i.Value))),
            Referrals = head.Referrals.AddRange(Values<DateTimeOffset>(ItemKind.Referral).Select(i => KeyValuePair.Create(i.Id, i.Value))),
            SpamReports = head.SpamReports.AddRange(Values<SpamReport>(ItemKind.SpamReport).Select(i => KeyValuePair.Create(i.Id, i.Value))),
            FollowUps = head.FollowUps.AddRange(Values<FollowUp>(ItemKind.FollowUp).Select(i => KeyValuePair.Create(new FollowUpId(i.Id), i.Value))),
            Messages = head.Messages.AddRange(Values<Message>(ItemKind.Message).Select(i => KeyValuePair.Create(new MessageId(i.Id), i.Value))),
        };

        IEnumerable<(string Id, T Value)> Values<T>(ItemKind kind) => of[kind].Select(r => (r.Key.Id, (T)r.Value));
    }

    private static DateTimeOffset? ExitedIn(FollowUp followUp) => followUp.Steps.Values.Any(Reopening.IsExited) ? followUp.TriggeredAt : null;

    private static Reach When(bool always) => always ? Reach.Always : Reach.Named;

    // One that is unresolved is looked back to for ever.
    private static DateTimeOffset? InstantOf(Complaint complaint) => complaint.IsUnresolved ? DateTimeOffset.MaxValue
        : complaint.OpenedAt > complaint.ResolvedAt ? complaint.OpenedAt
        : complaint.ResolvedAt;

    // A rating of an order counts for the follow-ups of that order, whenever it was given; another for all that run.
    private static StateRow OfOpinion(string id, Opinion opinion, HashSet<OrderId> orders, HashSet<ItemKey> subjects)
    {
        var key = new ItemKey(ItemKind.Opinion, id);
        return opinion switch
        {
            { Kind: OpinionKind.Mention } => new(key, opinion),
            { Order: { } order } => new(key, opinion, When(orders.Contains(order) || subjects.Contains(key)), About: order),
            _ => new(key, opinion, When(subjects.Contains(key)), At: opinion.At),
        };
    }

    // What may come next depends on the latest answer, on the first question after it, on the latest of those questions, and on what a follow-up is about.
    private static IEnumerable<StateRow> OfConversation(ConversationId id, Conversation conversation, HashSet<ItemKey> subjects)
    {
        var pending = conversation.PendingSince();
        var isOpen = pending is { } first && !conversation.LeftUnanswered.Contains(first.At);
        var isLoaded = isOpen || subjects.Contains(new(ItemKind.Conversation, id.Value));
        var edge = isLoaded ? Reach.Always : Reach.WithItem;
        string?[] edges = [conversation.LatestAnswer()?.Contact, pending?.Contact, pending is null ? null : Conversation.Latest(conversation.Asked)?.Contact];

        yield return new(new(ItemKind.Conversation, id.Value), conversation.WithoutContacts(), When(isLoaded));
        foreach (var contact in conversation.Asked.Keys.Concat(conversation.Answered.Keys).Concat(conversation.Others.Keys).Distinct(StringComparer.Ordinal))
        {
            var value = new Contact(
                InstantIn(conversation.Asked, contact), conversation.Questions.GetValueOrDefault(contact),
                InstantIn(conversation.Answered, contact), InstantIn(conversation.Others, contact));
            var key = ItemKey.Contact(id, contact);
            yield return new(key, value, edges.Contains(contact) ? edge : When(subjects.Contains(key)));
        }

        foreach (var askedAt in conversation.LeftUnanswered)
            yield return new(ItemKey.Unanswered(id, askedAt), askedAt, askedAt == pending?.At ? edge : Reach.Named);
    }

    private static Conversation JoinContacts(List<StateRow> rows)
    {
        var conversation = Conversation.New;
        foreach (var row in rows.Where(r => r.Key.Part.Length == 0))
            conversation = ((Conversation)row.Value).WithoutContacts();

        var contacts = rows.Where(r => r.Value is Contact).Select(r => (Id: r.Key.Part[2..], Value: (Contact)r.Value)).ToList();
        return conversation with
        {
            Asked = conversation.Asked.AddRange(Instants(c => c.AskedAt)),
            Answered = conversation.Answered.AddRange(Instants(c => c.AnsweredAt)),
            Others = conversation.Others.AddRange(Instants(c => c.OtherAt)),
            Questions = conversation.Questions.AddRange(from c in contacts where c.Value.Question is not null select KeyValuePair.Create(c.Id, c.Value.Question)),
            LeftUnanswered = [.. rows.Select(r => r.Value).OfType<DateTimeOffset>()],
        };

        IEnumerable<KeyValuePair<string, DateTimeOffset>> Instants(Func<Contact, DateTimeOffset?> of) =>
            from c in contacts let at = of(c.Value) where at is not null select KeyValuePair.Create(c.Id, at.Value);
    }

    private static DateTimeOffset? InstantIn(ImmutableSortedDictionary<string, DateTimeOffset> contacts, string contact) =>
        contacts.TryGetValue(contact, out var at) ? at : null;
}
