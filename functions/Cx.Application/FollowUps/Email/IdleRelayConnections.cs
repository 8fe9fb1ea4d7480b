namespace Cx.Application.FollowUps.Email;

/// <summary>Connections that wait a short while for the next message. Each is then closed with QUIT, as RFC 5321 §4.1.1.10 asks.</summary>
internal sealed class IdleRelayConnections : IDisposable
{
    /// <summary>Relays close idle connections themselves, most of them after 30 s or later.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly Stack<(RelayConnection Connection, DateTimeOffset Since)> idle = [];
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private bool disposed;

    public IdleRelayConnections(TimeProvider time)
    {
        this.time = time;
        timer = time.CreateTimer(static x => _ = ((IdleRelayConnections)x!).CloseExpired(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The connection used last, so that the others can end; null when none is left.</summary>
    public RelayConnection? Take()
    {
        lock (gate)
        {
            while (idle.TryPop(out var last))
            {
                if (last.Connection.IsQuiet) return last.Connection;
                last.Connection.Dispose();
            }

            return null;
        }
    }

    public void Return(RelayConnection connection)
    {
        lock (gate)
        {
            if (!disposed)
            {
                idle.Push((connection, time.GetUtcNow()));
                if (idle.Count == 1) timer.Change(Longest, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        connection.Dispose();
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            while (idle.TryPop(out var last)) last.Connection.Dispose();
        }

        timer.Dispose();
    }

    private async Task CloseExpired()
    {
        List<RelayConnection> expired = [];
        lock (gate)
        {
            var now = time.GetUtcNow();
            var kept = idle.Reverse().ToList();
            idle.Clear();
            foreach (var one in kept)
            {
                if (now - one.Since >= Longest) expired.Add(one.Connection);
                else idle.Push(one);
            }

            if (!disposed && idle.Count > 0) timer.Change(idle.Min(x => x.Since) + Longest - now, Timeout.InfiniteTimeSpan);
        }

        await Task.WhenAll(expired.Select(Quit));
    }

    private static async Task Quit(RelayConnection connection)
    {
        using (connection)
        {
            // Never throws for what the relay does: every message's outcome is recorded already.
            await connection.DisconnectAsync(quit: true, connection.Exchange.Begin(CancellationToken.None));
        }
    }
}
