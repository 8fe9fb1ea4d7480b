using Cx.Application.EventStore;
using Npgsql;

namespace Cx.Application.Privacy;

/// <summary>What the database remembers of the installation keys, so that it is never opened with others.</summary>
public static class Fingerprints
{
    /// <summary>Remembers keys and versions that are new.</summary>
    /// <exception cref="KeyMismatchException">A key is not the one this database was made with.</exception>
    public static async Task Check(NpgsqlDataSource database, InstallationKeys keys, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var wait = new NpgsqlCommand("lock table cx_fingerprints in exclusive mode", connection))
        {
            await wait.ExecuteNonQueryAsync(ct);
        }

        var stored = new Dictionary<string, string>();
        await using (var read = new NpgsqlCommand("select key, fingerprint from cx_fingerprints", connection))
        await using (var reader = await read.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                stored.Add(reader.GetString(0), reader.GetString(1));
            }
        }

        foreach (var (key, fingerprint) in keys.Check(stored))
        {
            await using var add = new NpgsqlCommand("insert into cx_fingerprints values ($1, $2)", connection) { Parameters = { Sql.Text(key), Sql.Text(fingerprint) } };
            await add.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
    }
}
