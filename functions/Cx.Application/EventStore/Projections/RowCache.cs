using System.Text.Json;
using Cx.Domain;

namespace Cx.Application.EventStore.Projections;

/// <summary>An event as views fold it.</summary>
internal readonly record struct FoldedEvent(ShopId Shop, string Stream, IEvent Event);

/// <summary>A row's place in a view.</summary>
internal readonly record struct RowKey(ShopId Shop, string Key)
{
    // Keys differ far more than shops do.
    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);

    public bool Equals(RowKey other) => Key == other.Key && Shop == other.Shop;
}

/// <summary>Whether the database has a row, as far as this process knows.</summary>
internal enum Stored { Unknown, Absent, Present }

/// <summary>One row in memory. The content is null where there is no such row, and bytes where it is not parsed yet.</summary>
internal sealed class RowSlot(RowKey key)
{
    public RowKey Key => key;

    public object? Row { get; set; }

    /// <summary>What the running fold, or one that looked ahead, made of it; only with the flag below.</summary>
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

/// <summary>
/// The rows of a view in memory. What an event writes is kept apart until its fold has seen every row it asked for; rows that were asked
/// for and are not in memory are noted, to be read all at once.
/// </summary>
/// <param name="knowsAll">Whether the view is new, so that a row that is not in memory does not exist.</param>
internal sealed class RowCache(bool knowsAll) : IViewRows
{
    // When the recent rows exceed this number, the rows that were not used since the last time are dropped. From then on a row that is not
    // in memory may still be in the database.
    private const int MaxRecent = 150_000;

    private readonly List<RowSlot> drafts = [];
    private readonly List<RowSlot> ahead = [];
    private readonly List<RowSlot> changed = [];
    private readonly List<RowSlot> missing = [];
    private Dictionary<RowKey, RowSlot> recent = [];
    private Dictionary<RowKey, RowSlot> older = [];
    private ShopId shop;
    private bool asked;
    private bool knowsAll = knowsAll;

    /// <summary>Rows that were asked for and have to be read.</summary>
    public IReadOnlyList<RowSlot> Missing => missing;

    /// <summary>Rows changed since they were last written.</summary>
    public IReadOnlyList<RowSlot> Changed => changed;

    /// <summary>What the last fold made of rows, until it is kept or discarded.</summary>
    public IReadOnlyList<RowSlot> Drafts => drafts;

    /// <summary>Folds an event. False: rows it needs are missing, and nothing has changed. True: what it made of rows waits for <see cref="Keep"/>.</summary>
    public bool Fold(IAsyncView view, in FoldedEvent folded)
    {
        var done = false;
        try
        {
            return done = Run(view, folded);
        }
        finally
        {
            if (!done)
            {
                Discard();
            }
        }
    }

    public void Keep() => TakeDrafts(KeepChange);

    public void Discard() => TakeDrafts(null);

    /// <summary>Folds an event only to learn which rows it will ask for, on top of what the events before it would write.</summary>
    public void LookAhead(IAsyncView view, in FoldedEvent folded)
    {
        try
        {
            Run(view, folded);
        }
        catch (Exception)
        {
            // Reported, if it still fails, when the event is folded itself.
        }

        TakeDrafts(KeepAhead);
    }

    /// <summary>Takes in the rows that were missing; those not among the found do not exist.</summary>
    public void Loaded(IEnumerable<(RowKey Key, byte[] Json)> found)
    {
        foreach (var slot in missing)
        {
            (slot.IsMissing, slot.IsKnown, slot.Stored) = (false, true, Stored.Absent);
        }

        foreach (var (key, json) in found)
        {
            var slot = Slot(key);
            (slot.Row, slot.Stored) = (json, Stored.Present);
        }

        foreach (var slot in ahead)
        {
            (slot.HasAhead, slot.Ahead) = (false, null);
        }

        missing.Clear();
        ahead.Clear();
    }

    /// <summary>What was changed is in the database.</summary>
    public void Written()
    {
        foreach (var slot in changed)
        {
            (slot.IsChanged, slot.Stored) = (false, slot.Row is null ? Stored.Absent : Stored.Present);
        }

        changed.Clear();
        if (recent.Count > MaxRecent)
        {
            knowsAll &= older.Count == 0;
            (older, recent) = (recent, []);
        }
    }

    public T? Get<T>(string key) where T : class
    {
        var slot = Slot(new(shop, key));
        if (slot.HasDraft)
            return (T?)slot.Draft;

        if (slot.HasAhead)
            return (T?)slot.Ahead;

        if (!slot.IsKnown)
        {
            asked = true;
            if (!slot.IsMissing)
                missing.Add(slot);
            slot.IsMissing = true;
        }

        if (slot.Row is byte[] json)
            slot.Row = JsonSerializer.Deserialize<T>(json, EventCatalog.Json);
        return (T?)slot.Row;
    }

    public void Set<T>(string key, T row) where T : class => Draft(key, row);

    public void Remove(string key) => Draft(key, null);

    private bool Run(IAsyncView view, in FoldedEvent folded)
    {
        asked = false;
        shop = folded.Shop;
        try
        {
            view.Fold(this, folded.Shop, folded.Stream, folded.Event);
        }
        catch (Exception) when (asked)
        {
            // The fold saw rows as absent that may exist.
        }

        return !asked;
    }

    private RowSlot Slot(RowKey key)
    {
        if (recent.TryGetValue(key, out var slot))
            return slot;

        if (!older.Remove(key, out slot))
            slot = new(key) { IsKnown = knowsAll, Stored = knowsAll ? Stored.Absent : Stored.Unknown };
        recent.Add(key, slot);
        return slot;
    }

    private void Draft(string key, object? row)
    {
        var slot = Slot(new(shop, key));
        if (!slot.HasDraft)
            drafts.Add(slot);
        (slot.HasDraft, slot.Draft) = (true, row);
    }

    private void TakeDrafts(Action<RowSlot>? keep)
    {
        foreach (var slot in drafts)
        {
            keep?.Invoke(slot);
            (slot.HasDraft, slot.Draft) = (false, null);
        }

        drafts.Clear();
    }

    private void KeepChange(RowSlot slot)
    {
        if (!slot.IsChanged)
            changed.Add(slot);
        (slot.Row, slot.IsKnown, slot.IsChanged) = (slot.Draft, true, true);
    }

    private void KeepAhead(RowSlot slot)
    {
        if (!slot.HasAhead)
            ahead.Add(slot);
        (slot.Ahead, slot.HasAhead) = (slot.Draft, true);
    }
}
