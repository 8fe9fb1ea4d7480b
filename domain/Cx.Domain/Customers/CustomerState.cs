using System.Collections.Immutable;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>
/// The part of a customer's state that one transaction works on: the head, what is always loaded, and what was asked for. Decisions about it
/// are those about the whole state as long as <see cref="Missing"/> finds nothing: its cost does not grow with the customer's history.
/// </summary>
public sealed record CustomerState
{
    private readonly ImmutableDictionary<ItemKey, StateRow> rows = ImmutableDictionary<ItemKey, StateRow>.Empty;

    private CustomerState(Customer customer, StateQuery loaded) => (Customer, Loaded) = (customer, loaded);

    /// <summary>The customer, with the items that were loaded.</summary>
    public Customer Customer { get; private init; }

    /// <summary>What was loaded; nothing else is known not to exist.</summary>
    public StateQuery Loaded { get; private init; }

    /// <summary>Whether all rows are to be written anew, in place of those that are stored.</summary>
    public bool IsRebuilt { get; private init; }

    /// <summary>A customer of whom nothing is stored.</summary>
    public static CustomerState New(CustomerId id) => new(CustomerFold.Start(id), StateQuery.Everything);

    /// <summary>A customer folded from the events, because the rows are of another fold.</summary>
    public static CustomerState Rebuilt(Customer customer) => new(customer, StateQuery.Everything) { IsRebuilt = true };

    /// <summary>A customer as the rows have it.</summary>
    /// <param name="version">The stream's version that the rows include.</param>
    /// <param name="loaded">What was asked for.</param>
    /// <param name="rows">The head, what is always loaded, what the running follow-ups look back to, and what was asked for.</param>
    public static CustomerState Of(long version, DateTimeOffset recordedAt, StateQuery loaded, IEnumerable<StateRow> rows)
    {
        var byKey = rows.DistinctBy(r => r.Key).ToImmutableDictionary(r => r.Key);
        var head = byKey[ItemKey.Head];
        var customer = StateRows.Join(((StateHead)head.Value).Customer, byKey.Values.Where(r => r.Key != ItemKey.Head));
        return new(customer with { Version = version, RecordedAt = recordedAt }, loaded.And(new() { Since = head.At, OrdersSince = head.OrdersAt }), byKey);
    }

    private CustomerState(Customer customer, StateQuery loaded, ImmutableDictionary<ItemKey, StateRow> rows) : this(customer, loaded) => this.rows = rows;

    /// <summary>The same with more of it loaded.</summary>
    public CustomerState With(StateQuery more, IEnumerable<StateRow> found) => Of(
        Customer.Version, Customer.RecordedAt, Loaded.And(more), rows.SetItems(found.Select(r => KeyValuePair.Create(r.Key, r))).Values);

    /// <summary>
    /// What has to be loaded, and the decision taken again, because the decision may have read it; none when it read nothing else. Asked for
    /// before a decision, with the customer as it is and no events, and after it.
    /// </summary>
    /// <param name="after">The customer that the events leave.</param>
    public StateQuery? Missing(Customer after, IReadOnlyList<ICustomerEvent> events, ShopFacts shop)
    {
        if (Loaded.IsEverything)
            return null;

        // What ended may go on, whatever it is about.
        if (events.Any(e => Reopening.MayFollow(Customer, e) || (e is MessageWithdrawn x && after.Messages.GetValueOrDefault(x.Message)?.Together is not null)))
            return StateQuery.Everything;

        if (HistoryFacts.AreAsked(after, events, shop))
            return StateQuery.Everything;

        var late = LateFacts.Earliest(events);
        var givenBackSince = Reopening.GivenBackSince(Customer, events);
        var givenBack = givenBackSince is { } began ? Reopening.EndedByOthers(Customer, shop, began).ToList() : [];
        var lookingBack = FollowUpsLookingBack(events, late).Concat(givenBack).Distinct().Select(id => after.FollowUps.GetValueOrDefault(id)).OfType<FollowUp>().ToList();
        var orders = lookingBack.Select(f => f.Order).OfType<OrderId>().ToList();
        var since = lookingBack.Min(f => LooksBackTo(after, f));
        var endedByOrders = FollowUpsEndedByOrders(after, events, late, shop).Concat(givenBack.Select(id => Customer.FollowUps[id])).ToList();
        var ordersSince = endedByOrders.Min(f => LooksBackTo(after, f));
        var lostSince = endedByOrders.Where(f => f.CadenceIn(shop)?.Exits.Any(e => e.OtherSubject && SubjectFacts.Losses.Contains(e.On)) == true).Min(f => LooksBackTo(after, f));
        var keys = events.SelectMany(StateQuery.KeysOf)
            .Concat(orders.Select(StateQuery.Order))
            .Concat(lookingBack.Select(f => f.Subject).OfType<FollowUpSubject>().SelectMany(s => s.Rows()))
            .Concat(rows.Keys.Where(k => k.Kind == ItemKind.LostOrder).Select(k => StateQuery.Order(new(k.Id))))
            .Concat(Customer.Messages.Values.Select(m => new ItemKey(ItemKind.FollowUp, m.FollowUp.Value)))
            .Concat(FollowUpsOfSubjects(after, events, shop));
        var missing = new StateQuery
        {
            Keys = [.. keys.Where(k => !Knows(k))],
            About = [.. StateQuery.OrdersOf(events.SelectMany(StateQuery.KeysOf)).Except(Loaded.About), .. orders.Where(o => !KnowsReviewsOf(o))],
            Whole = [.. ConversationsToRead(after, events).Except(Loaded.Whole)],
            Kinds = [.. KindsToRead(events).Except(Loaded.Kinds)],
            Since = since is { } from && !KnowsSince(from) ? from : null,
            OrdersSince = ordersSince is { } first && !KnowsOrdersSince(first) ? first : null,
            LostOrdersSince = lostSince is { } lost && !KnowsLostOrdersSince(lost) ? lost : null,
            ExitedSince = Loaded.ExitedSince <= givenBackSince ? null : givenBackSince,
            SentSince = late is { } fact && Head?.LatestSentAt >= fact && !(Loaded.SentSince <= fact) ? fact : null,
        };
        return missing.IsEmpty ? null : missing;
    }

