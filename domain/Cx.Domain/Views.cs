namespace Cx.Domain;

/// <summary>
/// A view that follows the log asynchronously: a pure fold of events into rows by key. Its host may run the fold for an event more than once,
/// and runs it again from the first event when the version is raised.
/// </summary>
public interface IAsyncView
{
    /// <summary>Kebab-case; never changes.</summary>
    string Name { get; }

    /// <summary>Raised when the fold or its rows change: the rows are then rebuilt beside the old ones.</summary>
    int Version { get; }

    /// <summary>The stored names of the events it folds; others are skipped unread.</summary>
    IReadOnlySet<string> Types { get; }

    /// <summary>Folds one event into the shop's rows.</summary>
    /// <param name="stream">
    /// The stream of the event. Of what came by a customer who was linked, that customer's own, not the one of the customer who leads.
    /// </param>
    void Fold(IViewRows rows, ShopId shop, string stream, IEvent e);
}

/// <summary>
/// One shop's rows of a view. Rows are immutable records, replaced whole. A row that the host has not read yet is reported as absent; the host
/// then reads it, discards what this run of the fold wrote, and runs it again.
/// </summary>
public interface IViewRows
{
    T? Get<T>(string key) where T : class;

    void Set<T>(string key, T row) where T : class;

    void Remove(string key);
}
