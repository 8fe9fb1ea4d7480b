using Cx.Application.EventStore.Postgres;
using Cx.Domain;

namespace Cx.Application.EventStore.Projections;

/// <summary>A view has stopped; it is tried again until it goes on.</summary>
/// <param name="Sequence">The event it cannot fold, where it is one event's fault.</param>
public sealed record ViewFailure(string View, int Version, long? Sequence, Exception Error);

/// <summary>
/// Keeps the asynchronous views up with the log. Each view has its own reader, position and failures. Rows and position are committed
/// together, by whichever process holds the view's lock; the others stand by. A view with a new version is built beside the old rows,
/// which are read until it has caught up.
/// </summary>
/// <param name="signal">Tells of commits; without it views look once a second.</param>
/// <param name="clock">Of the machine, for pauses; no fold sees it.</param>
public sealed class ViewHost(IEventStore store, LastingConnections connections, IReadOnlyList<IAsyncView> views, CommitSignal signal, TimeProvider clock)
{
    // Longer than any catch-up but the building of a new version, which the others need not wait for.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Raised when a view stopped, each time it is tried in vain: somebody should be called.</summary>
    public event Action<ViewFailure>? Failed;

    /// <summary>Raised when a view shows all events up to a sequence number.</summary>
    public event Action<string, long>? Moved;

    /// <summary>Runs all views until cancelled.</summary>
    public Task Run(CancellationToken ct) => Task.WhenAll(views.Select(v => Task.Run(() => Run(v, ct), CancellationToken.None)));

    /// <summary>
    /// Brings all views to the end of the log once, for hosts where nothing always runs. Waits while another process is at a view: it may have
    /// read the end of the log before the event that this call is about. A view that cannot go on fails the call, and none of the others.
    /// </summary>
    public Task CatchUp(CancellationToken ct) => Task.WhenAll(views.Select(v => CatchUp(v, ct)));

    private async Task CatchUp(IAsyncView view, CancellationToken ct)
    {
        try
        {
            await NewRun(view).CatchUp(Patience, ct);
        }
        catch (NewerVersionServesException)
        {
            // While a new deployment takes over, the old one has nothing to do here.
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Tell(view, e);
            throw;
        }
    }

    private ViewRun NewRun(IAsyncView view)
    {
        var run = new ViewRun(view, store, connections, signal, clock);
        run.Moved += position => Moved?.Invoke(view.Name, position);
        return run;
    }

    private Task Run(IAsyncView view, CancellationToken ct)
    {
        var run = NewRun(view);
        return Retry.Forever(
            succeeded => run.Follow(succeeded, ct), e => Tell(view, e), clock, ct);
    }

    private void Tell(IAsyncView view, Exception e) =>
        Failed?.Invoke(new(view.Name, view.Version, (e as FoldFailedException)?.Sequence, (e as FoldFailedException)?.InnerException ?? e));
}
