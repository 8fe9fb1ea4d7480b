using Cx.Domain.FollowUps;

namespace Cx.Domain.Customers;

/// <summary>An event for the end of one customer's stream.</summary>
public readonly record struct StreamEvent(CustomerId Stream, ICustomerEvent Event);

/// <summary>
/// Customers found to be one person. Of those that are linked, the one whose record was made first leads: ids grow with time. A link is recorded in the
/// stream of the one that leads and in that of each it takes in, so that every customer's own stream names all that ever led it.
/// </summary>
public static class Linking
{
    /// <summary>The most records that are linked as one person.</summary>
    public const int MostLinked = 50;

    /// <summary>Which of some customers leads.</summary>
    public static CustomerId Lead(IEnumerable<CustomerId> ids) => ids.Min();

    /// <summary>Links two customers, each with the members it leads; none where they are linked already.</summary>
    /// <exception cref="RuleBrokenException"><c>linked-customer-erased</c>, <c>too-many-linked</c>.</exception>
    public static IReadOnlyList<StreamEvent> Link(Customer one, Customer other, DateTimeOffset at)
    {
        if (one.Id == other.Id)
            return [];

        if (one.IsErased || other.IsErased)
            throw Erased();

        if (one.Members.Count + other.Members.Count + 2 > MostLinked)
            throw new RuleBrokenException("too-many-linked", $"At most {MostLinked} records are linked as one customer.");

        var (lead, taken) = one.Id.CompareTo(other.Id) < 0 ? (one.Id, other) : (other.Id, one);
        return [.. taken.Ids.SelectMany(id => InBoth(new CustomersLinked(lead, id, at), lead, id))];
    }

    /// <summary>Parts one of linked customers from the others, which stay linked; none where it is not one of them.</summary>
    /// <exception cref="RuleBrokenException"><c>linked-customer-erased</c>.</exception>
    public static IReadOnlyList<StreamEvent> Unlink(Customer lead, CustomerId leaving, DateTimeOffset at)
    {
        if (lead.IsErased)
            throw Erased();

        if (lead.Members.Contains(leaving))
            return [.. InBoth(new CustomersUnlinked(lead.Id, leaving, at), lead.Id, leaving)];

        if (lead.Id != leaving || lead.Members.IsEmpty)
            return [];

        var next = Lead(lead.Members);
        return
        [
            .. lead.Members.SelectMany(id => InBoth(new CustomersUnlinked(lead.Id, id, at), lead.Id, id)),
            .. lead.Members.Remove(next).SelectMany(id => InBoth(new CustomersLinked(next, id, at), next, id)),
        ];
    }

    private static RuleBrokenException Erased() => new("linked-customer-erased", "One of the customers was erased.");

    private static StreamEvent[] InBoth(ICustomerEvent e, CustomerId lead, CustomerId member) => [new(lead, e), new(member, e)];
}

/// <summary>
/// Whose each event is, in the streams of customers that are or were linked: that of the record by whose identifier it came. An order, a conversation or
/// another item stays whole with the one it came by first, and so does a follow-up. Asked of all events in the order in which they were recorded.
/// </summary>
public sealed class EventOwners
{
    private readonly Dictionary<ItemKey, CustomerId> items = [];

    /// <summary>The event as those who are linked tell it: a follow-up of a member says whose it is. None: it is somebody else's.</summary>
    /// <param name="group">The one that leads, or stands alone, first.</param>
    /// <param name="identity">The record by whose identifier it came; none: that of the stream.</param>
    public ICustomerEvent? Told(IReadOnlyList<CustomerId> group, ICustomerEvent e, CustomerId stream, CustomerId? identity) =>
        !group.Contains(Of(e, stream, identity)) ? null
        : e is FollowUpStarted { By: null } started && stream != group[0] ? started with { By = stream }
        : e;

    private CustomerId Of(ICustomerEvent e, CustomerId stream, CustomerId? identity)
    {
        if (e is CustomersLinked or CustomersUnlinked)
            return stream;

        var by = (e is FollowUpStarted started ? started.By : identity) ?? stream;
        if (e is OrderReassigned moved)
            return Moved(moved, by);

        return ItemOf(e) is not { } item || items.TryAdd(item, by) ? by : items[item];
    }

    // An order that leaves is nobody's until it arrives, where it may have been before.
    private CustomerId Moved(OrderReassigned moved, CustomerId by)
    {
        var keys = StateQuery.KeysOf(moved).ToList();
        var owner = moved.Arrives ? by : items.GetValueOrDefault(keys[0], by);
        foreach (var key in keys)
        {
            items.Remove(key);
            if (moved.Arrives)
                items[key] = by;
        }

        return owner;
    }

    private static ItemKey? ItemOf(ICustomerEvent e) =>
        e is IFollowUpEvent x ? new(ItemKind.FollowUp, x.FollowUp.Value) : StateQuery.KeysOf(e).Select(k => (ItemKey?)k.Item()).FirstOrDefault();
}