    /// <summary>The rows that events changed, and the keys of those that the customer has no more: what is written.</summary>
    /// <param name="after">The customer that the events leave.</param>
    /// <param name="shop">Whose cadences say what ends a follow-up.</param>
    public (IReadOnlyList<StateRow> Rows, IReadOnlyList<ItemKey> Removed) Changes(Customer after, ShopFacts shop)
    {
        var before = IsRebuilt || Head is null ? [] : StateRows.ItemsOf(Customer).ToDictionary(r => r.Key);
        var changed = new List<StateRow>();
        foreach (var row in StateRows.ItemsOf(after))
        {
            if (!before.Remove(row.Key, out var known) || known != row)
                changed.Add(row);
        }

        var open = StateRows.OpenFollowUps(after);
        var head = new StateRow(
            ItemKey.Head,
            new StateHead(
                StateRows.HeadOf(after),
                Later(Head?.LatestAt, changed.Where(r => r.Key.Kind is not (ItemKind.Message or ItemKind.FollowUp) && r.At < DateTimeOffset.MaxValue)),
                Later(Head?.LatestSentAt, changed.Where(r => r is { Key.Kind: ItemKind.Message, Reach: not Reach.Always }))),
            Reach.Always,
            open.Min(id => LooksBackTo(after, after.FollowUps[id])),
            OrdersAt: EndedByOrders(after, open, shop).Min(f => LooksBackTo(after, f)));
        if (!(Head is { } stored && head == rows[ItemKey.Head] with { Value = stored with { Customer = StateRows.HeadOf(Customer) } }))
            changed.Insert(0, head);

        return (changed, [.. before.Keys]);
    }

    private StateHead? Head => (StateHead?)rows.GetValueOrDefault(ItemKey.Head)?.Value;

    private static DateTimeOffset? Later(DateTimeOffset? known, IEnumerable<StateRow> changed) => changed.Select(r => r.At).Append(known).Max();

    private bool Knows(ItemKey key) => Loaded.Keys.Contains(key) || rows.ContainsKey(key) || Loaded.Whole.Contains(key.Item()) || IsPending(key);

    // Of an open conversation it is known that the deadline of its first open question has not passed.
    private bool IsPending(ItemKey key) =>
        key.Part is ['u', ..] && Customer.Conversations.GetValueOrDefault(new(key.Id))?.PendingSince() is { } pending
        && key == ItemKey.Unanswered(new(key.Id), pending.At);

    private bool KnowsReviewsOf(OrderId order) =>
        Loaded.About.Contains(order)
        || rows.Values.Any(r => r is { Key.Kind: ItemKind.FollowUp, Reach: Reach.Always, About: { } about } && about == order);

    private bool KnowsSince(DateTimeOffset from) =>
        Loaded.Since <= from || Head is not { } head || (!(head.LatestAt >= from) && head.Customer.OpenComplaints == 0);

    private bool KnowsLostOrdersSince(DateTimeOffset from) => Loaded.LostOrdersSince <= from || !(Head?.LatestAt >= from);

    private bool KnowsOrdersSince(DateTimeOffset from) => Loaded.OrdersSince <= from || !(Head?.LatestAt >= from);

