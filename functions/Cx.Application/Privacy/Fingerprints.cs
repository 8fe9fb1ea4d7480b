using Cx.Application.EventStore;
using Npgsql;

namespace Cx.Application.Privacy;

/// <summary>What the database remembers of the installation keys, so that it is never opened with others.</summary>
public static class Fingerprints
{
    private const string StandingUnder = $"""
        select (select count(*) from cx_suppressions where key_version = $1 and purpose < 2),
          (select count(*) from cx_identifiers i where i.key_version = $1
            and (i.customer = '{TransactionWrites.Erased}' or exists (select from cx_customers c where c.shop = i.shop and c.id = i.customer and c.key is null)))
        """;

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

        if (keys.Lookup.Retired(stored.Keys) is { } retired)
        {
            throw await InUse(connection, retired, ct);
        }

        foreach (var (key, fingerprint) in keys.Check(stored))
        {
            await using var add = new NpgsqlCommand("insert into cx_fingerprints values ($1, $2)", connection) { Parameters = { Sql.Text(key), Sql.Text(fingerprint) } };
            await add.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
    }

    // Nothing else than the key can tell a barred address, an erased id or a repeated delivery: a hash is never computed anew.
    private static async Task<KeyMismatchException> InUse(NpgsqlConnection connection, int version, CancellationToken ct)
    {
        await using var count = new NpgsqlCommand(StandingUnder, connection) { Parameters = { Sql.Int(version) } };
        await using var reader = await count.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new(
            $"Version {version} of the lookup key was not given, and cannot be retired: {reader.GetInt64(0)} objections and {reader.GetInt64(1)} ids of erased people stand under it, "
            + $"and like the deliveries, ids and tags that were recorded under it they would not be recognised any more. Give it beside the current one ({InstallationKeys.Setting}, or the key file).");
    }
}
