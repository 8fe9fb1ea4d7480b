using Cx.Application.EventStore.Postgres;
using Cx.Domain;

namespace Cx.Application.EventStore.Projections;

/// <summary>
/// Keeps the asynchronous views up with the log. Each view has its own reader, position and failures. Rows and position are committed
/// together, by the process that holds the view's lock; the others stand by. A view with a new version is built beside the old rows, which
/// are read until it has caught up. A view that stops is logged, and retried until it continues.
/// </summary>
/// <param name="signal">Pulsed after commits; without it views poll once a second.</param>
/// <param name="clock">Of the machine, for pauses; no fold sees it.</param>
public sealed partial class ViewHost(
    IEventStore store, LastingConnections connections, IReadOnlyList<IAsyncView> views, CommitSignal signal, TimeProvider clock, ILogger<ViewHost> log)
{
    // Longer than any catch-up but the building of a new version, for which nothing has to wait.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>Raised when a view shows all events up to a sequence number.</summary>
    public event Action<string, long>? Moved;

    /// <summary>Runs all views until cancelled.</summary>
    public Task Run(CancellationToken ct) => Task.WhenAll(views.Select(v => Task.Run(() => Run(v, ct), CancellationToken.None)));

    /// <summary>
    /// Brings all views to the end of the log once, for hosts where nothing always runs. Waits while another process works on a view: it
    /// may have read the end of the log before the event that this call is about. A view that cannot continue fails the call, but none of
    /// the other views.
    /// </summary>
    public Task CatchUp(CancellationToken ct) => Task.WhenAll(views.Select(v => CatchUp(v, ct)));

    private async Task CatchUp(IAsyncView view, CancellationToken ct)
    {
        try
        {
            await NewRun(view).CatchUp(Timeout, ct);
        }
        catch (NewerVersionServesException)
        {
            // While a new deployment takes over, the old one has nothing to do here.
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Report(view, e);
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
            succeeded => run.Follow(succeeded, ct), e => Report(view, e), clock, ct);
    }

    private void Report(IAsyncView view, Exception e) =>
        Stopped(log, view.Name, view.Version, (e as FoldFailedException)?.Sequence, (e as FoldFailedException)?.InnerException ?? e);

    [LoggerMessage(
        EventId = LogEvents.ViewStopped, EventName = nameof(LogEvents.ViewStopped), Level = LogLevel.Critical,
        Message = "View {View} {Version} has stopped at event {Sequence} and is retried")]
    private static partial void Stopped(ILogger logger, string view, int version, long? sequence, Exception error);
}
