using System.Collections.Concurrent;
using Cx.Domain;
using JasperFx;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using Marten;
using Npgsql;
using IProjectionCoordinator = Marten.Events.Daemon.Coordination.IProjectionCoordinator;

namespace Cx.Application.EventStore.Projections;

/// <summary>
/// Marten's daemon in this process: follows the log for the subscriptions whose locks this process holds, and stands by for the others. What stops is
/// reported and tried again.
/// </summary>
/// <param name="clock">Of the machine, for pauses.</param>
public sealed partial class LogDaemon(
    IDocumentStore store, IProjectionCoordinator coordinator, NpgsqlDataSource database, CommitSignal signal, TimeProvider clock, ILogger<LogDaemon> log)
    : IHostedService, IObserver<ShardState>, IAsyncDisposable
{
    private const string Committed = "select coalesce(max(seq_id), 0) from mt_events";

    private const string Behind = """
        select s.name from unnest($1) s (name) where coalesce((select p.last_seq_id from mt_event_progression p where p.name = s.name), 0) < $2
        """;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    // A process that has ended leaves its locks at once; one that was suspended keeps them.
    private static readonly TimeSpan LongestHandover = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StallPeriod = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim starting = new(1);
    private readonly ConcurrentDictionary<string, Exception> failures = new();
    private readonly CancellationTokenSource stop = new();
    private IDisposable? subscription;
    private bool isDisposed;
    private Task watching = Task.CompletedTask;

    /// <summary>Raised when a subscription has committed what follows from all events up to a sequence number: its name, and the number.</summary>
    public event Action<string, long>? Moved;

    /// <summary>Whether looking for new events has stopped here. Elsewhere another process looks.</summary>
    public bool IsStale => subscription is not null && Daemon.CurrentAgents().Count > 0 && Daemon.IsHighWaterStale;

    private IProjectionDaemon Daemon => coordinator.DaemonForMainDatabase();

    private string[] Identities => [.. ((DocumentStore)store).Options.Projections.AllShards().Select(s => s.Name.Identity)];

    /// <summary>Starts it unless it runs.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await starting.WaitAsync(cancellationToken);
        try
        {
            if (subscription is null)
            {
                subscription = Daemon.Tracker.Subscribe(this);
                await coordinator.StartAsync(cancellationToken);
                watching = Task.Run(() => Watch(stop.Token), CancellationToken.None);
            }
        }
        finally
        {
            starting.Release();
        }
    }

    /// <summary>Stops it; a host may ask for it again after it has disposed of it.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (isDisposed)
        {
            return;
        }

        await stop.CancelAsync();
        await coordinator.StopAsync(cancellationToken);
        await watching;
        Interlocked.Exchange(ref subscription, null)?.Dispose();
    }

    // A container that also has it as a hosted service disposes of it twice.
    public async ValueTask DisposeAsync()
    {
        if (!isDisposed)
        {
            await StopAsync(CancellationToken.None);
            isDisposed = true;
            stop.Dispose();
            starting.Dispose();
        }
    }

    /// <summary>
    /// Waits until all subscriptions have come to the present end of the log, whichever process runs them, and holds no connection meanwhile. For hosts
    /// where nothing always runs.
    /// </summary>
    /// <param name="stopping">Waits no longer; what runs here goes on.</param>
    /// <returns>False: it takes longer, or a process that does not go on holds a lock. The caller sees to it that somebody waits again.</returns>
    /// <exception cref="Exception">What stopped a subscription that runs here.</exception>
    public async Task<bool> CatchUp(CancellationToken stopping, CancellationToken ct)
    {
        await StartAsync(ct);
        failures.Clear();
        foreach (var agent in Daemon.CurrentAgents().Where(a => a.Status != AgentStatus.Running))
        {
            await Daemon.StartAgentAsync(agent.Name.Identity, ct);
        }

        signal.Pulse();
        var waiter = signal.Waiter();
        var end = (long)(await Scalar(Committed, ct))!;
        for (var since = clock.GetTimestamp(); ;)
        {
            var behind = await Names(end, ct);
            if (behind.Count == 0)
            {
                return true;
            }

            var failed = behind.Select(failures.GetValueOrDefault).OfType<Exception>().ToList();
            var isHere = Daemon.CurrentAgents().Any(a => behind.Contains(a.Name.Identity));
            var isOver = stopping.IsCancellationRequested || (!isHere && clock.GetElapsedTime(since) > LongestHandover);

            // One that goes on is not left because another has stopped.
            if (failed.Count == behind.Count || (isOver && failed.Count > 0))
            {
                throw failed.Count == 1 ? failed[0] : new AggregateException(failed);
            }

            if (isOver)
            {
                return false;
            }

            await waiter.WaitAsync(Poll, ct);
        }
    }

    public void OnNext(ShardState value)
    {
        if (value.ShardName is ShardState.HighWaterMark or ShardState.AllProjections)
        {
            return;
        }

        if (value.Exception is { } failure && value.Action is ShardAction.Paused or ShardAction.Stopped)
        {
            failures[value.ShardName] = failure;
            if (failure is NewerVersionException or NewerVersionServesException)
            {
                LeftToNewer(log, value.ShardName, failure);
            }
            else
            {
                Stopped(log, value.ShardName, value.Sequence, failure);
            }

            if (value.Action == ShardAction.Stopped)
            {
                _ = Task.Run(() => Restart(value.ShardName, stop.Token), CancellationToken.None);
            }
        }
        else if (value.Action == ShardAction.Updated)
        {
            Moved?.Invoke(value.ShardName, value.Sequence);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    // Another process has moved the progress. The daemon starts only what has paused; where it has lost the lock, it stops this again.
    private async Task Restart(string identity, CancellationToken ct)
    {
        try
        {
            await Task.Delay(Poll, clock, ct);
            await Daemon.StartAgentAsync(identity, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Stopped(log, identity, -1, e);
        }
        catch (OperationCanceledException)
        {
        }
    }

    // The daemon waits while a transaction that drew a sequence number may still commit.
    private async Task Watch(CancellationToken ct)
    {
        var (mark, since) = (-1L, clock.GetTimestamp());
        try
        {
            while (true)
            {
                await Task.Delay(StallPeriod, clock, ct);
                try
                {
                    var isBehind = Daemon.CurrentAgents().Count > 0 && Daemon.HighWaterMark() < (long)(await Scalar(Committed, ct))!;
                    if (!isBehind || Daemon.HighWaterMark() != mark)
                    {
                        (mark, since) = (Daemon.HighWaterMark(), clock.GetTimestamp());
                    }
                    else
                    {
                        Stalled(log, mark + 1, clock.GetElapsedTime(since));
                    }
                }
                catch (NpgsqlException)
                {
                    // Reported by whatever else needs the database.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<HashSet<string>> Names(long end, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Behind);
        command.Parameters.AddRange(new[] { Sql.Texts(Identities), Sql.Long(end) });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var names = new HashSet<string>();
        while (await reader.ReadAsync(ct))
        {
            names.Add(reader.GetString(0));
        }

        // While a new deployment takes over, the old one has nothing to do here.
        names.RemoveWhere(n => failures.GetValueOrDefault(n) is NewerVersionServesException);
        return names;
    }

    private async Task<object?> Scalar(string sql, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync(ct);
    }

    [LoggerMessage(
        EventId = LogEvents.LogStalled, EventName = nameof(LogEvents.LogStalled), Level = LogLevel.Critical,
        Message = "Reading the log waits at event {Sequence} since {Waited}: a transaction that drew a sequence number has neither committed nor ended")]
    private static partial void Stalled(ILogger logger, long sequence, TimeSpan waited);

    [LoggerMessage(
        EventId = LogEvents.ViewStopped, EventName = nameof(LogEvents.ViewStopped), Level = LogLevel.Critical,
        Message = "Subscription {View} has stopped after event {Sequence} and is retried")]
    private static partial void Stopped(ILogger logger, string view, long sequence, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscription {View} waits for a newer version, or to know the next event itself, and is retried")]
    private static partial void LeftToNewer(ILogger logger, string view, Exception error);
}
