using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore.Postgres;

/// <summary>
/// The event tables, in Marten's layout: what a transaction appends to them and reads from them. One adapter speaks to them by SQL of its own,
/// one through Marten; all else in a transaction is the same for both.
/// </summary>
public interface IEventTables
{
    /// <summary>
    /// Runs the statements, then appends: in the transaction that the batch is in, or, where it is in none, in one that commits with it.
    /// The statements hold what guards against others, so that who loses a race has drawn no sequence number.
    /// </summary>
    /// <exception cref="PostgresException">As PostgreSQL told it; nothing was done.</exception>
    Task Write(NpgsqlBatch batch, IReadOnlyList<StreamAppend> appends, CancellationToken ct);

    /// <summary>The events of streams of one shop in the order of their sequence numbers, as far as they were known, or had happened, by an instant.</summary>
    IAsyncEnumerable<Recorded> Read(NpgsqlConnection connection, ShopId shop, IReadOnlyList<string> streams, AsOf asOf, CancellationToken ct);
}

/// <summary>An event on its way into the log, with its metadata.</summary>
public sealed record Appended(IEvent Event, string Correlation, string Causation, EventHeaders Headers);

/// <summary>What goes to the end of one stream.</summary>
/// <param name="Version">The stream's version after it.</param>
/// <param name="At">The recorded instant of these events and of the stream, to the microsecond, never before the stream's last.</param>
public sealed record StreamAppend(ShopId Shop, string Stream, long Version, DateTimeOffset At, IReadOnlyList<Appended> Events);
