using Cx.Application.EventStore;
using Npgsql;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>
/// Shows the other processes that this one is alive: a session-level advisory lock on this instance's number, on a connection of its own. The
/// server releases it when the process dies, however it dies, and no clock is involved. Needs a direct connection: a pooler that
/// shares sessions would give the lock to another client.
/// </summary>
public sealed class InstanceLease(DatabaseAddress address, Instance instance, ILogger<InstanceLease> log) : IAsyncDisposable
{
    // The server detects a dead connection within a minute; its default is two hours.
    private const string Session = """
        set tcp_keepalives_idle = 20; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3; set idle_session_timeout = 0
        """;

    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource stop = new();
    private volatile TaskCompletionSource held = NotHeld();
    private Task holding = Task.CompletedTask;

    public void Start() => holding = Hold();

    /// <summary>Completes while the lock is held; after a lost connection, when it is held again.</summary>
    public Task WhenHeld(CancellationToken ct) => held.Task.WaitAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await holding;
        stop.Dispose();
    }

    private async Task Hold()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await HoldOnce(stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                log.LogWarning(e, "The connection that holds this instance's lease was lost; nothing is sent until it is back; retrying.");
                await Task.Delay(RetryPause, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task HoldOnce(CancellationToken ct)
    {
        await using var source = address.Unpooled(s => (s.KeepAlive, s.ApplicationName) = (10, "cx-instance"));
        await using var connection = await source.OpenConnectionAsync(ct);
        await using (var settle = new NpgsqlCommand(Session, connection))
        {
            await settle.ExecuteNonQueryAsync(ct);
        }

        await using (var take = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { Sql.Long(instance.Id) } })
        {
            if (await take.ExecuteScalarAsync(ct) is not true)
            {
                throw new InvalidOperationException("Another process holds the lease of this instance's number.");
            }
        }

        held.TrySetResult();
        try
        {
            while (true)
            {
                await connection.WaitAsync(ct);
            }
        }
        finally
        {
            held = NotHeld();
        }
    }

    private static TaskCompletionSource NotHeld() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
