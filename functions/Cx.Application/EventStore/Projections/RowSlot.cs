using Cx.Domain;

namespace Cx.Application.EventStore.Projections;

/// <summary>A row's place in a view.</summary>
internal readonly record struct RowKey(ShopId Shop, string Key)
{
    // Keys differ far more than shops do.
    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);

    public bool Equals(RowKey other) => Key == other.Key && Shop == other.Shop;
}

/// <summary>Whether the database holds a row, as far as this process knows.</summary>
internal enum Stored { Unknown, Absent, Present }

/// <summary>One row in hand. The content is null where there is no such row, and bytes where it is not parsed yet.</summary>
internal sealed class RowSlot(RowKey key)
{
    public RowKey Key => key;

    public object? Row { get; set; }

    /// <summary>What the running fold, or one that looked ahead, made of it; only where the flag beside it says so.</summary>
    public object? Draft { get; set; }

    public object? Ahead { get; set; }

    public bool HasDraft { get; set; }

    public bool HasAhead { get; set; }

    /// <summary>Whether the content is what the events so far make it.</summary>
    public bool IsKnown { get; set; }

    public bool IsMissing { get; set; }

    public bool IsChanged { get; set; }

    public Stored Stored { get; set; }
}
