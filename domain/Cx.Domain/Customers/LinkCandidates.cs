using System.Collections.Immutable;
using Cx.Domain.Privacy;

namespace Cx.Domain.Customers;

/// <summary>Two customers who may be one person.</summary>
/// <param name="By">The kinds of identifier that one delivery named, and that lead to the two.</param>
/// <param name="FoundAt">When that was seen first.</param>
public sealed record LinkCandidate(CustomerId One, CustomerId Other, ImmutableSortedSet<IdentifierKind> By, DateTimeOffset FoundAt);

/// <summary>With whom a customer is, or was, a candidate.</summary>
public sealed record LinkPartners(ImmutableSortedSet<CustomerId> Ids);

/// <summary>
/// The pairs of customers that deliveries gave identifiers of both of, as long as nobody has linked them. Who was parted by hand is no candidate again:
/// somebody decided that they are two.
/// </summary>
public sealed class LinkCandidatesView : IAsyncView
{
    public const string ViewName = "link-candidates";

    /// <summary>The prefix of all candidates.</summary>
    public const string Pairs = "pair/";

    public string Name => ViewName;

    public int Version => 1;

    public IReadOnlySet<string> Types { get; } =
        new[] { typeof(IdentityConflictFound), typeof(CustomersLinked), typeof(CustomersUnlinked), typeof(CustomerErased) }.Select(EventCatalog.NameOf).ToHashSet(StringComparer.Ordinal);

    public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e)
    {
        switch (e)
        {
            case IdentityConflictFound x when CustomerStream.Customer(stream) is { } one:
                Find(rows, one, x);
                break;
            case CustomersLinked or CustomersUnlinked when LinkedGroups.Change(rows, stream, e) is var (moving, left, joined):
                foreach (var other in joined.Remove(moving))
                    rows.Remove(KeyOf(Pairs, moving, other));
                foreach (var other in left)
                    rows.Set(KeyOf(Parted, moving, other), new LinkPartners([moving, other]));
                LinkedGroups.Set(rows, left);
                LinkedGroups.Set(rows, joined);
                break;
            case CustomerErased when CustomerStream.Customer(stream) is { } erased:
                foreach (var id in LinkedGroups.Of(rows, erased))
                    Forget(rows, id);
                break;
        }
    }

    private const string Parted = "parted/";

    private static void Find(IViewRows rows, CustomerId one, IdentityConflictFound x)
    {
        var key = KeyOf(Pairs, one, x.Other);
        if (LinkedGroups.Of(rows, one).Contains(x.Other) || rows.Get<LinkPartners>(KeyOf(Parted, one, x.Other)) is not null)
            return;

        var known = rows.Get<LinkCandidate>(key) ?? new(Least(one, x.Other), Least(one, x.Other) == one ? x.Other : one, [], x.OccurredAt);
        rows.Set(key, known with { By = known.By.Add(x.By), FoundAt = known.FoundAt < x.OccurredAt ? known.FoundAt : x.OccurredAt });
        Note(rows, one, x.Other);
        Note(rows, x.Other, one);
    }

    private static void Note(IViewRows rows, CustomerId one, CustomerId other)
    {
        var known = rows.Get<LinkPartners>(PartnersOf(one))?.Ids ?? [];
        if (!known.Contains(other))
            rows.Set(PartnersOf(one), new LinkPartners(known.Add(other)));
    }

    private static void Forget(IViewRows rows, CustomerId id)
    {
        foreach (var other in rows.Get<LinkPartners>(PartnersOf(id))?.Ids ?? [])
            rows.Remove(KeyOf(Pairs, id, other));
        rows.Remove(PartnersOf(id));
        LinkedGroups.Set(rows, [id]);
    }

    private static string PartnersOf(CustomerId id) => "of/" + id.Value;

    private static string KeyOf(string prefix, CustomerId one, CustomerId other) => $"{prefix}{Least(one, other)}/{(Least(one, other) == one ? other : one)}";

    private static CustomerId Least(CustomerId one, CustomerId other) => one.CompareTo(other) <= 0 ? one : other;
}
