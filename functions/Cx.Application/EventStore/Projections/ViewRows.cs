using System.Text.Json;
using Cx.Domain;
using JasperFx.Events.Projections;
using Marten;
using Npgsql;

namespace Cx.Application.EventStore.Projections;

/// <summary>An event that a view could not fold.</summary>
internal sealed record SkippedEvent(long Sequence, ShopId Shop, string Error);

/// <summary>The stored rows of one version of a view.</summary>
internal sealed class ViewRows(IAsyncView view, NpgsqlDataSource database)
{
    private const string Serving = "select serving from cx_views where view = $1";

    // Each row is looked up by its whole key: a join may be planned as a scan of all rows.
    private const string Rows = """
        select k.shop, k.key, r.data
        from unnest($3, $4) k (shop, key), lateral (select data from cx_view_rows where view = $1 and version = $2 and shop = k.shop and key = k.key limit 1) r
        """;

    // The rows can be rebuilt from the log, and the progress is lost with them: no need to wait for the disk.
    private const string WithoutFlush = "set local synchronous_commit = off";

    private const string Upsert = """
        insert into cx_view_rows (view, version, shop, key, data) select ?, ?, r.shop, r.key, r.data::jsonb from unnest(?::text[], ?::text[], ?::text[]) r (shop, key, data)
        on conflict (view, version, shop, key) do update set data = excluded.data
        """;

    private const string Delete = """
        delete from cx_view_rows where ctid = any(array(
          select r.ctid from unnest(?::text[], ?::text[]) k (shop, key), lateral (select ctid from cx_view_rows where view = ? and version = ? and shop = k.shop and key = k.key limit 1) r))
        """;

    private const string Skip = """
        insert into cx_failed_events (view, version, seq_id, shop, error, failed_at) select ?, ?, s.seq_id, s.shop, s.error, now() from unnest(?::bigint[], ?::text[], ?::text[]) s (seq_id, shop, error)
        on conflict do nothing
        """;

    private const string Unread = """
        insert into cx_failed_events (view, version, seq_id, shop, error, failed_at)
        select ?, ?, seq_id, tenant_id, 'The event cannot be read.', now() from mt_events where seq_id > ? and seq_id <= ? and type = any(?::text[]) and seq_id <> all(?::bigint[])
        on conflict do nothing
        """;

    private const string Serve = """
        insert into cx_views as v (view, serving) values (?, ?) on conflict (view) do update set serving = excluded.serving where v.serving < excluded.serving
        """;

    private const string Some = "delete from cx_view_rows where ctid = any(array(select ctid from cx_view_rows where view = $1 and version between $2 and $3 limit 10000))";

    private const string OldState = """
        with progress as (delete from mt_event_progression where name = any($3))
        delete from cx_failed_events where view = $1 and version < $2
        """;

    // What no other attempt would store: a text that JSON cannot hold, a key that is too long.
    private static readonly string[] Undigestible = ["22", "54"];

    private readonly string[] older = [.. Enumerable.Range(1, view.Version - 1).Select(v => ShardName.Compose(view.Name, version: (uint)v).Identity)];

    public async Task<int?> ServingVersion(CancellationToken ct)
    {
        await using var command = database.CreateCommand(Serving);
        command.Parameters.Add(Sql.Text(view.Name));
        return await command.ExecuteScalarAsync(ct) as int?;
    }

    /// <summary>Removes what an unfinished clean-up may have left of this version: with no progress there are no rows.</summary>
    public Task Clear(CancellationToken ct) => Remove(view.Version, view.Version, ct);

