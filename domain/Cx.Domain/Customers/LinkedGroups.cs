using System.Collections.Immutable;

namespace Cx.Domain.Customers;

/// <summary>The records that are one customer, as a view knows them: a row for each that is linked.</summary>
public sealed record LinkedGroup(ImmutableSortedSet<CustomerId> Ids);

/// <summary>Follows in a view's rows which customers are linked.</summary>
internal static class LinkedGroups
{
    /// <summary>A customer and those linked to it.</summary>
    public static ImmutableSortedSet<CustomerId> Of(IViewRows rows, CustomerId id) => rows.Get<LinkedGroup>(Key(id))?.Ids ?? [id];

    /// <summary>
    /// What a link or its end changes: who leaves a group, the group without it, and the group that it comes to. None where the groups are so already, and for
    /// the copy of the event in the member's own stream.
    /// </summary>
    public static (CustomerId Moving, ImmutableSortedSet<CustomerId> Left, ImmutableSortedSet<CustomerId> Joined)? Change(IViewRows rows, string stream, IEvent e)
    {
        (CustomerId Lead, CustomerId Member, ImmutableSortedSet<CustomerId> Joined)? change = e switch
        {
            CustomersLinked x when stream == CustomerStream.Of(x.Lead) => (x.Lead, x.Member, Of(rows, x.Lead).Add(x.Member)),
            CustomersUnlinked x when stream == CustomerStream.Of(x.Lead) => (x.Lead, x.Member, [x.Member]),
            _ => null,
        };
        return change is var (_, member, joined) && Of(rows, member) is var known && !known.SetEquals(joined) ? (member, known.Remove(member), joined) : null;
    }

    public static void Set(IViewRows rows, ImmutableSortedSet<CustomerId> group)
    {
        foreach (var id in group)
        {
            if (group.Count > 1)
                rows.Set(Key(id), new LinkedGroup(group));
            else
                rows.Remove(Key(id));
        }
    }

    private static string Key(CustomerId id) => "linked/" + id.Value;
}
