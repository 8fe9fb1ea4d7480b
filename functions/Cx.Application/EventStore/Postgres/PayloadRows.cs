using Npgsql;

namespace Cx.Application.EventStore.Postgres;

/// <summary>A payload that is on its way.</summary>
/// <param name="Blob">Its name outside the database.</param>
/// <param name="Data">Sealed; none where only the blob has them.</param>
internal sealed record MovingPayload(string Blob, string Shop, byte[] Delivery, byte[]? Data);

/// <summary>
/// What the database knows of where payloads are. Each statement is a transaction of its own, so that none is open, and no row locked,
/// while the store outside is spoken to. All times are the database's: several processes move payloads, by one clock.
/// </summary>
internal sealed class PayloadRows(NpgsqlDataSource database)
{
    /// <summary>For how long what one process takes is left to it. What failed waits for the same time, and holds up nobody else.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    // Longer than a lease: an upload that was given up may still be carried out by the other side.
    private static readonly TimeSpan Lateness = 2 * Lease;

    // The name tells the shop and the day, and cannot be guessed.
    private const string Leave = """
        with next as (
          select shop, delivery from cx_archive where data is not null and (moving_until is null or moving_until < now())
          order by received_at limit $1 for update skip locked)
        update cx_archive a set moving_until = now() + $2,
          blob = coalesce(a.blob, a.shop || '/' || to_char(a.received_at at time zone 'utc', 'YYYY/MM/DD') || '/' || replace(gen_random_uuid()::text, '-', ''))
        from next where a.shop = next.shop and a.delivery = next.delivery
        returning a.blob, a.shop, a.delivery, a.data
        """;

    private const string Left = """
        update cx_archive a set data = null, moving_until = null
        from unnest($1, $2, $3) m (blob, shop, delivery) where a.shop = m.shop and a.delivery = m.delivery and a.blob = m.blob
        """;

    private const string Come = """
        with next as (
          select shop, delivery from cx_archive where blob is not null and (moving_until is null or moving_until < now())
          order by received_at limit $1 for update skip locked)
        update cx_archive a set moving_until = now() + $2
        from next where a.shop = next.shop and a.delivery = next.delivery
        returning a.blob, a.shop, a.delivery, a.data
        """;

    private const string Came = """
        update cx_archive a set data = m.data, blob = null, moving_until = null
        from unnest($1, $2, $3, $4) m (blob, shop, delivery, data) where a.shop = m.shop and a.delivery = m.delivery and a.blob = m.blob
        """;

    private const string Gone = "select blob from cx_archive_gone where swept_at is null or swept_at < now() - $2 order by coalesce(swept_at, since) limit $1";

    private const string Swept = """
        with ended as (delete from cx_archive_gone where blob = any($1) and swept_at < now() - $2)
        update cx_archive_gone set swept_at = now() where blob = any($1) and swept_at is null
        """;

    /// <summary>Names the next payloads that are here, and leaves them to the caller for the time of a lease.</summary>
    public Task<IReadOnlyList<MovingPayload>> TakeHere(int most, CancellationToken ct) => Read(Leave, Moving, ct, Sql.Int(most), Sql.Span(Lease));

    /// <summary>They are outside now. One that was erased meanwhile stays erased: its blob is among those that are gone.</summary>
    public Task PutAway(IReadOnlyList<MovingPayload> rows, CancellationToken ct) => Execute(Left, ct, Keys(rows));

    /// <summary>The next payloads that are outside, or still have a name there; left to the caller for the time of a lease.</summary>
    public Task<IReadOnlyList<MovingPayload>> TakeAway(int most, CancellationToken ct) => Read(Come, Moving, ct, Sql.Int(most), Sql.Span(Lease));

    /// <summary>They are here again, and their blobs are gone.</summary>
    public Task PutHere(IReadOnlyList<MovingPayload> rows, CancellationToken ct) => Execute(Came, ct, [.. Keys(rows), Sql.Bytes([.. rows.Select(r => r.Data)])]);

    /// <summary>Blobs to delete: those that were let go of, and once more those that an upload under way at that time could have brought back.</summary>
    public Task<IReadOnlyList<string>> TakeGone(int most, CancellationToken ct) => Read(Gone, reader => reader.GetString(0), ct, Sql.Int(most), Sql.Span(Lateness));

    public Task ForgetGone(IReadOnlyList<string> blobs, CancellationToken ct) => Execute(Swept, ct, Sql.Texts([.. blobs]), Sql.Span(Lateness));

    private static NpgsqlParameter[] Keys(IReadOnlyList<MovingPayload> rows) =>
        [Sql.Texts([.. rows.Select(r => r.Blob)]), Sql.Texts([.. rows.Select(r => r.Shop)]), Sql.Bytes([.. rows.Select(r => (byte[]?)r.Delivery)])];

    private static MovingPayload Moving(NpgsqlDataReader reader) =>
        new(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), reader.BytesOrNull(3));

    private async Task<IReadOnlyList<T>> Read<T>(string sql, Func<NpgsqlDataReader, T> row, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    private async Task Execute(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(ct);
    }
}
