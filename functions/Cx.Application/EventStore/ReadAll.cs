using System.Runtime.CompilerServices;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore;

public sealed partial class MartenEventStore
{
    private const int LogBatch = 5000;

    // Marten's own stream.
    private const string Tombstones = "mt_tombstone";

    // By SQL: Marten would deserialise every event, whether its data is asked for or not.
    private const string After = """
        select seq_id, tenant_id, stream_id, type, timestamp, case when type = any($2) then data end from mt_events where seq_id > $1 order by seq_id limit $3
        """;

    // Read in this order: first the last sequence number drawn, then a transaction id of our own. A transaction has its id before it draws,
    // so the ids of those that drew are lower. A snapshot's xmax would not do: it is the id after the latest that has ended, and a
    // transaction that still runs can have a higher one.
    private const string Drawn = "select last_value from mt_events_sequence";

    private const string Newest = "select pg_current_xact_id()::text::bigint";

    private const string Oldest = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint";

    private static readonly TimeSpan StallPoll = TimeSpan.FromMilliseconds(5);

    public async IAsyncEnumerable<IReadOnlyList<Logged>> ReadAll(
        long afterSequence, IReadOnlySet<string> types, [EnumeratorCancellation] CancellationToken ct)
    {
        var settled = 0L;
        var wanted = types.ToArray();
        await using var connection = await database.OpenConnectionAsync(ct);
        while (true)
        {
            var batch = await ReadAfter(connection, afterSequence, wanted, ct);
            if (FirstGap(batch, afterSequence, settled) is { } gap)
            {
                settled = await WaitForDrawn(connection, gap, ct);
                batch = await ReadAfter(connection, afterSequence, wanted, ct);

                // Numbers drawn since may have gaps of their own, which the next round waits for.
                batch = UpToGap(batch, afterSequence, settled);
            }

            if (batch.Count == 0)
            {
                yield break;
            }

            // Its readers do not know what they would skip.
            var newer = batch.FindIndex(l => !EventCatalog.Knows(l.Type) && l.Stream != Tombstones);
            if (newer != 0)
            {
                yield return newer < 0 ? batch : batch[..newer];
            }

            if (newer >= 0)
            {
                throw new NewerVersionException($"Event {batch[newer].Sequence} is '{batch[newer].Type}', which this version does not know.");
            }

            afterSequence = batch[^1].Sequence;
        }
    }

    private static async Task<List<Logged>> ReadAfter(NpgsqlConnection connection, long after, string[] types, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(After, connection) { Parameters = { Sql.Long(after), Sql.Texts(types), Sql.Int(LogBatch) } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var batch = new List<Logged>();
        while (await reader.ReadAsync(ct))
        {
            var type = reader.GetString(3);
            batch.Add(new(
                reader.GetInt64(0), new(reader.GetString(1)), reader.GetString(2), type, reader.GetFieldValue<DateTimeOffset>(4),
                reader.IsDBNull(5) ? null : EventCatalog.Read(type, reader.GetFieldValue<byte[]>(5))));
        }

        return batch;
    }

    private static long? FirstGap(List<Logged> batch, long after, long settled)
    {
        foreach (var logged in batch)
        {
            if (logged.Sequence != after + 1 && logged.Sequence > settled + 1)
            {
                return after + 1;
            }

            after = logged.Sequence;
        }

        return null;
    }

    private static List<Logged> UpToGap(List<Logged> batch, long after, long settled)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i].Sequence != after + 1 && batch[i].Sequence > settled + 1)
            {
                return batch[..i];
            }

            after = batch[i].Sequence;
        }

        return batch;
    }

    /// <summary>Waits until every sequence number drawn so far is committed or will never be; returns the last of them.</summary>
    private async Task<long> WaitForDrawn(NpgsqlConnection connection, long gap, CancellationToken ct)
    {
        var since = clock.GetTimestamp();
        var alerted = TimeSpan.Zero;
        var drawn = await Number(connection, Drawn, ct);
        var frontier = await Number(connection, Newest, ct);
        while (await Number(connection, Oldest, ct) < frontier)
        {
            await Task.Delay(StallPoll, ct);
            if (clock.GetElapsedTime(since) is var waited && waited > alerted + TimeSpan.FromSeconds(10))
            {
                alerted = waited;
                Stalled(log, gap, waited);
            }
        }

        return drawn;
    }

    [LoggerMessage(
        EventId = LogEvents.LogStalled, EventName = nameof(LogEvents.LogStalled), Level = LogLevel.Critical,
        Message = "Reading the log waits at event {Sequence} since {Waited}: a transaction that drew a sequence number has neither committed nor ended")]
    private static partial void Stalled(ILogger logger, long sequence, TimeSpan waited);

    private static async Task<long> Number(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}
