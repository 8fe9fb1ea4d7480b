using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>This process among those that share the database: distinguishes its attempts and notifications from theirs.</summary>
public sealed class Instance
{
    public long Id { get; } = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue;
}

/// <summary>
/// Wakes the workers of this process when something was committed. Each takes a waiter of its own; several pulses are one wake-up, and a
/// pulse while a worker is busy ends its next wait at once.
/// </summary>
public sealed class CommitSignal
{
    private readonly TimeProvider clock;
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="clock">For the longest wait: the machine's own unless a test gives another. It is not business time.</param>
    public CommitSignal(TimeProvider? clock = null) => this.clock = clock ?? TimeProvider.System;

    public void Pulse() => Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    public CommitWaiter Waiter() => new(this);

    /// <summary>One worker's view of the signal; not for use by several at once.</summary>
    public sealed class CommitWaiter(CommitSignal signal)
    {
        private Task pulsed = Volatile.Read(ref signal.next).Task;

        /// <summary>Completes when something was committed since this last completed, or at the latest after a while.</summary>
        /// <returns>Whether something was committed.</returns>
        public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken ct)
        {
            try
            {
                await pulsed.WaitAsync(atMost, signal.clock, ct);
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
            finally
            {
                // Taken before the worker reads the database: a commit after that reading completes this task.
                pulsed = Volatile.Read(ref signal.next).Task;
            }
        }
    }
}

/// <summary>
/// The PostgreSQL channels by which the processes of one database wake each other. They are hints only: every worker polls as well.
/// </summary>
internal static class Channels
{
    /// <summary>Something was committed; the payload is the process that did it.</summary>
    public const string Commits = "cx_commits";

    /// <summary>A shop's settings, sources or keys changed; the payload is the shop.</summary>
    public const string Config = "cx_config";
}

/// <summary>
/// Notifies the other processes of commits: after the commit, never in it, as NOTIFY makes commits wait for each other; and at most every
/// 10 ms, on a connection of its own.
/// </summary>
public sealed partial class Notifier(LastingConnections connections, Instance instance, TimeProvider clock, ILogger<Notifier> log)
{
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentQueue<ShopId> changed = new();
    private readonly CommitSignal pending = new();

    /// <summary>Something was committed here.</summary>
    public void Committed() => pending.Pulse();

    /// <summary>A shop's settings, sources or keys were changed here.</summary>
    public void ConfigChanged(ShopId shop)
    {
        changed.Enqueue(shop);
        pending.Pulse();
    }

    public Task Run(CancellationToken ct)
    {
        var waiter = pending.Waiter();
        return Retry.Forever(Send, e => ConnectionLost(log, e), clock, ct);

        async Task Send(Action succeeded)
        {
            await using var connection = await connections.Open(ct);
            succeeded();
            while (true)
            {
                if (await waiter.WaitAsync(TimeSpan.FromMinutes(1), ct))
                {
                    await Notify(connection, Channels.Commits, instance.Id.ToString(CultureInfo.InvariantCulture), ct);
                    while (changed.TryPeek(out var shop))
                    {
                        await Notify(connection, Channels.Config, shop.Value, ct);
                        changed.TryDequeue(out _);
                    }

                    await Task.Delay(MinInterval, clock, ct);
                }
            }
        }
    }

    private static async Task Notify(NpgsqlConnection connection, string channel, string payload, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_notify($1, $2)", connection) { Parameters = { Sql.Text(channel), Sql.Text(payload) } };
        await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection that notifies other processes of commits was lost and is opened again; they poll meanwhile")]
    private static partial void ConnectionLost(ILogger logger, Exception error);
}

/// <summary>Receives the notifications of other processes. After a lost connection everything is taken to have changed.</summary>
public sealed partial class Listener(
    LastingConnections connections, Instance instance, CommitSignal signal, TimeProvider clock, ILogger<Listener> log)
{
    /// <summary>Raised when a shop's settings, sources or keys changed anywhere; without a shop when any may have.</summary>
    public event Action<ShopId?>? ConfigChanged;

    public Task Run(CancellationToken ct)
    {
        return Retry.Forever(Listen, e => ConnectionLost(log, e), clock, ct);

        async Task Listen(Action succeeded)
        {
            await using var connection = await connections.Open(ct);
            connection.Notification += (_, notification) => Receive(notification);
            await using var listen = new NpgsqlCommand($"listen {Channels.Commits}; listen {Channels.Config}", connection);
            await listen.ExecuteNonQueryAsync(ct);
            succeeded();
            signal.Pulse();
            ConfigChanged?.Invoke(null);
            while (true)
            {
                await connection.WaitAsync(ct);
            }
        }
    }

    private void Receive(NpgsqlNotificationEventArgs notification)
    {
        if (notification.Channel == Channels.Config)
            ConfigChanged?.Invoke(new(notification.Payload));
        else if (notification.Payload != instance.Id.ToString(CultureInfo.InvariantCulture))
            signal.Pulse();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection that receives notifications of commits was lost and is opened again; workers poll meanwhile")]
    private static partial void ConnectionLost(ILogger logger, Exception error);
}

/// <summary>Connects the store, the workers of this process and the other processes of the database.</summary>
internal sealed class CommitNotifierWorker(
    Notifier notifier, Listener listener, MartenEventStore store, CommitSignal signal, SourceDirectory sources) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        store.Committed += notifier.Committed;
        store.Committed += signal.Pulse;
        store.Configured += notifier.ConfigChanged;
        listener.ConfigChanged += sources.Forget;
        return Task.WhenAll(notifier.Run(stoppingToken), listener.Run(stoppingToken));
    }
}