    /// <summary>Removes the rows and the progress of older versions, which nobody reads any more.</summary>
    public async Task RemoveOlder(CancellationToken ct)
    {
        await Remove(0, view.Version - 1, ct);
        await using var command = database.CreateCommand(OldState);
        command.Parameters.AddRange(new[] { Sql.Text(view.Name), Sql.Int(view.Version), Sql.Texts(older) });
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task<IReadOnlyList<(RowKey Key, byte[] Json)>> Load(IReadOnlyList<RowSlot> rows, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Rows);
        command.Parameters.AddRange(new[] { Sql.Text(view.Name), Sql.Int(view.Version), Sql.Texts(Shops(rows)), Sql.Texts(Keys(rows)) });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<(RowKey, byte[])>();
        while (await reader.ReadAsync(ct))
        {
            found.Add((new(new(reader.GetString(0)), reader.GetString(1)), reader.GetFieldValue<byte[]>(2)));
        }

        return found;
    }

    /// <summary>Queues what changed.</summary>
    /// <exception cref="Exception">A row cannot be written as JSON.</exception>
    public void Write(IDocumentOperations operations, IReadOnlyList<RowSlot> changed)
    {
        operations.QueueSqlCommand(WithoutFlush);

        // In the order of the index, so that neighbouring rows are written to the same pages.
        RowSlot[] kept = [.. changed.Where(r => r.Row is not null).OrderBy(r => r.Key.Key, StringComparer.Ordinal)];
        RowSlot[] removed = [.. changed.Where(r => r.Row is null && r.Stored != Stored.Absent)];
        if (kept.Length > 0)
        {
            operations.QueueSqlCommand(Upsert, view.Name, view.Version, Shops(kept), Keys(kept), Array.ConvertAll(kept, r => Json(r.Row!)));
        }

        if (removed.Length > 0)
        {
            operations.QueueSqlCommand(Delete, Shops(removed), Keys(removed), view.Name, view.Version);
        }
    }

    public void WriteSkipped(IDocumentOperations operations, IReadOnlyList<SkippedEvent> skipped) => operations.QueueSqlCommand(
        Skip, view.Name, view.Version, skipped.Select(s => s.Sequence).ToArray(), skipped.Select(s => s.Shop.Value).ToArray(), skipped.Select(s => s.Error).ToArray());

    /// <summary>Queues a record of the events in a range that are missing among those read.</summary>
    public void WriteUnread(IDocumentOperations operations, long floor, long ceiling, IEnumerable<long> read) =>
        operations.QueueSqlCommand(Unread, view.Name, view.Version, floor, ceiling, view.Types.ToArray(), read.ToArray());

    /// <summary>Queues the switch: readers see this version from then on.</summary>
    public void WriteServing(IDocumentOperations operations) => operations.QueueSqlCommand(Serve, view.Name, view.Version);

    /// <summary>Tries, and undoes, to store what one event made of rows; why they can never be stored, if so.</summary>
    public async Task<Exception?> WhyUndigestible(IDocumentStore store, IReadOnlyList<RowSlot> drafts, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            var kept = drafts.Where(d => d.Draft is not null).ToArray();
            var json = Array.ConvertAll(kept, d => Json(d.Draft!));
            await using var session = store.LightweightSession(Marten.Services.SessionOptions.ForTransaction(transaction));
            session.QueueSqlCommand(Upsert, view.Name, view.Version, Shops(kept), Keys(kept), json);
            await MartenFailures.Unwrapped(session.SaveChangesAsync(ct));
            return null;
        }
        catch (Exception e) when (e is not (NpgsqlException or OperationCanceledException) || (e is PostgresException { SqlState: var state } && Undigestible.Any(state.StartsWith)))
        {
            return e;
        }
    }

    private async Task Remove(int from, int to, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Some);
        command.Parameters.AddRange(new[] { Sql.Text(view.Name), Sql.Int(from), Sql.Int(to) });
        while (await command.ExecuteNonQueryAsync(ct) > 0)
        {
        }
    }

    // An unread row is bytes still.
    private static string Json(object row) => row is byte[] json ? System.Text.Encoding.UTF8.GetString(json) : JsonSerializer.Serialize(row, row.GetType(), EventCatalog.Json);

    private static string[] Shops(IEnumerable<RowSlot> rows) => [.. rows.Select(r => r.Key.Shop.Value)];

    private static string[] Keys(IEnumerable<RowSlot> rows) => [.. rows.Select(r => r.Key.Key)];
}