    // Those in which something may happen, those in which something did, and those whose message a late fact may concern.
    private IEnumerable<FollowUpId> FollowUpsLookingBack(IReadOnlyList<ICustomerEvent> events, DateTimeOffset? late) =>
    [
        .. StateRows.OpenFollowUps(Customer),
        .. events.OfType<IFollowUpEvent>().Select(e => e.FollowUp),
        .. Customer.Messages.Values.Where(m => m.UncontestedSentAt >= late).Select(m => m.FollowUp),
    ];

    // Those in which another order may end something that was not over, and those whose message a late fact may concern.
    private IEnumerable<FollowUp> FollowUpsEndedByOrders(Customer after, IReadOnlyList<ICustomerEvent> events, DateTimeOffset? late, ShopFacts shop) =>
    [
        .. EndedByOrders(Customer, StateRows.OpenFollowUps(Customer), shop),
        .. events.OfType<FollowUpStarted>().Select(e => after.FollowUps[e.FollowUp]).Where(f => f.CadenceIn(shop)?.Exits.Any(e => e.OtherSubject) == true),
        .. Customer.Messages.Values.Where(m => m.UncontestedSentAt >= late).Select(m => Customer.FollowUps.GetValueOrDefault(m.FollowUp)).OfType<FollowUp>(),
    ];

    private static IEnumerable<FollowUp> EndedByOrders(Customer customer, IEnumerable<FollowUpId> open, ShopFacts shop) =>
        from id in open
        where customer.FollowUps.ContainsKey(id)
        let followUp = customer.FollowUps[id]
        where followUp.CadenceIn(shop)?.Exits.Any(e => e.OtherSubject && (e.Steps is null || e.Steps.Any(step => !followUp.StepOf(step).IsOver))) == true
        select followUp;

    // No policy looks at an earlier instant: a step is due after one of these, and was held or sent at one of them.
    private static DateTimeOffset? LooksBackTo(Customer customer, FollowUp followUp) =>
        followUp.Steps.Values.SelectMany(s => new[] { s.HeldSince, s.SentAt }).Append(followUp.TriggeredAt).Append(SubjectFacts.TriggeredAt(customer, followUp))
            .Concat(followUp.Order is { } id && customer.Orders.TryGetValue(id, out var order) ? order.Instants() : [])
            .Min();

    // What is told again may have follow-ups, which have ended.
    private IEnumerable<ItemKey> FollowUpsOfSubjects(Customer after, IReadOnlyList<ICustomerEvent> events, ShopFacts shop) =>
        from trigger in FollowUpTriggers.Of(Customer, after, events)
        where trigger.Subject is { } subject && IsKnown(subject)
        from slug in shop.Cadences.Where(c => c.Trigger.On == trigger.On || c.FallbackTrigger?.On == trigger.On).Select(c => c.Slug).Distinct(StringComparer.Ordinal)
        from id in Customer.Ids
        select new ItemKey(ItemKind.FollowUp, StableHash.FollowUp(slug, id, trigger.KeyOf(after)).Value);

    // A checkout may have gone to another customer and come back.
    private bool IsKnown(FollowUpSubject subject) => subject.Kind switch
    {
        SubjectKind.Complaint => Customer.Complaints.ContainsKey(new(subject.Id)),
        SubjectKind.Rating => Customer.Opinions.ContainsKey(subject.Id),
        SubjectKind.Question => SubjectFacts.AskedAt(Customer, subject) is not null,
        _ => true,
    };

    // Where a known contact moves, or an answer comes between two open questions, another contact takes its place at the edge.
    private IEnumerable<ItemKey> ConversationsToRead(Customer after, IReadOnlyList<ICustomerEvent> events) =>
        from key in events.SelectMany(StateQuery.KeysOf).Where(k => k is { Kind: ItemKind.Conversation, Part: "" }).Distinct()
        let id = new ConversationId(key.Id)
        where Customer.Conversations.TryGetValue(id, out var known) && after.Conversations.TryGetValue(id, out var now) && LosesEdge(known, now)
        select key;

    private static bool LosesEdge(Conversation known, Conversation now) =>
        known.Asked.Any(a => now.Asked[a.Key] != a.Value) || known.Answered.Any(a => now.Answered[a.Key] != a.Value)
        || (known.PendingSince()?.At <= now.LatestAnswer()?.At && now.LatestAnswer()?.At < Conversation.Latest(known.Asked)?.At);

    // Where a known report of spam moves, an earlier one may be the latest of its channel.
    private IEnumerable<ItemKind> KindsToRead(IReadOnlyList<ICustomerEvent> events) =>
        events.OfType<SpamReported>().Any(x => Customer.SpamReports.ContainsKey(x.Report)) ? [ItemKind.SpamReport] : [];
}
