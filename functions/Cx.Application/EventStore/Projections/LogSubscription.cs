using Cx.Domain;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using Marten;
using Marten.Subscriptions;
using Npgsql;
using IEvent = JasperFx.Events.IEvent;

namespace Cx.Application.EventStore.Projections;

/// <summary>
/// Follows the log on Marten's daemon. What it queues is committed with its progress or not at all. Marten reads only the events of its types, and would
/// pass over those whose stored names this version does not know: it stops before them instead, and is tried again until a newer version goes on.
/// </summary>
public abstract class LogSubscription : SubscriptionBase
{
    // The events of a range: how many are of these types, and the first whose name is unknown. Marten's own stream is left out.
    private const string Survey = """
        select count(*) filter (where type = any($3)), min(seq_id) filter (where type <> all($4))
        from mt_events where seq_id > $1 and seq_id <= $2 and stream_id <> 'mt_tombstone'
        """;

    private const string Progress = """
        insert into mt_event_progression as p (name, last_seq_id, last_updated) values (?, ?, transaction_timestamp())
        on conflict (name) do update set last_seq_id = excluded.last_seq_id, last_updated = excluded.last_updated
        """;

    // Marten asks how many rows its own statement changed, and is answered for all statements of the batch together: it would not notice that another
    // process has moved the progress. Changes nothing.
    private const string Fence = "update mt_event_progression set last_seq_id = last_seq_id where name = ? and cx_expect(last_seq_id, ?) is null";

    private static readonly string[] Known = [.. EventCatalog.WithFormer(EventCatalog.Names)];

    private readonly NpgsqlDataSource database;
    private readonly string[] types;

    /// <param name="name">Stored with the progress; never changes.</param>
    /// <param name="types">The stored names of the events it is given.</param>
    /// <param name="atOnce">How many events it is given at most.</param>
    protected LogSubscription(NpgsqlDataSource database, string name, int version, IEnumerable<string> types, int atOnce)
    {
        this.database = database;
        this.types = [.. EventCatalog.WithFormer(types)];
        (Name, Version) = (name, (uint)version);
        (Options.BatchSize, Options.MaximumHopperSize) = (atOnce, 3 * atOnce);
        foreach (var (_, type) in EventCatalog.All.Where(e => this.types.Contains(e.Name)))
        {
            IncludeType(type);
        }
    }

    public sealed override async Task<IChangeListener> ProcessEventsAsync(
        EventRange page, ISubscriptionController controller, IDocumentOperations operations, CancellationToken cancellationToken)
    {
        var (count, unknown) = await Look(page, cancellationToken);
        if (unknown is { } newer)
        {
            var before = page.Events.Where(e => e.Sequence < newer).ToList();
            if (newer - 1 > page.SequenceFloor)
            {
                await using var session = operations.DocumentStore.LightweightSession();
                session.QueueSqlCommand(Fence, page.ShardName.Identity, page.SequenceFloor);
                await Process(new(page, before, newer - 1, MissingEvents: 0), session, cancellationToken);
                session.QueueSqlCommand(Progress, page.ShardName.Identity, newer - 1);
                await session.SaveChangesAsync(cancellationToken);
            }

            throw new NewerVersionException($"Event {newer} has a name that this version does not know.");
        }

        operations.QueueSqlCommand(Fence, page.ShardName.Identity, page.SequenceCeiling);
        return await Process(new(page, page.Events, page.SequenceCeiling, (int)count - page.Events.Count), operations, cancellationToken) ?? NullChangeListener.Instance;
    }

    /// <summary>Queues what follows from the next events. May be called again for the same ones.</summary>
    protected abstract Task<IChangeListener?> Process(LogRange range, IDocumentOperations operations, CancellationToken ct);

    private async Task<(long Count, long? Unknown)> Look(EventRange page, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Survey);
        command.Parameters.AddRange(new[] { Sql.Long(page.SequenceFloor), Sql.Long(page.SequenceCeiling), Sql.Texts(types), Sql.Texts(Known) });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetInt64(1));
    }

    /// <summary>The next events of a subscription: all of its types after <see cref="EventRange.SequenceFloor"/>, up to a sequence number.</summary>
    /// <param name="MissingEvents">How many of its types Marten could not read.</param>
    protected sealed record LogRange(EventRange Page, IReadOnlyList<IEvent> Events, long Ceiling, int MissingEvents)
    {
        public long Floor => Page.SequenceFloor;

        /// <summary>Whether this was the end of the log when the range was read.</summary>
        public bool IsLast => Page.Events is EventPage page && Ceiling >= page.HighWaterMark;
    }
}
