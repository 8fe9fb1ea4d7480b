using System.Diagnostics;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Domain;
using Cx.Standalone;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cx.Bench;

/// <summary>A view host at work, until disposed.</summary>
internal sealed class Following : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly MartenEventStore store;
    private readonly CommitSignal signal;
    private readonly Task run;
    private long position;
    private long movedAt;
    private (long Position, TaskCompletionSource<long> Reached)? waiting;

    public Following(StandaloneHost host, IAsyncView view)
    {
        store = host.Services.GetRequiredService<MartenEventStore>();
        signal = host.Services.GetRequiredService<CommitSignal>();
        var views = new ViewHost(store, host.Services.GetRequiredService<LastingConnections>(), [view], signal, TimeProvider.System,
            host.Services.GetRequiredService<ILogger<ViewHost>>());
        store.Committed += signal.Pulse;
        views.Moved += OnMoved;
        run = Task.Run(() => views.Run(stop.Token));
    }

    /// <summary>Completes when the view shows a sequence number; gives the instant at which it did.</summary>
    public Task<long> Shows(long sequence)
    {
        lock (gate)
        {
            if (position >= sequence)
                return Task.FromResult(movedAt);

            var reached = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting = (sequence, reached);
            return reached.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        store.Committed -= signal.Pulse;
        await stop.CancelAsync();
        await run;
        stop.Dispose();
    }

    private void OnMoved(string view, long to)
    {
        lock (gate)
        {
            (position, movedAt) = (to, Stopwatch.GetTimestamp());
            if (waiting is { } wait && wait.Position <= to)
            {
                waiting = null;
                wait.Reached.TrySetResult(movedAt);
            }
        }
    }
}
