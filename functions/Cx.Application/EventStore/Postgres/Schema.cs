using System.Reflection;
using Npgsql;

namespace Cx.Application.EventStore.Postgres;

/// <summary>Creates and upgrades the tables: numbered scripts, each applied once, by one process at a time.</summary>
public static class Schema
{
    // Any constant will do, as long as no other application in the same database locks it.
    private const long Lock = 0x43785F736368656D;

    private static readonly string[] Scripts = ["schema.sql"];

    public static async Task Upgrade(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Execute(connection, $"select pg_advisory_xact_lock({Lock}); create table if not exists cx_schema (version int not null)", ct);

        await using var read = new NpgsqlCommand("select coalesce(max(version), 0) from cx_schema", connection);
        var version = (int)(await read.ExecuteScalarAsync(ct))!;
        if (version > Scripts.Length)
        {
            throw new InvalidOperationException($"The database has schema version {version}; this version of Cx.Serverless knows {Scripts.Length}. Start a newer one.");
        }

        for (; version < Scripts.Length; version++)
        {
            await Execute(connection, await Script(Scripts[version], ct), ct);
            await Execute(connection, $"insert into cx_schema values ({version + 1})", ct);
        }

        await transaction.CommitAsync(ct);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<string> Script(string name, CancellationToken ct)
    {
        await using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Cx.Application.EventStore.Postgres.{name}")!;
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(ct);
    }
}
