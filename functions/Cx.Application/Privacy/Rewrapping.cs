using Cx.Application.EventStore;
using Cx.Domain;
using Npgsql;
using NpgsqlTypes;

namespace Cx.Application.Privacy;

/// <summary>
/// After a rotation of the wrapping key: wraps every key and secret in the database under the key's current version, a few rows at a time,
/// while all else runs. What they open stays as it is. Any number of processes may do it at once.
/// </summary>
public sealed partial class Rewrapping(NpgsqlDataSource database, InstallationKeys keys, ILogger<Rewrapping> log)
{
    private delegate Wrapped Rewrap(InstallationKeys keys, ShopId shop, string owner, Wrapped old);

    /// <param name="Owner">The column, or the expression over columns, that names whose key it is.</param>
    private sealed record WrappedColumn(string Table, string Owner, string Column, Rewrap Again);

    private static readonly WrappedColumn[] Tables =
    [
        new("cx_customers", "id", "key", (keys, shop, owner, old) => CustomerKey.Rewrap(keys, old, shop, new(owner))),
        new("cx_archive", "encode(delivery, 'hex')", "key", PayloadSeal.Rewrap),
        new("cx_waiting", "encode(delivery, 'hex')", "key", WaitingDeliveries.Rewrap),
        new("cx_failed_deliveries", "encode(delivery, 'hex')", "key", PayloadSeal.Rewrap),
        new("cx_sources", "source", "secrets", SecretSeal.Rewrap),
    ];

    /// <summary>Rows that are locked and written at a time.</summary>
    public int BatchSize { get; init; } = 200;

    /// <returns>How many rows were rewrapped; none when all are under the current version.</returns>
    /// <exception cref="SealBrokenException">A row was altered.</exception>
    /// <exception cref="UnknownKeyVersionException">A row's version was not given.</exception>
    public async Task<int> Run(CancellationToken ct)
    {
        var total = 0;
        if (keys.Wrapping.Versions.Count == 1)
        {
            return total;
        }

        foreach (var table in Tables)
        {
            int done;
            do
            {
                done = await RewrapTable(table, ct);
                total += done;
            }
            while (done > 0);
        }

        if (total > 0)
        {
            Rewrapped(log, total, keys.Wrapping.Current);
        }

        return total;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Rows} keys and secrets are now wrapped under version {Version} of the wrapping key")]
    private static partial void Rewrapped(ILogger logger, int rows, int version);

    // From the first page to the last, so that a batch does not pass over the rows of those before it. What changes its place meanwhile is found when all
    // is read once more.
    private async Task<int> RewrapTable(WrappedColumn table, CancellationToken ct)
    {
        var total = 0;
        for (NpgsqlTid? last = default(NpgsqlTid); last is { } from;)
        {
            (var done, last) = await RewrapBatch(table, from, ct);
            total += done;
        }

        return total;
    }

    private async Task<(int Count, NpgsqlTid? Last)> RewrapBatch(WrappedColumn table, NpgsqlTid from, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var changed = new List<(NpgsqlTid Row, Wrapped Again)>();
        await using (var old = new NpgsqlCommand(
            $"select ctid, shop, {table.Owner}, key_version, {table.Column} from {table.Table} where ctid > $1 and key_version < $2 limit $3 for update skip locked", connection)
        {
            Parameters = { new NpgsqlParameter<NpgsqlTid> { TypedValue = from, NpgsqlDbType = NpgsqlDbType.Tid }, Sql.Int(keys.Wrapping.Current), Sql.Int(BatchSize) },
        })
        await using (var reader = await old.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                var wrapped = new Wrapped(reader.GetInt32(3), reader.GetFieldValue<byte[]>(4));
                changed.Add((reader.GetFieldValue<NpgsqlTid>(0), table.Again(keys, new(reader.GetString(1)), reader.GetString(2), wrapped)));
            }
        }

        if (changed.Count > 0)
        {
            // The rows have been locked since they were read, so their ctid is still the same.
            await using var write = new NpgsqlCommand(
                $"update {table.Table} t set key_version = $3, {table.Column} = n.key from unnest($1, $2) n (row, key) where t.ctid = n.row::tid", connection)
            {
                Parameters = { Sql.Texts([.. changed.Select(c => c.Row.ToString())]), Sql.Bytes([.. changed.Select(c => c.Again.Bytes)]), Sql.Int(keys.Wrapping.Current) },
            };
            await write.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
        return changed.Count == 0 ? (0, null) : (changed.Count, changed[^1].Row);
    }
}
