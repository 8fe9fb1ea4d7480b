using System.Text.Json;
using Cx.Domain;
using Npgsql;
using NpgsqlTypes;

namespace Cx.Application.EventStore.Projections;

/// <summary>The rows, checkpoint and serving version of one view version, over the one connection that holds its lock.</summary>
internal sealed class ViewTable(NpgsqlConnection connection, IAsyncView view)
{
    private const string Serving = "select serving from cx_views where view = $1";

    // Each row is looked up by its whole key: a join may be planned as a scan of all rows.
    private const string Rows = """
        select k.shop, k.key, r.data
        from unnest($3, $4) k (shop, key), lateral (select data from cx_view_rows where view = $1 and version = $2 and shop = k.shop and key = k.key limit 1) r
        """;

    // The rows can be rebuilt from the log, and the checkpoint is lost with them: no need to wait for the disk.
    private const string WithoutFlush = "set local synchronous_commit = off";

    private const string Upsert = """
        insert into cx_view_rows (view, version, shop, key, data) select $1, $2, r.* from unnest($3, $4, $5) r (shop, key, data)
        on conflict (view, version, shop, key) do update set data = excluded.data
        """;

    private const string Delete = """
        delete from cx_view_rows where ctid = any(array(
          select r.ctid from unnest($3, $4) k (shop, key), lateral (select ctid from cx_view_rows where view = $1 and version = $2 and shop = k.shop and key = k.key limit 1) r))
        """;

    private const string Copy = "copy cx_view_rows (view, version, shop, key, data) from stdin (format binary)";

    // Fewer rows are not worth two more round trips.
    private const int MinCopied = 500;

    private const string ClearRows = "delete from cx_view_rows where view = $1 and version = $2";

    private const string Serve = """
        insert into cx_views as v (view, serving) values ($1, $2) on conflict (view) do update set serving = excluded.serving where v.serving < excluded.serving
        """;

    private const string OldProgress = """
        delete from mt_event_progression where starts_with(name, 'cx:' || $1 || ':') and split_part(name, ':', 3)::int < $2
        """;

    private const string OldRows = "delete from cx_view_rows where ctid = any(array(select ctid from cx_view_rows where view = $1 and version < $2 limit 10000))";

    /// <summary>Where the view stands in the log.</summary>
    public LogCheckpoint Checkpoint { get; } = new(connection, $"cx:{view.Name}:{view.Version}");

    public async Task<int?> ServingVersion(CancellationToken ct) => await Scalar(Serving, ct, Sql.Text(view.Name)) as int?;

    /// <summary>Removes what an unfinished clean-up may have left of this version: with no checkpoint there are no rows.</summary>
    public Task Clear(CancellationToken ct) => Scalar(ClearRows, ct, Sql.Text(view.Name), Sql.Int(view.Version));

    public async Task<IReadOnlyList<(RowKey Key, byte[] Json)>> Load(IReadOnlyList<RowSlot> rows, CancellationToken ct)
    {
        var (shops, keys) = Columns(rows);
        await using var command = new NpgsqlCommand(Rows, connection) { Parameters = { Sql.Text(view.Name), Sql.Int(view.Version), shops, keys } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<(RowKey, byte[])>();
        while (await reader.ReadAsync(ct))
        {
            found.Add((new(new(reader.GetString(0)), reader.GetString(1)), reader.GetFieldValue<byte[]>(2)));
        }

        return found;
    }

    /// <summary>Writes what changed, and the checkpoint with it, if the checkpoint is still where it was.</summary>
    public async Task Write(long from, long to, IReadOnlyList<RowSlot> changed, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var begin = new NpgsqlBatch(connection, transaction);
        begin.BatchCommands.Add(new NpgsqlBatchCommand(WithoutFlush));
        begin.BatchCommands.Add(Checkpoint.MoveCommand(from, to));
        Checkpoint.Moved(await begin.ExecuteScalarAsync(ct));

        // In the order of the index, so that neighbouring rows are written to the same pages.
        RowSlot[] kept = [.. changed.Where(r => r.Row is not null).OrderBy(r => r.Key.Key, StringComparer.Ordinal)];
        RowSlot[] removed = [.. changed.Where(r => r.Row is null && r.Stored != Stored.Absent)];
        var isNew = kept.ToLookup(r => r.Stored == Stored.Absent);
        RowSlot[] copied = isNew[true].Count() >= MinCopied ? [.. isNew[true]] : [];
        if (copied.Length > 0)
            await Import(copied, ct);
        await UpsertAndDelete(transaction, copied.Length > 0 ? [.. isNew[false]] : kept, removed, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Lets readers see this version from now on, and removes the older ones.</summary>
    public async Task Switch(CancellationToken ct)
    {
        await Scalar(Serve, ct, Sql.Text(view.Name), Sql.Int(view.Version));
        await Scalar(OldProgress, ct, Sql.Text(view.Name), Sql.Int(view.Version));
        await using var delete = new NpgsqlCommand(OldRows, connection) { Parameters = { Sql.Text(view.Name), Sql.Int(view.Version) } };
        while (await delete.ExecuteNonQueryAsync(ct) > 0)
        {
        }
    }

    private async Task Import(RowSlot[] rows, CancellationToken ct)
    {
        await using var import = await connection.BeginBinaryImportAsync(Copy, ct);
        foreach (var row in rows)
        {
            await import.StartRowAsync(ct);
            await import.WriteAsync(view.Name, NpgsqlDbType.Varchar, ct);
            await import.WriteAsync(view.Version, NpgsqlDbType.Integer, ct);
            await import.WriteAsync(row.Key.Shop.Value, NpgsqlDbType.Varchar, ct);
            await import.WriteAsync(row.Key.Key, NpgsqlDbType.Varchar, ct);
            await import.WriteAsync(Json(row), NpgsqlDbType.Jsonb, ct);
        }

        await import.CompleteAsync(ct);
    }

    private async Task UpsertAndDelete(NpgsqlTransaction transaction, RowSlot[] kept, RowSlot[] removed, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (kept.Length > 0)
        {
            var (shops, keys) = Columns(kept);
            batch.BatchCommands.Add(Sql.Command(Upsert, Sql.Text(view.Name), Sql.Int(view.Version), shops, keys, Sql.Jsonb(Array.ConvertAll(kept, Json))));
        }

        if (removed.Length > 0)
        {
            var (shops, keys) = Columns(removed);
            batch.BatchCommands.Add(Sql.Command(Delete, Sql.Text(view.Name), Sql.Int(view.Version), shops, keys));
        }

        if (batch.BatchCommands.Count > 0)
            await batch.ExecuteNonQueryAsync(ct);
    }

    private static byte[] Json(RowSlot row) =>
        row.Row as byte[] ?? JsonSerializer.SerializeToUtf8Bytes(row.Row, row.Row!.GetType(), EventCatalog.Json);

    private static (NpgsqlParameter Shops, NpgsqlParameter Keys) Columns(IReadOnlyList<RowSlot> rows) =>
        (Sql.Texts([.. rows.Select(r => r.Key.Shop.Value)]), Sql.Texts([.. rows.Select(r => r.Key.Key)]));

    private async Task<object?> Scalar(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteScalarAsync(ct);
    }
}
