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
    private readonly Dictionary<IAsyncView, CoalescedRun> catchUps = views.ToDictionary(v => v, _ => new CoalescedRun());

    /// <summary>Raised when a view shows all events up to a sequence number.</summary>
    public event Action<string, long>? Moved;

    /// <summary>Runs all views until cancelled.</summary>
    public Task Run(CancellationToken ct) => Task.WhenAll(views.Select(v => Task.Run(() => Run(v, ct), CancellationToken.None)));

    /// <summary>
    /// Brings all views to the end of the log once, for hosts where nothing always runs. A view that another call or process is working on
    /// is left to it: it reads the log again before it ends. A view that cannot continue fails the call, but none of the other views.
    /// </summary>
    /// <param name="stopping">Reads no further; what has been read is kept, and the next call continues from there.</param>
    public Task CatchUp(CancellationToken stopping, CancellationToken ct) =>
        Task.WhenAll(catchUps.Select(c => c.Value.Run(() => CatchUp(c.Key, stopping, ct), stopping)));

    private async Task CatchUp(IAsyncView view, CancellationToken stopping, CancellationToken ct)
    {
        try
        {
            await NewRun(view).CatchUp(stopping, ct);
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

    private void Report(IAsyncView view, Exception e)
    {
        if (e is NewerVersionException)
            LeftToNewer(log, view.Name, view.Version, e);
        else
            Stopped(log, view.Name, view.Version, (e as FoldFailedException)?.Sequence, (e as FoldFailedException)?.InnerException ?? e);
    }

    [LoggerMessage(
        EventId = LogEvents.ViewStopped, EventName = nameof(LogEvents.ViewStopped), Level = LogLevel.Critical,
        Message = "View {View} {Version} has stopped at event {Sequence} and is retried")]
    private static partial void Stopped(ILogger logger, string view, int version, long? sequence, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "View {View} {Version} waits for a newer version, or to know the next event itself, and is retried")]
    private static partial void LeftToNewer(ILogger logger, string view, int version, Exception error);
}
