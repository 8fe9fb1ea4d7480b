using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>Another process moved a checkpoint: what this one has read since is out of date.</summary>
internal sealed class CheckpointMovedException(string name) : Exception($"The checkpoint {name} was moved by another process.");

/// <summary>
/// How far a reader of the log has come, and the lock that lets one process at a time continue from there. The lock ends at the latest with
/// the connection that moves the checkpoint, so a process that lost the lock cannot move the checkpoint.
/// </summary>
internal sealed class LogCheckpoint(NpgsqlConnection connection, string name)
{
    private const string TryLockSql = "select pg_try_advisory_lock(hashtextextended($1, 0))";

    private const string UnlockSql = "select pg_advisory_unlock(hashtextextended($1, 0))";

    private const string ReadPosition = "select last_seq_id from mt_event_progression where name = $1";

    private const string MovePosition = """
        with moved as (
          insert into mt_event_progression as p (name, last_seq_id, last_updated) select $1, $2, transaction_timestamp()
          on conflict (name) do update set last_seq_id = excluded.last_seq_id, last_updated = excluded.last_updated where p.last_seq_id = $3
          returning xmax = 0 as fresh)
        select count(*) from moved where not fresh or $3 = 0
        """;

    private static readonly IReadOnlySet<string> NoTypes = new HashSet<string>();

    public async Task<bool> TryLock(CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(TryLockSql, connection) { Parameters = { Sql.Text(name) } };
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>
    /// Comes to the end of the log unless another process is at it, which then does this call's work: whoever has released the lock reads the log once
    /// more, and so finds what was committed while another call found the lock held.
    /// </summary>
    /// <param name="work">Continues from the checkpoint to the end of the log, and returns the position it came to.</param>
    /// <param name="stopping">The work ends early and is not repeated.</param>
    public async Task CatchUp(IEventStore store, Func<Task<long>> work, CancellationToken stopping, CancellationToken ct)
    {
        while (await TryLock(ct))
        {
            var position = await work();
            await Unlock(ct);
            if (stopping.IsCancellationRequested || !await store.ReadAll(position, NoTypes, ct).AnyAsync(ct))
            {
                return;
            }
        }
    }

    /// <summary>The last sequence number that was processed; 0 at first.</summary>
    public async Task<long> Position(CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ReadPosition, connection) { Parameters = { Sql.Text(name) } };
        return await command.ExecuteScalarAsync(ct) as long? ?? 0;
    }

    /// <summary>The last statement of a batch that moves the checkpoint, whose result goes to <see cref="Moved"/>.</summary>
    public NpgsqlBatchCommand MoveCommand(long from, long to) => Sql.Command(MovePosition, Sql.Text(name), Sql.Long(to), Sql.Long(from));

    /// <exception cref="CheckpointMovedException">It was not at the position that was read.</exception>
    public void Moved(object? result)
    {
        if (result is not 1L)
            throw new CheckpointMovedException(name);
    }

    /// <summary>Moves the checkpoint by itself.</summary>
    /// <exception cref="CheckpointMovedException">It was not at the position that was read.</exception>
    public async Task Move(long from, long to, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { MoveCommand(from, to) } };
        Moved(await batch.ExecuteScalarAsync(ct));
    }

    // Not left to the end of the connection: the server notices that later than we read the log.
    private async Task Unlock(CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(UnlockSql, connection) { Parameters = { Sql.Text(name) } };
        await command.ExecuteNonQueryAsync(ct);
    }
}
