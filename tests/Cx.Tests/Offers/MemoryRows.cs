using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Offers;
using Cx.Domain.Silence;

namespace Cx.Tests.Offers;

/// <summary>The rows of one shop as a plain map, and what the affinity view made of them.</summary>
public sealed class MemoryRows : IViewRows
{
    public SortedDictionary<string, object> Rows { get; } = new(StringComparer.Ordinal);

    public static MemoryRows Fold(IEnumerable<(string Stream, IEvent Event)> events) => Fold(new AffinityView(), events);

    public static MemoryRows Fold(IAsyncView view, IEnumerable<(string Stream, IEvent Event)> events)
    {
        var rows = new MemoryRows();
        foreach (var (stream, e) in events)
        {
            view.Fold(rows, new("shop"), stream, e);
        }

        return rows;
    }

    public T? Get<T>(string key) where T : class => (T?)Rows.GetValueOrDefault(key);

    public void Set<T>(string key, T row) where T : class => Rows[key] = row;

    public void Remove(string key) => Rows.Remove(key);

    /// <summary>Whether two views hold the same; sums within what rounding may do.</summary>
    public bool IsLike(MemoryRows other) => Rows.Count == other.Rows.Count && Rows.All(r => other.Rows.TryGetValue(r.Key, out var o) && (r.Value, o) switch
    {
        (Item a, Item b) => a with { Sum = 0 } == b with { Sum = 0 } && IsNear(a.Sum, b.Sum),
        (Pair a, Pair b) => a with { Sum = 0 } == b with { Sum = 0 } && IsNear(a.Sum, b.Sum),
        (LinkedGroup a, LinkedGroup b) => a.Ids.SetEquals(b.Ids),
        (SecondOrders a, SecondOrders b) => a.Days.SequenceEqual(b.Days),
        (Buyer a, Buyer b) => a.IsLinked == b.IsLinked && Buyer.Kept([a]).OrderBy(k => k.Key).SequenceEqual(Buyer.Kept([b]).OrderBy(k => k.Key)),
        _ => false,
    });

    private static bool IsNear(double a, double b) => Math.Abs(a - b) <= 1e-9 * Math.Max(Math.Abs(a), Math.Abs(b));
}
