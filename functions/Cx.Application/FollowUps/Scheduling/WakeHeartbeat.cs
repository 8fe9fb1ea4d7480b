using Cx.Application.EventStore;
using Cx.Domain.Shops;
using Npgsql;

namespace Cx.Application.FollowUps.Scheduling;

/// <summary>Whether outages are looked for: not under a clock that is moved by hand, where a process that is killed as it moves looks like one.</summary>
public sealed record OutageOptions(bool AreMeasured);

/// <summary>
/// Writes down, once a minute, that customers are being woken. Where nobody wrote it for a while, no process ran, or the store could not be reached: that is
/// recorded for every shop, so that what became due meanwhile goes out spread. A clock that jumps while a process runs is no
/// such outage: the process's own time says so.
/// </summary>
public sealed partial class WakeHeartbeat(NpgsqlDataSource database, ShopDirectory shops, IEventStore store, OutageOptions options, TimeProvider clock, ILogger<WakeHeartbeat> log) : IDisposable
{
    // Ours: a restart or a deployment takes less, and what a shorter outage holds up is little.
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private const string Last = "select at from cx_heartbeat where id = 1 for update";

    private const string Write = "insert into cx_heartbeat (id, at) values (1, $1) on conflict (id) do update set at = excluded.at";

    private const int Page = 100;

    private readonly SemaphoreSlim oneAtATime = new(1, 1);
    private readonly Beaten begun = new(clock.GetUtcNow(), clock.GetTimestamp());
    private volatile Beaten? beat;

    /// <summary>Called before customers are woken.</summary>
    public async ValueTask Beat(CancellationToken ct)
    {
        if (IsRecent())
        {
            return;
        }

        await oneAtATime.WaitAsync(ct);
        try
        {
            if (!IsRecent())
            {
                beat = await Renew(ct);
            }
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    public void Dispose() => oneAtATime.Dispose();

    private bool IsRecent() => !options.AreMeasured || (beat is { } last && (clock.GetUtcNow() - last.At).Duration() < Interval);

    // Whoever else comes to write it waits until the outage is recorded; a crash before that leaves it to the next.
    private async Task<Beaten> Renew(CancellationToken ct)
    {
        var (now, timestamp) = (clock.GetUtcNow(), clock.GetTimestamp());
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var read = new NpgsqlCommand(Last, connection, transaction);
        if (await read.ExecuteScalarAsync(ct) is DateTime last && now - last >= Shortest && IsOutage(last, timestamp))
        {
            await Record(last, now, ct);
        }

        await using var write = new NpgsqlCommand(Write, connection, transaction) { Parameters = { Sql.Instant(now) } };
        await write.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return new(now, timestamp);
    }

    // By the clock for the time before this process began, and by its own time since.
    private bool IsOutage(DateTimeOffset last, long timestamp) =>
        clock.GetElapsedTime((beat ?? begun).Timestamp, timestamp) >= Shortest || (beat is null && begun.At - last >= Shortest);

    private async Task Record(DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        Interrupted(log, from, to);
        for (string? after = null; ;)
        {
            var page = await shops.List(after, Page, ct);
            foreach (var shop in page)
            {
                await store.Update<Shop>(shop.Id, Shop.StreamKey, _ => [new WakingInterrupted(from, to)], ct);
            }

            if (page.Count < Page)
            {
                return;
            }

            after = page[^1].Id.Value;
        }
    }

    /// <param name="Timestamp">The process's own time, which no clock moves.</param>
    private sealed record Beaten(DateTimeOffset At, long Timestamp);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nobody was woken from {From:O} to {To:O}; what became due meanwhile goes out spread")]
    private static partial void Interrupted(ILogger logger, DateTimeOffset from, DateTimeOffset to);
}
