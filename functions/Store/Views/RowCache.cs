using System.Text.Json;
using Cx.Domain;

namespace Cx.Functions.Store.Views;

/// <summary>A row's place in a view.</summary>
internal readonly record struct RowKey(ShopId Shop, string Key);

/// <summary>
/// The rows a view has in hand. What an event writes is kept apart until its fold has seen every row it asked for; rows that were asked
/// for and are not here are remembered, to be read all at once.
/// </summary>
/// <param name="knowsAll">Whether the view is new, so that a row that is not here does not exist.</param>
internal sealed class RowCache(bool knowsAll) : IViewRows
{
    // More rows than this are let go between two writes; then what is absent here may still be in the database.
    private const int MostRows = 200_000;

    // Null: there is no such row. Bytes: not parsed yet.
    private readonly Dictionary<RowKey, object?> rows = [];
    private readonly Dictionary<RowKey, object?> ahead = [];
    private readonly Dictionary<RowKey, object?> written = [];
    private readonly HashSet<RowKey> changed = [];
    private readonly HashSet<RowKey> missing = [];
    private ShopId shop;
    private bool asked;
    private bool knowsAll = knowsAll;

    /// <summary>Rows that were asked for and have to be read.</summary>
    public IReadOnlySet<RowKey> Missing => missing;

    /// <summary>Rows changed since they were last written, each with its content; null is a removed one.</summary>
    public IEnumerable<(RowKey Key, object? Row)> Changed => changed.Select(k => (k, rows[k]));

    public int ChangedCount => changed.Count;

    /// <summary>Folds an event; false, and nothing has changed, when rows it needs are missing.</summary>
    public bool Fold(IAsyncView view, in Logged logged)
    {
        if (!Run(view, logged))
            return false;

        foreach (var (key, row) in written)
        {
            rows[key] = row;
            changed.Add(key);
        }

        return true;
    }

    /// <summary>Folds an event only to learn which rows it will ask for, on top of what the events before it would write.</summary>
    public void LookAhead(IAsyncView view, in Logged logged)
    {
        try
        {
            Run(view, logged);
        }
        catch (Exception)
        {
            // It will fail, or not, when its turn comes.
        }

        foreach (var (key, row) in written)
        {
            ahead[key] = row;
        }
    }

    /// <summary>Takes in the rows that were missing; those not among the found do not exist.</summary>
    public void Loaded(IEnumerable<(RowKey Key, byte[] Json)> found)
    {
        foreach (var key in missing)
        {
            rows[key] = null;
        }

        foreach (var (key, json) in found)
        {
            rows[key] = json;
        }

        missing.Clear();
        ahead.Clear();
    }

    /// <summary>What was changed is in the database.</summary>
    public void Written()
    {
        changed.Clear();
        if (rows.Count > MostRows)
        {
            rows.Clear();
            knowsAll = false;
        }
    }

    public T? Get<T>(string key) where T : class
    {
        var at = new RowKey(shop, key);
        if (!written.TryGetValue(at, out var row) && !ahead.TryGetValue(at, out row) && !rows.TryGetValue(at, out row) && !knowsAll)
        {
            missing.Add(at);
            asked = true;
        }

        if (row is not byte[] json)
            return (T?)row;

        var parsed = JsonSerializer.Deserialize<T>(json, EventCatalog.Json);
        rows[at] = parsed;
        return parsed;
    }

    public void Set<T>(string key, T row) where T : class => written[new(shop, key)] = row;

    public void Remove(string key) => written[new(shop, key)] = null;

    private bool Run(IAsyncView view, in Logged logged)
    {
        written.Clear();
        asked = false;
        shop = logged.Shop;
        try
        {
            view.Fold(this, logged.Shop, logged.Stream, logged.Event!);
        }
        catch (Exception) when (asked)
        {
            // It saw rows as absent that may not be.
        }

        return !asked;
    }
}
