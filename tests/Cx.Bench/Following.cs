using System.Diagnostics;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Domain;
using Cx.Standalone;
using Marten;
using Marten.Events.Daemon.Coordination;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cx.Bench;

/// <summary>A daemon at work for a view, until disposed.</summary>
internal sealed class Following : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly MartenEventStore store;
    private readonly CommitSignal signal;
    private readonly DocumentStore log;
    private readonly LogDaemon daemon;
    private readonly Task started;
    private long position;
    private long movedAt;
    private (long Position, TaskCompletionSource<long> Reached)? waiting;

    public Following(StandaloneHost host, IAsyncView view)
    {
        store = host.Services.GetRequiredService<MartenEventStore>();
        signal = host.Services.GetRequiredService<CommitSignal>();
        var database = host.Services.GetRequiredService<NpgsqlDataSource>();
        log = DocumentStore.For(options =>
        {
            MartenSetup.Configure(options, database);
            MartenSetup.Follow(options, signal, [new ViewSubscription(view, database, host.Services.GetRequiredService<ILogger<ViewSubscription>>())]);
        });
        daemon = new(
            log, new ProjectionCoordinator(log, NullLogger<ProjectionCoordinator>.Instance), database, signal, TimeProvider.System, host.Services.GetRequiredService<ILogger<LogDaemon>>());
        store.Committed += signal.Pulse;
        daemon.Moved += OnMoved;
        started = daemon.StartAsync(CancellationToken.None);
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
        await started;
        await daemon.DisposeAsync();
        log.Dispose();
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
