using System.Collections.Concurrent;
using System.Globalization;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore.Postgres;

/// <summary>The channels by which the processes of one database wake each other. A hint only: everybody polls as well.</summary>
internal static class Channels
{
    /// <summary>Something was committed; the payload is the process that did it.</summary>
    public const string Commits = "cx_commits";

    /// <summary>A shop's settings, sources or keys changed; the payload is the shop.</summary>
    public const string Config = "cx_config";
}

/// <summary>
/// Tells the other processes of commits: after them, never in them, as NOTIFY makes commits wait for each other; and at most every
/// 10 ms, on a connection of its own.
/// </summary>
public sealed class Notifier(LastingConnections connections, Instance instance, TimeProvider clock)
{
    private static readonly TimeSpan LeastInterval = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentQueue<ShopId> changed = new();
    private readonly CommitSignal pending = new();

    /// <summary>Raised when the connection broke; it is opened again.</summary>
    public event Action<Exception>? Broken;

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
        return Retry.Forever(Send, e => Broken?.Invoke(e), clock, ct);

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

                    await Task.Delay(LeastInterval, clock, ct);
                }
            }
        }
    }

    private static async Task Notify(NpgsqlConnection connection, string channel, string payload, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_notify($1, $2)", connection) { Parameters = { Sql.Text(channel), Sql.Text(payload) } };
        await command.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>Hears of other processes' commits and of changed settings. Whatever it may have missed while disconnected is taken to have happened.</summary>
public sealed class Listener(LastingConnections connections, Instance instance, CommitSignal signal, TimeProvider clock)
{
    /// <summary>Raised when a shop's settings, sources or keys changed anywhere; without a shop when any may have.</summary>
    public event Action<ShopId?>? ConfigChanged;

    /// <summary>Raised when the connection broke; it is opened again.</summary>
    public event Action<Exception>? Broken;

    public Task Run(CancellationToken ct)
    {
        return Retry.Forever(Listen, e => Broken?.Invoke(e), clock, ct);

        async Task Listen(Action succeeded)
        {
            await using var connection = await connections.Open(ct);
            connection.Notification += (_, heard) => Hear(heard);
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

    private void Hear(NpgsqlNotificationEventArgs heard)
    {
        if (heard.Channel == Channels.Config)
            ConfigChanged?.Invoke(new(heard.Payload));
        else if (heard.Payload != instance.Id.ToString(CultureInfo.InvariantCulture))
            signal.Pulse();
    }
}
