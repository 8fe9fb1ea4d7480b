using JasperFx;
using Marten;
using Npgsql;
using Weasel.Core;

namespace Cx.Application.EventStore;

/// <summary>The database has tables that this version cannot use.</summary>
public sealed class UnusableDatabaseException(string message) : Exception(message);

/// <summary>Lets Marten create and upgrade the tables when a process starts: one process at a time, and only where this build has not done it.</summary>
public static class MartenSchema
{
    /// <summary>Leads from a follow-up to its customer.</summary>
    internal const string FollowUpIndex = "cx_follow_ups";

    /// <summary>Leads from a customer to the links in its stream.</summary>
    internal const string LinkIndex = "cx_links";

    /// <summary>
    /// Raised when <see cref="SideTables"/> or Marten's options change. A process of an older version leaves the tables as they are: while a deployment
    /// rolls, it would remove what the newer one added.
    /// </summary>
    private const int Version = 16;

    // The oldest layout that Marten can upgrade.
    private const int OldestUsable = 5;

    // Any constant will do, as long as no other application in the same database locks it.
    private const long Lock = 0x43785F736368656D;

    private const string Former = "select exists (select from information_schema.tables where table_schema = 'public' and table_name = 'cx_schema')";

    private const string Create = "create table if not exists cx_layout (version int not null, build uuid not null)";

    private const string Applied = "select version, build from cx_layout";

    private const string Indexes = $"""
        create index if not exists {FollowUpIndex} on mt_events (tenant_id, (data ->> 'followUp')) where type = 'follow-up-started.v1';
        create index if not exists {LinkIndex} on mt_events (tenant_id, stream_id) where type = 'customers-linked.v1'
        """;

    private static readonly Guid Build = typeof(MartenSchema).Assembly.ManifestModule.ModuleVersionId;

    /// <exception cref="UnusableDatabaseException">The tables are those of a version before the first release.</exception>
    public static async Task Prepare(IDocumentStore store, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Run($"select pg_advisory_xact_lock({Lock})");
        var isFormer = await Run(Former) is true;
        await Run(Create);
        var (version, build) = await Last();
        if (isFormer || version is > 0 and < OldestUsable)
        {
            throw new UnusableDatabaseException(
                "The database was made by a version of Cx.Serverless before its first release, and cannot be upgraded. Use an empty database, or another data folder.");
        }

        if (version > Version || build == Build)
        {
            return;
        }

        await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
        await Run(Indexes);
        await Run("delete from cx_layout");
        await using var record = new NpgsqlCommand("insert into cx_layout values ($1, $2)", connection) { Parameters = { new() { Value = Version }, new() { Value = Build } } };
        await record.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);

        async Task<object?> Run(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync(ct);
        }

        async Task<(int Version, Guid Build)> Last()
        {
            await using var command = new NpgsqlCommand(Applied, connection);
            await using var reader = await command.ExecuteReaderAsync(ct);
            return await reader.ReadAsync(ct) ? (reader.GetInt32(0), reader.GetGuid(1)) : default;
        }
    }
}
