using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>A payload that is being moved.</summary>
/// <param name="Blob">Its name outside the database.</param>
/// <param name="Data">Sealed; none where only the blob has them.</param>
internal sealed record MovingPayload(string Blob, string Shop, byte[] Delivery, byte[]? Data);

/// <summary>
/// Where payloads are, as the database knows it. Each statement is a transaction of its own, so that none is open, and no row locked,
/// during calls to the store outside. All times are the database's: several processes move payloads, by one clock.
/// </summary>
internal sealed class PayloadRows(NpgsqlDataSource database)
{
    /// <summary>How long a process has the rows it took to itself. One that failed is retried after that, and delays no other.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    // Longer than a lease: the store may still complete an upload that timed out here.
    private static readonly TimeSpan LatestArrival = 2 * Lease;

    // A blob's name has the shop and the day, and cannot be guessed.
    private const string NextInside = """
        with next as (
          select shop, delivery from cx_archive where data is not null and (moving_until is null or moving_until < now())
          order by received_at limit $1 for update skip locked)
        update cx_archive a set moving_until = now() + $2,
          blob = coalesce(a.blob, a.shop || '/' || to_char(a.received_at at time zone 'utc', 'YYYY/MM/DD') || '/' || replace(gen_random_uuid()::text, '-', ''))
        from next where a.shop = next.shop and a.delivery = next.delivery
        returning a.blob, a.shop, a.delivery, a.data
        """;

    private const string Moved = """
        update cx_archive a set data = null, moving_until = null
        from unnest($1, $2, $3) m (blob, shop, delivery) where a.shop = m.shop and a.delivery = m.delivery and a.blob = m.blob
        """;

    private const string NextOutside = """
        with next as (
          select shop, delivery from cx_archive where blob is not null and (moving_until is null or moving_until < now())
          order by received_at limit $1 for update skip locked)
        update cx_archive a set moving_until = now() + $2
        from next where a.shop = next.shop and a.delivery = next.delivery
        returning a.blob, a.shop, a.delivery, a.data
        """;

    private const string Returned = """
        update cx_archive a set data = m.data, blob = null, moving_until = null
        from unnest($1, $2, $3, $4) m (blob, shop, delivery, data) where a.shop = m.shop and a.delivery = m.delivery and a.blob = m.blob
        """;

    // The oldest of both, each found by an index of its own: all of a shop that is erased at once are here.
    private const string NextOrphans = """
        select blob from (
          (select blob, orphaned_at since from cx_orphaned_blobs where deleted_at is null order by orphaned_at limit $1)
          union all
          (select blob, deleted_at since from cx_orphaned_blobs where deleted_at < now() - $2 order by deleted_at limit $1)) o
        order by since limit $1
        """;

    private const string Deleted = """
        with ended as (delete from cx_orphaned_blobs where blob = any($1) and deleted_at < now() - $2)
        update cx_orphaned_blobs set deleted_at = now() where blob = any($1) and deleted_at is null
        """;

    /// <summary>Gives the next payloads inside the database a blob's name, and leases them to the caller.</summary>
    public Task<IReadOnlyList<MovingPayload>> TakeInside(int limit, CancellationToken ct) =>
        database.Rows(NextInside, Moving, ct, Sql.Int(limit), Sql.Span(Lease));

    /// <summary>They are outside now. One that was erased meanwhile stays erased, and its blob is orphaned.</summary>
    public Task RecordMoved(IReadOnlyList<MovingPayload> rows, CancellationToken ct) => Execute(Moved, ct, Keys(rows));

    /// <summary>Leases to the caller the next payloads that are outside, or still have a name there.</summary>
    public Task<IReadOnlyList<MovingPayload>> TakeOutside(int limit, CancellationToken ct) =>
        database.Rows(NextOutside, Moving, ct, Sql.Int(limit), Sql.Span(Lease));

    /// <summary>They are inside again, and their blobs are orphaned.</summary>
    public Task RecordReturned(IReadOnlyList<MovingPayload> rows, CancellationToken ct) =>
        Execute(Returned, ct, [.. Keys(rows), Sql.Bytes([.. rows.Select(r => r.Data)])]);

    /// <summary>
    /// Blobs to delete: those newly orphaned, and a second time those that an upload under way then could have brought back.
    /// </summary>
    public Task<IReadOnlyList<string>> TakeOrphans(int limit, CancellationToken ct) =>
        database.Rows(NextOrphans, reader => reader.GetString(0), ct, Sql.Int(limit), Sql.Span(LatestArrival));

    public Task RecordDeleted(IReadOnlyList<string> blobs, CancellationToken ct) =>
        Execute(Deleted, ct, Sql.Texts([.. blobs]), Sql.Span(LatestArrival));

    private static NpgsqlParameter[] Keys(IReadOnlyList<MovingPayload> rows) =>
        [Sql.Texts([.. rows.Select(r => r.Blob)]), Sql.Texts([.. rows.Select(r => r.Shop)]), Sql.Bytes([.. rows.Select(r => (byte[]?)r.Delivery)])];

    private static MovingPayload Moving(NpgsqlDataReader reader) =>
        new(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), reader.BytesOrNull(3));

    private async Task Execute(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(ct);
    }
}
